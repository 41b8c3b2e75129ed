//! Usernames: made from the name, in letters that any keyboard has, short, sayable, never rude, never given twice.
//!
//! A username is a *stem* of letters and, from the second on, a number. Stems have no digits, so stem and number can
//! be told from the username again: two stems never meet, and a counter for each stem is all that uniqueness takes.

use super::name::Name;
use rustrict::{CensorStr, Type};
use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt;
use unicode_normalization::UnicodeNormalization;

/// The most letters of a stem: long enough for most people's names, short enough for a six-year-old's keyboard.
const LONGEST_STEM: usize = 16;
/// The fewest letters of a stem.
const SHORTEST_STEM: usize = 2;
/// What people are called whose name leaves no letters, or only ones that nobody should be called by.
const LAST_RESORT: &str = "member";

/// Names that a stranger would take for somebody in charge or for a machine, and addresses that mail reserves (RFC 2142).
const RESERVED: &[&str] = &[
    "abuse",
    "account",
    "accounts",
    "admin",
    "administrator",
    "anonymous",
    "api",
    "backup",
    "billing",
    "boss",
    "bot",
    "contact",
    "daemon",
    "district",
    "email",
    "everyone",
    "firstbell",
    "ftp",
    "guest",
    "healthz",
    "help",
    "helpdesk",
    "home",
    "host",
    "hostmaster",
    "info",
    "it",
    "login",
    "logout",
    "mail",
    "mailer",
    "marketing",
    "moderator",
    "news",
    "nobody",
    "none",
    "noreply",
    "null",
    "office",
    "operator",
    "owner",
    "parent",
    "parents",
    "password",
    "postmaster",
    "principal",
    "root",
    "sales",
    "school",
    "secretary",
    "security",
    "server",
    "service",
    "setup",
    "staff",
    "student",
    "students",
    "superuser",
    "support",
    "sysadmin",
    "sysop",
    "system",
    "teacher",
    "teachers",
    "test",
    "tester",
    "undefined",
    "user",
    "username",
    "uucp",
    "webmaster",
    "www",
];

/// Words that no child should be called by, and that the filter lets pass.
const RUDE: &[&str] = &[
    "arsch", "ass", "butt", "caca", "cazzo", "culo", "damn", "death", "devil", "dope", "drug", "dumb",
    "evil", "fart", "fat", "fck", "fool", "fu", "fuc", "fuk", "gun", "hate", "hell", "isis", "jerk", "kaka",
    "kakk", "kill", "kurwa", "lame", "liar", "loser", "merde", "moron", "mron", "negro", "nerd", "niger",
    "pee", "pig", "poo", "puta", "putain", "pute", "puto", "rat", "satan", "scheiss", "scheisse", "sex",
    "slag", "smelly", "snot", "suka", "trash", "ugly", "wtf",
];

/// The longest stem, and the numbers below which, digits that look like letters can make another word of it: `as5`.
const SHORT_STEM: usize = 5;
const SHORT_NUMBERS: i64 = 100;

/// What a username begins with: 2 to 16 letters `a`–`z`, neither rude nor reserved.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Stem(String);

/// A username: a stem, and a number from 2 for everyone but the first who has it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Username(String);

impl Stem {
    /// The stem for a person: first initial and last name, transliterated to ASCII. Where that would be rude or
    /// reserved, more of the first name is taken, then the first name leads; a name that leaves nothing gives `member`.
    #[must_use]
    pub fn of(first_name: &Name, last_name: &Name) -> Stem {
        let first = letters(first_name.as_str());
        let last = letters(last_name.as_str());
        let start = |text: &str, length: usize| text.chars().take(length).collect::<String>();
        let initials: &[usize] = if last.is_empty() { &[] } else { &[1, 2, 3] };
        let led_by_last = initials.iter().map(|length| start(&first, *length) + &last);
        let led_by_first = [1, 0].into_iter().map(|length| first.clone() + &start(&last, length));
        let fitting = led_by_last
            .chain(led_by_first)
            .map(|stem| start(&stem, LONGEST_STEM))
            .find(|stem| stem.len() >= SHORTEST_STEM && !RESERVED.contains(&stem.as_str()) && !is_rude(stem));
        Stem(fitting.unwrap_or_else(|| LAST_RESORT.to_owned()))
    }

