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
    /// After what lists go, and the same for everybody of the same name: the key of the last name, then that of the first. No
    /// name has a tab in it, and it comes before every letter: "Li" before "Li Wei".
    pub name_order: String,
}

impl Keys {
    /// The keys of somebody with these names and this email.
    #[must_use]
    pub fn of(first_name: &str, last_name: &str, email: Option<&str>) -> Keys {
        let (first, last) = (key(first_name), key(last_name));
        let mut search = String::new();
        let mut add = |text: &str| text.split_whitespace().for_each(|word| add_word(&mut search, word));
        add(&first);
        add(&last);
        // Many scripts write the last name first and no space after it: 王芳.
        if !last.is_ascii() {
            add(&[last.as_str(), &first].concat());
        }
        email.map(key).iter().for_each(|email| add(email));
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
    key(&text).split_whitespace().take(MOST_WORDS).map(str::to_owned).collect()
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
    fn lists_go_by_the_last_name_then_the_first_and_case_does_not_matter() {
        let order = |first: &str, last: &str| Keys::of(first, last, None).name_order;
        assert!(order("Zoe", "li") < order("Ann", "Li Wei"));
        assert_eq!(order("ANN", "Lee"), order("Ann", "lee"));
    }
}
