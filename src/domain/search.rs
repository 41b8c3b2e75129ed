//! What a search looks through, and what it looks for: any part of a name, a username or an email, in any script.

use unicode_normalization::UnicodeNormalization;

/// The most words of a search that are looked for.
const MOST_WORDS: usize = 8;
/// The most characters of a search that are looked at: a name and an email.
const LONGEST: usize = 300;

/// The text that a search for a person looks through: words, each with two spaces before it, so that one letter or two at
/// the beginning of a word are a part of three, too, like any other.
#[must_use]
pub fn search_key(first_name: &str, last_name: &str, username: &str, email: Option<&str>) -> String {
    let mut text = format!("{first_name} {last_name} {username}");
    if let Some(email) = email {
        text = text + " " + email;
    }
    // Many scripts write the last name first and no space after it: 王芳.
    if !last_name.is_ascii() {
        text = text + " " + last_name + first_name;
    }
    key(&text).split_whitespace().flat_map(|word| ["  ", word]).collect()
}

/// After what lists of people go, and the same for everybody of the same name: the key of the last name, then that of the
/// first. No name has a tab in it, and it comes before every letter: "Li" before "Li Wei".
#[must_use]
pub fn name_order(first_name: &str, last_name: &str) -> String {
    format!("{}\t{}", key(last_name), key(first_name))
}

/// The words of a search, each of which must be found in a [`search_key`]; none if there is nothing to look for. Three letters
/// are found anywhere; one or two, of which there are many in everybody, at the beginning of a word. None is shorter than three.
#[must_use]
pub fn search_words(text: &str) -> Vec<String> {
    let text: String = text.chars().take(LONGEST).collect();
    let spaced = |word: &str| match word.chars().count() {
        1 => format!("  {word}"),
        2 => format!(" {word}"),
        _ => word.to_owned(),
    };
    key(&text).split_whitespace().take(MOST_WORDS).map(spaced).collect()
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

    #[test]
    fn any_part_in_any_script_case_and_normal_form_is_found() {
        let elodie = search_key("Élodie", "O’Neill", "eoneill", Some("Elodie@X.example"));
        for search in ["ÉLO", "e\u{301}lodie", "neill éLO", "eoneill", "@x.EX", "é", "o’", "o", ""] {
            assert!(finds(search, &elodie), "{search}");
        }
        for search in ["elodie smith", "lo", "n"] {
            assert!(!finds(search, &elodie), "{search}");
        }
        let wang = search_key("芳", "王", "fwang", None);
        for search in ["王", "芳", "王芳", "芳 王", "fwang"] {
            assert!(finds(search, &wang), "{search}");
        }
    }
}
