//! From the bytes of a text file to its text: what is certain is decoded, what is not is asked.

use super::super::lines::Lines;
use super::answers::Answers;
use super::encoding::Encoding;
use super::legacy;
use super::question::EncodingOption;
use super::unreadable::Unreadable;
use std::ops::Deref;
use zeroize::Zeroizing;

/// What the bytes of a file are.
pub(super) enum Decoded<'a> {
    /// Text, and what it was in.
    Text(Text<'a>, Encoding),
    /// Text in one of these.
    Unsure(Vec<EncodingOption>),
}

/// The text of a file: as it stands in it, or decoded.
pub(super) enum Text<'a> {
    Same(&'a str),
    /// As secret as the file, which may hold passwords.
    Other(Zeroizing<String>),
}

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        match self {
            Text::Same(text) => text,
            Text::Other(text) => text,
        }
    }
}

/// Decodes a file: as the mark at its beginning says, or as was answered, or as it certainly is.
///
/// # Errors
/// If it is no text, or has a place that is not in the encoding of the rest.
pub(super) fn decode<'a>(file: &'a [u8], answers: &Answers) -> Result<Decoded<'a>, Unreadable> {
    if file.starts_with(b"\xFF\xFE\0\0") || file.starts_with(b"\0\0\xFE\xFF") {
        return Err(Unreadable::Utf32);
    }
    if let Some(rest) = file.strip_prefix(b"\xEF\xBB\xBF") {
        return certain(without_end(rest), Encoding::UTF_8);
    }
    for (mark, encoding) in [(b"\xFF\xFE", Encoding::UTF_16_LE), (b"\xFE\xFF", Encoding::UTF_16_BE)] {
        if let Some(rest) = file.strip_prefix(mark) {
            return certain(rest, encoding);
        }
    }
    let utf16 = match answers.encoding {
        Some(answered) => {
            Some(answered).filter(|encoding| [Encoding::UTF_16_LE, Encoding::UTF_16_BE].contains(encoding))
        }
        None => unmarked_utf16(file)?,
    };
    if let Some(encoding) = utf16 {
        return certain(file, encoding);
    }
    let file = without_end(file);
    if let Some(encoding) = answers.encoding {
        return certain(file, encoding);
    }
    match std::str::from_utf8(file) {
        Ok(_) if legacy::hides_japanese(file) => legacy::options(file, answers).map(Decoded::Unsure),
        Ok(text) => {
            let options = legacy::is_utf8_by_chance(text).then(|| legacy::options(file, answers));
            match options {
                Some(Ok(options)) => Ok(Decoded::Unsure(options)),
                _ => Ok(Decoded::Text(Text::Same(text), Encoding::UTF_8)),
            }
        }
        Err(error) if is_mostly_utf8(file) => Err(undecodable(file, Encoding::UTF_8, error.valid_up_to())),
        Err(_) => legacy::options(file, answers).map(Decoded::Unsure),
    }
}

/// A file without the sign that DOS put at the end of a text.
fn without_end(file: &[u8]) -> &[u8] {
    file.strip_suffix(b"\x1A").unwrap_or(file)
}

fn certain(file: &[u8], encoding: Encoding) -> Result<Decoded<'_>, Unreadable> {
    if encoding == Encoding::UTF_8 {
        let text = std::str::from_utf8(file);
        return match text {
            Ok(text) => Ok(Decoded::Text(Text::Same(text), encoding)),
            Err(error) => Err(undecodable(file, encoding, error.valid_up_to())),
        };
    }
    match encoding.decode(file) {
        Ok(text) => Ok(Decoded::Text(Text::Other(Zeroizing::new(text)), encoding)),
        Err(at) => Err(undecodable(file, encoding, at)),
    }
}

/// Says on which line the byte at `at` is, the first that is not in this encoding.
fn undecodable(file: &[u8], encoding: Encoding, at: usize) -> Unreadable {
    let before = file.get(..at).unwrap_or(file);
    let text = encoding.decode(before).map(Zeroizing::new);
    let bytes = text.as_ref().map_or(before, |text| text.as_bytes());
    Unreadable::Undecodable { line: Lines::new(bytes).skip_blank(bytes.len()).1, encoding }
}

/// Whether a file without a mark is in UTF-16, and which. It then has zeros: in the commas and the ends of its lines, if
/// not in its letters.
///
/// # Errors
/// If it has zeros as no text has.
fn unmarked_utf16(file: &[u8]) -> Result<Option<Encoding>, Unreadable> {
    let start = file.get(..8 * 1024).unwrap_or(file);
    let zeros = start.iter().filter(|byte| **byte == 0).count();
    if zeros * 16 < start.len() || zeros == 0 {
        return Ok(None);
    }
    if zeros * 8 > start.len() * 5 {
        return Err(Unreadable::Utf32);
    }
    let whole = start.get(..start.len() / 2 * 2).unwrap_or(start);
    let plain = |unit: fn([u8; 2]) -> u16| {
        let (pairs, _) = whole.as_chunks::<2>();
        pairs.iter().map(|pair| unit(*pair)).filter(|unit| (1..128).contains(unit)).count()
    };
    let (little, big) = (plain(u16::from_le_bytes), plain(u16::from_be_bytes));
    let enough = whole.len() / 16;
    match (little, big) {
        (little, big) if little >= enough && little > big * 4 => Ok(Some(Encoding::UTF_16_LE)),
        (little, big) if big >= enough && big > little * 4 => Ok(Some(Encoding::UTF_16_BE)),
        _ => Err(Unreadable::NoText),
    }
}

