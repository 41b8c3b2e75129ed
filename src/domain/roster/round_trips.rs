//! Whatever list of names is written in whatever encoding that can hold them: read back, it is the same list.

use super::*;
use proptest::prelude::*;
use std::sync::LazyLock;
use unicode_normalization::UnicodeNormalization;

/// An encoding, and letters that it can hold, each with its bytes.
struct Alphabet {
    encoding: Encoding,
    letters: Vec<(Vec<u8>, char)>,
}

static ALPHABETS: LazyLock<Vec<Alphabet>> = LazyLock::new(|| {
    let unicode = [Encoding::UTF_8, Encoding::UTF_16_LE, Encoding::UTF_16_BE];
    Encoding::legacy().chain(unicode).map(Alphabet::of).collect()
});

impl Alphabet {
    /// Every letter of one byte, and every one of two in the encodings that have such.
    fn of(encoding: Encoding) -> Alphabet {
        let high = || 0x80..=0xFF_u8;
        let ones = high().map(|byte| vec![byte]);
        let twos = high().flat_map(|lead| (0x30..=0xFF).map(move |trail| vec![lead, trail]));
        let letters: Vec<(Vec<u8>, char)> = match encoding.label() {
            "iso-2022-jp" => {
                let pairs =
                    (0x30..=0x4F_u8).flat_map(|lead| (0x21..=0x7E_u8).map(move |trail| [lead, trail]));
                let read = |pair: [u8; 2]| letter(encoding, shifted(encoding, &pair));
                pairs.filter_map(|pair| Some((pair.to_vec(), read(pair)?.1))).collect()
            }
            "utf-8" | "utf-16le" | "utf-16be" => {
                let text = "éßłŠığйЯאب王ก민ñ𠮷𝒜";
                text.chars().map(|c| (encoded(encoding, &c.to_string()), c)).collect()
            }
            _ => ones.chain(twos).filter_map(|bytes| letter(encoding, bytes)).collect(),
        };
        assert!(letters.len() >= 10, "{encoding:?} has {} letters", letters.len());
        Alphabet { encoding, letters }
    }
}

fn letter(encoding: Encoding, bytes: Vec<u8>) -> Option<(Vec<u8>, char)> {
    let text = encoding.decode(&bytes).ok()?;
    let mut letters = text.chars();
    let only = letters.next().filter(|c| c.is_alphabetic() && !c.is_ascii())?;
    letters.next().is_none().then_some((bytes, only))
}

/// The letters of a name as they stand in a file: in ISO-2022-JP between signs that say that they are none of ASCII.
fn shifted(encoding: Encoding, letters: &[u8]) -> Vec<u8> {
    if encoding.hides_in_ascii() { [b"\x1B$B", letters, b"\x1B(B"].concat() } else { letters.to_vec() }
}

/// A text in an encoding of Unicode, or one of ASCII in any encoding.
fn encoded(encoding: Encoding, text: &str) -> Vec<u8> {
    let units = || text.encode_utf16();
    match encoding.label() {
        "utf-16le" => units().flat_map(u16::to_le_bytes).collect(),
        "utf-16be" => units().flat_map(u16::to_be_bytes).collect(),
        _ => text.as_bytes().to_vec(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn names_come_out_of_every_encoding_as_they_went_in(
        alphabet in 0..ALPHABETS.len(),
        names in prop::collection::vec(prop::collection::vec(any::<prop::sample::Index>(), 1..8), 1..12),
        blanks in prop::collection::vec(0..3_usize, 12),
        separator in prop::sample::select(Separator::ALL.to_vec()),
        end in prop::sample::select(vec!["\n", "\r\n", "\r"]),
        is_quoted in any::<bool>(),
    ) {
        let Alphabet { encoding, letters } = &ALPHABETS[alphabet];
        let ascii = |text: &str| encoded(*encoding, text);
        let sign = char::from(separator.byte()).to_string();
        let quote = if is_quoted { "\"" } else { "" };
        let mut file = ascii(&format!("{}{end}", HEADER.join(&sign)));
        let (mut line, mut expected) = (2, Vec::new());
        for (name, blanks) in names.iter().zip(blanks) {
            file.extend(ascii(&end.repeat(blanks)));
            line += u32::try_from(blanks).unwrap();
            let (bytes, text): (Vec<Vec<u8>>, String) = name.iter().map(|at| at.get(letters).clone()).unzip();
            file.extend([ascii(quote), shifted(*encoding, &bytes.concat()), ascii(&format!("{quote}{sign}Lee{sign}{sign}{end}"))].concat());
            let text = if encoding.label() == "windows-1258" { text.nfc().collect() } else { text };
            expected.push((line, text));
            line += 1;
        }
        let answers = Answers { encoding: Some(*encoding), ..Answers::default() };
        let roster = match read(&file, 100, &answers).unwrap() {
            Reading::Clear(roster) => roster,
            Reading::Unclear(unclear) => panic!("{unclear}"),
        };
        let people: Vec<(u32, String)> =
            roster.rows.iter().map(|row| row.unwrap()).map(|row| (row.line, row.first_name.to_owned())).collect();
        prop_assert_eq!(people, expected, "{:?}", encoding);

        // Without an answer it is never read in silence as other names than these.
        if let Ok(Reading::Clear(roster)) = read(&file, 100, &Answers::default()) {
            prop_assert!(std::str::from_utf8(&file).is_ok() || encoding.label().starts_with("utf"), "{:?}", roster);
        }
    }
}
