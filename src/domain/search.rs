//! What a search looks through, and what it looks for: any part of a name, a username or an email, in any script.

use unicode_normalization::UnicodeNormalization;

/// The most words of a search that are looked for.
const MOST_WORDS: usize = 8;
/// The most characters of a search that are looked at: a name and an email.
const LONGEST: usize = 300;

/// From this character on, scripts put much into one: Chinese, Japanese and Korean ones (Unicode's blocks from *CJK Radicals*
/// on). Names in them have two or three, and are looked for by each.
const MUCH_IN_ONE: char = '\u{2E80}';

/// What a person is found by, and after what lists of people go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keys {
    /// What a search looks through, but for the username.
    search: String,
    /// After what lists go, and the same for everybody of the same name: the last name as it is found, then the first. No
    /// name has a tab in it, and it comes before every letter: "Li" before "Li Wei".
    pub name_order: String,
}

impl Keys {
    /// The keys of somebody with these names and this email.
    #[must_use]
    pub fn of(first_name: &str, last_name: &str, email: Option<&str>) -> Keys {
        let (first, last) = (found_as(first_name), found_as(last_name));
        let mut search = String::new();
        let mut add = |text: &str| text.split_whitespace().for_each(|word| add_word(&mut search, word));
        add(&first);
        add(&last);
        // Many scripts write the last name first and no space after it: 王芳.
        if !last.is_ascii() {
            add(&[last.as_str(), &first].concat());
        }
        email.map(found_as).iter().for_each(|email| add(email));
        Keys { search, name_order: [&last, "\t", &first].concat() }
    }

    /// The text that a search for the person looks through, now that there is a username: words, each with two spaces before
    /// it, so that one letter or two at the beginning of a word are a part of three, too, like any other.
    #[must_use]
    pub fn search_key(&self, username: &str) -> String {
        [&self.search, "  ", username].concat()
    }
}

/// Adds a word to a search key. Where one letter is much, each is the beginning of a word, too.
fn add_word(search: &mut String, word: &str) {
    search.extend(["  ", word]);
    if word.chars().any(|letter| letter >= MUCH_IN_ONE) {
        let letters: Vec<char> = word.chars().collect();
        for at in 1..letters.len() {
            search.push_str("  ");
            search.extend(letters.iter().skip(at).take(2));
        }
    }
}

/// The words of a search, each of which must be found in a search key; none if there is nothing to look for.
#[must_use]
pub fn search_words(text: &str) -> Vec<String> {
    let text: String = text.chars().take(LONGEST).collect();
    found_as(&text).split_whitespace().take(MOST_WORDS).map(str::to_owned).collect()
}

/// What the index of the search is made of: a search key, and after it each of its parts of five letters as three signs, which
/// are one part of three again. A part of three is in tens of thousands of a million people, one of five in some hundreds.
///
/// What it gives for a key is in the index of every district: to change it takes a step in `store/migrations.rs`.
#[must_use]
pub fn all_parts(search_key: &str) -> String {
    let long = search_key.split_whitespace().flat_map(signs);
    search_key.chars().chain(long).collect()
}

/// The parts of three under which a word is looked up in the index. They cover it: those between them would let hardly anybody
/// less through, and each costs the reading of all who have it.
#[must_use]
pub fn parts(word: &str) -> Vec<String> {
    let (parts, apart) = match word.chars().count() {
        ..5 => (as_parts_of_three(word).chars().collect(), 3),
        _ => (signs(word), 5),
    };
    let last = parts.len().saturating_sub(3);
    let begins = (0..last).step_by(apart).chain([last]);
    begins.filter_map(|begin| parts.get(begin..begin + 3)).map(String::from_iter).collect()
}

/// A sign for every three letters that stand together in a word; none if it has fewer than five. Different letters may have
/// the same sign, and then somebody is looked at in vain.
fn signs(word: &str) -> Vec<char> {
    let letters: Vec<char> = word.chars().collect();
    if letters.len() < 5 {
        return Vec::new();
    }
    letters.windows(3).map(sign).collect()
}

/// One of Unicode's 6,400 signs for private use, by FNV-1a.
fn sign(letters: &[char]) -> char {
    let mark = letters
        .iter()
        .fold(0x811C_9DC5, |mark: u32, letter| (mark ^ u32::from(*letter)).wrapping_mul(0x0100_0193));
    char::from_u32(0xE000 + mark % 6_400).unwrap_or(char::REPLACEMENT_CHARACTER)
}

/// A word of a search as it is looked up among all parts of three letters: one letter or two, of which there are many in
/// everybody, at the beginning of a word. None is shorter than three.
#[must_use]
pub fn as_parts_of_three(word: &str) -> String {
    match word.chars().count() {
        1 => format!("  {word}"),
        2 => format!(" {word}"),
        _ => word.to_owned(),
    }
}

/// The form under which two texts count as the same: Unicode NFC, lower case.
pub(super) fn key(text: &str) -> String {
    // ASCII is in NFC as it stands: most emails and many names, at a tenth of the cost.
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    text.nfc().collect::<String>().to_lowercase().nfc().collect()
}