    /// The stem's letters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The username with the `nth` number on this stem, counted from 1: `jsmith`, `jsmith2`, `jsmith3`. `None` if that
    /// number, read as letters, makes a rude word of the stem; then the next one is to be tried.
    #[must_use]
    pub fn nth(&self, nth: i64) -> Option<Username> {
        if nth <= 1 {
            return Some(Username(self.0.clone()));
        }
        let digits = nth.to_string();
        let may_read_as_a_word = self.0.len() <= SHORT_STEM && nth < SHORT_NUMBERS;
        let is_rude = may_read_as_a_word
            && as_letters(&digits).is_some_and(|letters| is_rude(&(self.0.clone() + &letters)));
        (!is_rude).then(|| Username(self.0.clone() + &digits))
    }
}

impl Username {
    /// The username that a person typed: its case and the space around it do not matter. Anything can be asked for;
    /// what was never given is simply not found.
    #[must_use]
    pub fn typed(text: &str) -> Username {
        Username(text.trim().to_lowercase())
    }

    /// The stem that it was given on: stems have no digits.
    #[must_use]
    pub fn stem(&self) -> Stem {
        Stem(self.0.trim_end_matches(|c: char| c.is_ascii_digit()).to_owned())
    }

    /// The username as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Username {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The letters that digits look like; `None` if one of them looks like none.
fn as_letters(digits: &str) -> Option<String> {
    let letter = |digit| match digit {
        '0' => Some('o'),
        '1' => Some('i'),
        '3' => Some('e'),
        '4' => Some('a'),
        '5' => Some('s'),
        '7' => Some('t'),
        _ => None,
    };
    digits.chars().map(letter).collect()
}

/// How many judgements each thread remembers: the stems of a large district, in a megabyte.
const REMEMBERED: usize = 32_768;

thread_local! {
    /// What was judged before, by the word, with zeros behind it: the filter takes ten microseconds for one, and half of an
    /// import's words come again.
    static JUDGED: RefCell<HashMap<[u8; LONGEST_STEM], bool>> = RefCell::new(HashMap::new());
}

fn is_rude(text: &str) -> bool {
    let judge = || RUDE.contains(&text) || text.is(Type::ANY);
    let mut word = [0; LONGEST_STEM];
    // None is longer than a stem: what digits are read as is put behind short ones only.
    let Some(letters) = word.get_mut(..text.len()) else { return judge() };
    letters.copy_from_slice(text.as_bytes());
    JUDGED.with_borrow_mut(|judged| {
        if judged.len() >= REMEMBERED && !judged.contains_key(&word) {
            judged.clear();
        }
        *judged.entry(word).or_insert_with(judge)
    })
}

/// The letters `a`–`z` that stand for a name in any script; none if there is nothing to transliterate.
fn letters(name: &str) -> String {
    if name.is_ascii() {
        return name.chars().filter(char::is_ascii_alphabetic).map(|c| c.to_ascii_lowercase()).collect();
    }
    let composed: String = name.nfkc().collect();
    let letters: String = deunicode::deunicode_with_tofu(&composed, "")
        .chars()
        .filter(char::is_ascii_alphabetic)
        .map(|c| c.to_ascii_lowercase())
        .collect();
    if composed.chars().any(is_written_without_vowels) { with_vowels(&letters) } else { letters }
}

/// Hebrew, Arabic, Syriac and their kin write consonants, and leave the vowels to whoever knows the word.
fn is_written_without_vowels(c: char) -> bool {
    matches!(c, '\u{0590}'..='\u{08FF}' | '\u{FB1D}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFC}')
}

/// Puts an `a` between consonants, so that a child can say the word: `hdd` becomes `hadad`.
fn with_vowels(letters: &str) -> String {
    let is_consonant = |c: char| !"aeiou".contains(c);
    let mut spoken = String::with_capacity(2 * letters.len());
    for letter in letters.chars() {
        if is_consonant(letter) && spoken.chars().next_back().is_some_and(is_consonant) {
            spoken.push('a');
        }
        spoken.push(letter);
    }
    spoken
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn stem(first: &str, last: &str) -> String {
        Stem::of(&Name::parse(first).unwrap(), &Name::parse(last).unwrap()).0
    }

    #[test]
    fn names_of_every_script_give_letters_that_can_be_said() {
        for (first, last, expected) in [
            ("John", "Smith", "jsmith"),
            ("Héloïse", "Ibáñez", "hibanez"),
            ("芳", "王", "fwang"),
            ("Александр", "Щербаков", "ashcherbakov"),
            ("Thị-Hương", "Nguyễn", "tnguyen"),
            ("Γιώργος", "Παπαδόπουλος", "gpapadopoulos"),
            ("İbrahim", "Yıldız", "iyildiz"),
            ("민준", "김", "mgim"),
            ("يوسف", "حداد", "yhadad"),
            ("Vít", "Krč", "vkrc"),
            ("Þór", "Guðmundsson", "tgudmundsson"),
            ("ʻIolani", "van-der-Merwe", "ivandermerwe"),
            ("Patrick", "O’Neill", "poneill"),
            ("Ana", "Mac Giolla Phádraig de la Cruz", "amacgiollaphadra"),
        ] {
            assert_eq!(stem(first, last), expected, "{first} {last}");
        }
    }

    #[test]
    fn a_name_with_half_or_nothing_to_transliterate_still_gets_a_stem() {
        assert_eq!(stem("🙂", "☹☹"), stem("🙂", "☹☹"));
        assert_eq!(stem("1", "2"), "member");
        assert_eq!(stem("\u{13000}", "\u{13000}"), "member");
        assert_eq!(stem("Ann", "4"), "ann");
        assert_eq!(stem("7", "Lee"), "lee");
        assert_eq!(stem("A", "7"), "member");
    }

    #[test]
    fn a_rude_or_reserved_stem_gives_way_to_another() {
        assert_eq!(stem("Anna", "Dmin"), "andmin");
        assert_eq!(stem("Rob", "Oot"), "rooot");
        for (first, last) in [
            ("Fred", "Uck"),
            ("Sue", "Hit"),
            ("Peter", "Enis"),
            ("Ann", "Ss"),
            ("Fuck", "Shit"),
            ("Chloe", "Unt"),
        ] {
            let stem = stem(first, last);
            assert!(!is_rude(&stem), "{first} {last} → {stem}");
        }
    }

    #[test]
    fn the_first_has_no_number_and_the_second_has_2() {
        let stem = Stem::of(&Name::parse("John").unwrap(), &Name::parse("Smith").unwrap());
        let nth = |number| stem.nth(number).unwrap().0;
        assert_eq!([nth(1), nth(2), nth(100_000)], ["jsmith", "jsmith2", "jsmith100000"]);
    }

    #[test]
    fn a_number_that_makes_a_rude_word_is_left_out() {
        for (stem, number) in [("as", 5), ("shi", 7), ("cun", 7), ("as", 55)] {
            let stem = Stem(stem.to_owned());
            assert_eq!(stem.nth(number), None, "{stem:?}");
            assert!(stem.nth(number + 1).is_some() && stem.nth(2).is_some(), "{stem:?}");
        }
        assert_eq!(Stem("jli".to_owned()).nth(13).unwrap().as_str(), "jli13");
    }

    #[test]
    fn the_last_resort_is_itself_fit_to_be_given() {
        assert!(!is_rude(LAST_RESORT) && !RESERVED.contains(&LAST_RESORT));
        assert!(RESERVED.is_sorted() && RUDE.is_sorted());
    }

    proptest! {
        #[test]
        fn any_two_names_give_a_well_formed_stem(first in "\\PC{1,100}", last in "\\PC{1,100}") {
            if let (Ok(first), Ok(last)) = (Name::parse(&first), Name::parse(&last)) {
                let stem = Stem::of(&first, &last).0;
                prop_assert!((SHORTEST_STEM..=LONGEST_STEM).contains(&stem.len()), "{stem}");
                prop_assert!(stem.bytes().all(|b| b.is_ascii_lowercase()), "{stem}");
                prop_assert!(!is_rude(&stem) && !RESERVED.contains(&stem.as_str()), "{stem}");
            }
        }
    }
}
