//! How unlike names a text reads: a text decoded wrongly mixes scripts within a word, and has signs where letters belong.

/// The scripts that are told apart.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Script {
    Latin,
    Greek,
    Cyrillic,
    Hebrew,
    Arabic,
    Thai,
    /// Han, kana and hangul, which go together.
    EastAsian,
    Other,
}

/// How strange a text is that ought to be names; 0 for a text in ASCII.
pub(super) fn strangeness(text: &str) -> usize {
    let mut strange = 0;
    let (mut before_that, mut before) = (' ', ' ');
    for c in text.chars() {
        strange += if c.is_ascii() { 0 } else { sign_strangeness(c) };
        if !(before.is_ascii() && c.is_ascii()) {
            strange += pair_strangeness(before, c);
        }
        // The second letter of a name is no capital if the third is none.
        if !before.is_ascii() && before_that.is_uppercase() && before.is_uppercase() && c.is_lowercase() {
            strange += 3;
        }
        (before_that, before) = (before, c);
    }
    strange
}

/// Whether letters of two scripts stand side by side.
pub(super) fn mixes_scripts(text: &str) -> bool {
    let mut pairs = text.chars().zip(text.chars().skip(1));
    pairs.any(|(one, other)| are_of_two_scripts(script(one), script(other)))
}

/// How strange a sign is in a name. Halfwidth kana is what Latin and Cyrillic letters become in Shift_JIS.
fn sign_strangeness(c: char) -> usize {
    match c {
        '\u{A0}' | '·' | '’' | 'ʻ' | 'ʼ' | '–' | '・' | '　' => 1,
        '\u{E000}'..='\u{F8FF}' => 20,
        '\u{FF61}'..='\u{FF9F}' => 3,
        // Combining marks, joiners and vowel signs belong to the letters before them.
        '\u{300}'..='\u{36F}' | '\u{5B0}'..='\u{5C7}' | '\u{64B}'..='\u{652}' => 1,
        '\u{E31}' | '\u{E34}'..='\u{E3A}' | '\u{E47}'..='\u{E4E}' | '\u{200C}'..='\u{200F}' => 0,
        // These are letters to Unicode, and hardly ever in a name.
        'ª' | 'º' | 'µ' | 'ƒ' | 'ˆ' | 'ˇ' => 6,
        c if c.is_alphabetic() => 0,
        _ => 8,
    }
}

fn pair_strangeness(before: char, c: char) -> usize {
    let (one, other) = (script(before), script(c));
    match (one, other) {
        _ if are_of_two_scripts(one, other) => 6,
        // A capital after a small letter, as where an accented one was lost.
        (Some(_), Some(_)) if before.is_lowercase() && c.is_uppercase() => 4,
        // A sign within a word.
        (Some(_), None) if !c.is_ascii() && sign_strangeness(c) > 1 => 2,
        _ => 0,
    }
}

fn are_of_two_scripts(one: Option<Script>, other: Option<Script>) -> bool {
    one.zip(other).is_some_and(|(one, other)| one != other)
}

fn script(c: char) -> Option<Script> {
    // Modifier letters, the apostrophe of Oʼahu among them, go with any.
    let is_of_one = c.is_alphabetic() && !matches!(c, '\u{2B0}'..='\u{2FF}');
    is_of_one.then_some(match c {
        '\0'..='\u{24F}' | '\u{1E00}'..='\u{1EFF}' => Script::Latin,
        '\u{370}'..='\u{3FF}' | '\u{1F00}'..='\u{1FFF}' => Script::Greek,
        '\u{400}'..='\u{52F}' => Script::Cyrillic,
        '\u{590}'..='\u{5FF}' => Script::Hebrew,
        '\u{600}'..='\u{6FF}' => Script::Arabic,
        '\u{E00}'..='\u{E7F}' => Script::Thai,
        '\u{3000}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7AF}' | '\u{F900}'..='\u{FAFF}' => Script::EastAsian,
        _ => Script::Other,
    })
}

#[cfg(test)]
mod tests {
    use super::strangeness;

    #[test]
    fn names_are_less_strange_than_what_becomes_of_them() {
        for (right, wrong) in [
            ("Jürgen Müller", "Jьrgen Mьller"),
            ("Zoë", "Zo‘"),
            ("Jürgen", "JÅrgen"),
            ("Łukasz Wójcik", "£ukasz Wójcik"),
            ("Şebnem Yıldız", "Þebnem Yýldýz£"),
            ("Анна Петрова", "Àííà Ïåòðîâà¦"),
            ("山田 太郎", "ŽR“c ‘¾˜Y"),
            ("יוסף כהן", "éåñó ëäï¿"),
        ] {
            assert!(strangeness(right) < strangeness(wrong), "{right} {}", strangeness(right));
        }
        assert_eq!(strangeness("Ann McDonald"), 0);
    }
}