/// The form under which a search finds a text: its key without the accents of alphabets, so that who types "Munoz" finds Muñoz.
/// Marks that make other letters of other scripts' stay.
fn found_as(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let mut bare = String::with_capacity(text.len());
    for letter in key(text).nfd().filter(|letter| !matches!(letter, '\u{300}'..='\u{36F}')) {
        match letter {
            'ß' => bare.push_str("ss"),
            'æ' => bare.push_str("ae"),
            'œ' => bare.push_str("oe"),
            'þ' => bare.push_str("th"),
            'đ' | 'ð' => bare.push('d'),
            'ħ' => bare.push('h'),
            'ı' => bare.push('i'),
            'ł' => bare.push('l'),
            'ø' => bare.push('o'),
            // At the end of a word it is the same letter.
            'ς' => bare.push('σ'),
            '‘' | '’' | 'ʻ' | 'ʼ' => bare.push('\''),
            letter => bare.push(letter),
        }
    }
    bare.nfc().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finds(search: &str, key: &str) -> bool {
        search_words(search).iter().all(|word| key.contains(word))
    }

    fn finds_in_parts(search: &str, key: &str) -> bool {
        search_words(search).iter().all(|word| key.contains(&as_parts_of_three(word)))
    }

    #[test]
    fn any_part_in_any_script_case_and_normal_form_is_found() {
        let elodie = Keys::of("Élodie", "O’Neill", Some("Elodie@X.example")).search_key("eoneill");
        for search in ["ÉLO", "e\u{301}lodie", "neill éLO", "eoneill", "@x.EX", "é", "o’", "o", ""] {
            assert!(finds(search, &elodie) && finds_in_parts(search, &elodie), "{search}");
        }
        for search in ["lo", "n"] {
            assert!(finds(search, &elodie) && !finds_in_parts(search, &elodie), "{search}");
        }
        assert!(!finds("elodie smith", &elodie));
        let wang = Keys::of("小芳", "王", None).search_key("xwang");
        for search in ["王", "小", "芳", "小芳", "王小", "王小芳", "芳 王", "xwang"] {
            assert!(finds(search, &wang) && finds_in_parts(search, &wang), "{search}");
        }
        let kim = Keys::of("민준", "김", None).search_key("member");
        assert!(["준", "김민", "민준", "김민준"].iter().all(|search| finds_in_parts(search, &kim)));
    }

    #[test]
    fn people_are_found_without_their_accents() {
        for (typed, names) in [
            ("khanh duong", ["Khánh", "Dương"]),
            ("munoz", ["José", "Muñoz"]),
            ("lukasz wojcik", ["Łukasz", "Wójcik"]),
            ("jurgen gross", ["Jürgen", "Groß"]),
            ("bjork thorsdottir", ["Björk", "Þórsdóttir"]),
            ("o'neill", ["Zoë", "O’Neill"]),
            ("o’neill zoë", ["Zoe", "O'Neill"]),
            ("алена", ["Алёна", "Ли"]),
            ("ΚΩΣ κως", ["Κώστας", "Λη"]),
            ("がく", ["がく", "山"]),
            ("김", ["민준", "김"]),
        ] {
            let key = Keys::of(names[0], names[1], None).search_key("x");
            assert!(finds(typed, &key) && finds_in_parts(typed, &key), "{typed}: {key}");
        }
        assert!(!finds("かく", &Keys::of("がく", "山", None).search_key("x")));
    }

    #[test]
    fn the_index_knows_every_part_of_three_letters_or_more_of_every_word() {
        for (first, last, email) in
            [("Élodie", "O’Neill-Šćepanović", "e.oneill@école.example"), ("小芳", "欧阳", "fang")]
        {
            let key = Keys::of(first, last, Some(email)).search_key("eoneill12");
            let all = all_parts(&key);
            for word in key.split_whitespace() {
                let letters: Vec<char> = word.chars().collect();
                for length in 3..=letters.len() {
                    for part in letters.windows(length).map(String::from_iter) {
                        let asked = parts(&part);
                        assert!(!asked.is_empty() && asked.iter().all(|three| three.chars().count() == 3));
                        assert!(asked.iter().all(|three| all.contains(three)), "{part} of {word}");
                    }
                }
            }
            for other in ["oneillo", "elodia", "12345", "nei ll"] {
                assert!(!parts(other).iter().all(|three| all.contains(three)), "{other}");
            }
        }
        // A long word is asked for by few parts, which hardly anybody else has.
        assert_eq!(
            (parts("kalmanen").len(), parts("kalm").len(), parts("kal").len(), parts("k").len()),
            (2, 2, 1, 1)
        );
    }

    #[test]
    fn lists_go_by_the_last_name_then_the_first_and_case_does_not_matter() {
        let order = |first: &str, last: &str| Keys::of(first, last, None).name_order;
        assert!(order("Zoe", "li") < order("Ann", "Li Wei"));
        assert_eq!(order("ANN", "Lee"), order("Ann", "lee"));
        assert!(order("Ann", "Ärzte") < order("Ann", "Berg") && order("Éva", "Li") < order("Zoe", "Li"));
    }
}