/// Whether a file is in UTF-8 but for a few places, which were spoilt: no encoding would be right for both.
fn is_mostly_utf8(file: &[u8]) -> bool {
    let (mut good, mut bad) = (0_usize, 0_usize);
    for chunk in file.utf8_chunks() {
        good += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        bad += usize::from(!chunk.invalid().is_empty());
    }
    good >= 4 && good >= bad * 3
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoding(file: &[u8]) -> String {
        match decode(file, &Answers::default()) {
            Ok(Decoded::Text(text, encoding)) => format!("{}: {}", encoding.label(), text.trim_end()),
            Ok(Decoded::Unsure(options)) => format!("unsure: {}", options[0].encoding.label()),
            Err(why) => format!("{why:?}"),
        }
    }

    fn utf16(text: &str, unit: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(unit).collect()
    }

    #[test]
    fn what_is_certain_is_decoded() {
        for text in ["first_name,last_name\nJosé,Ibáñez\n", "Имя;Фамилия\nАнна;Ли\n", "名,姓\n芳,王\n一,丁\n"]
        {
            let (little, big) = (utf16(text, u16::to_le_bytes), utf16(text, u16::to_be_bytes));
            let text = text.trim_end();
            assert_eq!(encoding(text.as_bytes()), format!("utf-8: {text}"));
            assert_eq!(encoding(&little), format!("utf-16le: {text}"));
            assert_eq!(encoding(&big), format!("utf-16be: {text}"));
            assert_eq!(encoding(&[b"\xFF\xFE", &little[..]].concat()), format!("utf-16le: {text}"));
            assert_eq!(encoding(&[b"\xFE\xFF", &big[..]].concat()), format!("utf-16be: {text}"));
        }
    }

    #[test]
    fn a_few_letters_that_are_utf8_by_chance_are_in_question() {
        for (file, likely) in [
            (b"first_name,last_name\nANNA,R\xD3\xAFYCKI\n".as_slice(), "windows-1250"),
            (b"first_name,last_name\nJ\xD3\x8FEF,LIS\nEWA,LIS\n", "windows-1250"),
            (b"first_name,last_name\n\xC1\xF5,Li\n\xD0\xA1,\xC0\xEE\n", "gb18030"),
            (b"first_name,last_name\n\xCF\xB7\xD3\xA2,Li\n", "gb18030"),
        ] {
            let Ok(Decoded::Unsure(options)) = decode(file, &Answers::default()) else {
                panic!("{}", encoding(file))
            };
            assert!(options.iter().any(|option| option.encoding.label() == likely), "{options:?}");
            let answers = Answers { encoding: Some(Encoding::UTF_8), ..Answers::default() };
            assert_eq!(
                options.iter().any(|option| option.encoding == Encoding::UTF_8),
                matches!(decode(file, &answers), Ok(Decoded::Text(..))),
                "{options:?}"
            );
        }
        for names in [
            "José,Ibáñez",
            "Mª José,Lee",
            "Ян,Ли",
            "Mc’Neill,O’Hara",
            "OʼBrien,DʼAngelo",
            "\u{A0},Lee",
            "Ann\u{200B},Lee",
            "😀,Lee",
            "Αdam,Smith",
            "JÃ¼rgen,Lee",
            "©,™",
            "RӯYCKI,Łoś Ŧ ẞ Ạ ạ",
        ] {
            let file = format!("first_name,last_name\n{names}\n");
            assert_eq!(encoding(file.as_bytes()), format!("utf-8: {}", file.trim_end()));
        }
    }

    #[test]
    fn what_is_spoilt_is_refused_with_its_line() {
        for (file, why) in [
            (b"\xEF\xBB\xBFa\nb\nJ\xFCrgen".as_slice(), "Undecodable { line: 3, encoding: utf-8 }"),
            (
                "éééé\r\nééé\r\ncut \u{e9}".as_bytes().split_last().unwrap().1,
                "Undecodable { line: 3, encoding: utf-8 }",
            ),
            (b"\xFF\xFEa\0\n\0b\0\n\0\0\xD8c\0", "Undecodable { line: 3, encoding: utf-16le }"),
            (b"\xFF\xFE\0\0a\0\0\0", "Utf32"),
            (b"a\0\0\0b\0\0\0c\0\0\0", "Utf32"),
            (b"\x7FELF\0\0\x01\0\x02\x03\0\x01\xFF\xFF\x01\x08", "NoText"),
        ] {
            assert_eq!(encoding(file), why, "{file:?}");
        }
        let answers = Answers { encoding: Encoding::from_label("windows-1252"), ..Answers::default() };
        let read = decode(b"a\nJ\xFCrgen\n\x81", &answers);
        assert!(matches!(read, Err(Unreadable::Undecodable { line: 3, .. })));
    }
}
