//! The encodings that text files come in: what people call them, and their bytes as text, or where they are none.

use std::fmt;
use unicode_normalization::UnicodeNormalization;

/// An encoding of text.
#[derive(Clone, Copy)]
pub struct Encoding {
    label: &'static str,
    name: &'static str,
    letters: Letters,
}

/// Where an encoding's letters are known from.
#[derive(Clone, Copy)]
enum Letters {
    /// UTF-8, which needs no table.
    Utf8,
    /// UTF-16, two bytes a unit, the less significant first.
    Utf16Le,
    /// UTF-16, two bytes a unit, the more significant first.
    Utf16Be,
    /// A legacy encoding of the Encoding Standard (<https://encoding.spec.whatwg.org>).
    Standard(&'static encoding_rs::Encoding),
    /// A code page of DOS, which that standard leaves out: the letters of the bytes from 128 on.
    Dos(&'static str),
}

impl Encoding {
    /// What every file ought to be in.
    pub const UTF_8: Encoding = Encoding { label: "utf-8", name: "UTF-8", letters: Letters::Utf8 };
    /// What Excel calls "Unicode Text".
    pub const UTF_16_LE: Encoding = Encoding { label: "utf-16le", name: "UTF-16", letters: Letters::Utf16Le };
    /// The same with its bytes the other way round.
    pub const UTF_16_BE: Encoding =
        Encoding { label: "utf-16be", name: "UTF-16 (big endian)", letters: Letters::Utf16Be };

    /// The encoding of this label (`windows-1252`) or name (`DOS 850 (Western European, “MS-DOS”)`, `Mac Roman`), whatever its
    /// case, and however its parts are put together. The many other names that the Encoding Standard knows (`latin1`, `cp1251`)
    /// do too.
    #[must_use]
    pub fn from_label(label: &str) -> Option<Encoding> {
        let plain = plain(label);
        let own = [Encoding::UTF_8, Encoding::UTF_16_LE, Encoding::UTF_16_BE].into_iter().chain(LEGACY);
        own.into_iter().find(|encoding| encoding.is_called(&plain)).or_else(|| {
            let standard = |label: &str| encoding_rs::Encoding::for_label(label.as_bytes());
            Encoding::from_standard(standard(label).or_else(|| standard(&plain))?)
        })
    }

    /// Whether it is called so, in plain words.
    fn is_called(&self, plain_name: &str) -> bool {
        let short = self.name.split(" (").next().unwrap_or_default();
        let is_dos_page = matches!(self.letters, Letters::Dos(_));
        [self.label, self.name, short].into_iter().any(|name| plain(name) == plain_name)
            || is_dos_page && plain_name.strip_prefix("ibm") == self.label.strip_prefix("cp")
    }

    /// Every encoding that a file without a byte order mark may be in besides UTF-8 and UTF-16, the more common first.
    pub fn legacy() -> impl Iterator<Item = Encoding> {
        LEGACY.into_iter()
    }

    /// Those of them that Windows programs save in where they don't save in Unicode.
    pub(super) fn of_windows() -> impl Iterator<Item = Encoding> {
        Encoding::legacy().take(OF_WINDOWS)
    }

    pub(super) fn from_standard(standard: &'static encoding_rs::Encoding) -> Option<Encoding> {
        let standard = if standard == encoding_rs::GBK { encoding_rs::GB18030 } else { standard };
        let others = [(encoding_rs::UTF_8, Encoding::UTF_8), (encoding_rs::UTF_16LE, Encoding::UTF_16_LE)];
        let same =
            |encoding: &Encoding| matches!(encoding.letters, Letters::Standard(own) if own == standard);
        let other = others.into_iter().find(|(own, _)| *own == standard).map(|(_, encoding)| encoding);
        other.or_else(|| LEGACY.into_iter().find(same))
    }

    /// How programs call it: `windows-1252`.
    #[must_use]
    pub fn label(&self) -> &'static str {
        self.label
    }

    /// Whether it writes letters that are not ASCII in bytes that are.
    pub(super) fn hides_in_ascii(&self) -> bool {
        matches!(self.letters, Letters::Standard(own) if own == encoding_rs::ISO_2022_JP)
    }

    /// Whether each byte is a letter by itself.
    pub(super) fn is_single_byte(&self) -> bool {
        match self.letters {
            Letters::Standard(own) => own.is_single_byte(),
            Letters::Dos(_) => true,
            Letters::Utf8 | Letters::Utf16Le | Letters::Utf16Be => false,
        }
    }

    /// The text of these bytes, which begin with no byte order mark.
    ///
    /// # Errors
    /// How many bytes stand before the first that mean nothing in this encoding.
    pub(super) fn decode(&self, bytes: &[u8]) -> Result<String, usize> {
        match self.letters {
            Letters::Utf8 => {
                std::str::from_utf8(bytes).map(str::to_owned).map_err(|error| error.valid_up_to())
            }
            Letters::Utf16Le => utf16(bytes, u16::from_le_bytes),
            Letters::Utf16Be => utf16(bytes, u16::from_be_bytes),
            Letters::Standard(encoding) => standard(bytes, encoding),
            Letters::Dos(letters) => Ok(dos(bytes, letters)),
        }
    }
}

/// A name without what people put between its parts.
fn plain(name: &str) -> String {
    name.to_lowercase().chars().filter(|c| !matches!(c, ' ' | '_' | '-')).collect()
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, usize> {
    let (pairs, odd) = bytes.as_chunks::<2>();
    let mut text = String::with_capacity(bytes.len());
    let mut at = 0;
    for letter in char::decode_utf16(pairs.iter().map(|pair| unit(*pair))) {
        let letter = letter.map_err(|_| at)?;
        at += letter.len_utf16() * 2;
        text.push(letter);
    }
    if odd.is_empty() { Ok(text) } else { Err(at) }
}

fn standard(bytes: &[u8], encoding: &'static encoding_rs::Encoding) -> Result<String, usize> {
    use encoding_rs::DecoderResult;
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let mut text = String::with_capacity(bytes.len() + bytes.len() / 2 + 16);
    let mut at = 0;
    loop {
        let rest = bytes.get(at..).unwrap_or_default();
        let room = decoder.max_utf8_buffer_length_without_replacement(rest.len().min(64 * 1024));
        text.reserve(room.unwrap_or(1024));
        let begun = text.len();
        let (result, read) = decoder.decode_to_string_without_replacement(rest, &mut text, true);
        // The standard gives control characters for some bytes that mean nothing.
        if let Some(control) = text.get(begun..).and_then(|new| new.chars().position(is_no_letter)) {
            let before = text.get(begun..).unwrap_or_default().chars().take(control);
            return Err(at + encoded_length(before, encoding));
        }
        at += read;
        match result {
            DecoderResult::InputEmpty => break,
            DecoderResult::OutputFull => {}
            DecoderResult::Malformed(bad, after) => {
                return Err(at.saturating_sub(usize::from(bad) + usize::from(after)));
            }
        }
    }
    // Vietnamese typewriters put the tone after the letter; everybody else writes one sign.
    Ok(if encoding == encoding_rs::WINDOWS_1258 { text.nfc().collect() } else { text })
}

/// How many bytes these letters took, about: exactly where every letter takes as many as it is written with.
fn encoded_length(letters: impl Iterator<Item = char>, encoding: &'static encoding_rs::Encoding) -> usize {
    let letters: String = letters.collect();
    encoding.encode(&letters).0.len()
}

/// Control characters that no text file has: those from 128 on.
fn is_no_letter(c: char) -> bool {
    matches!(c, '\u{80}'..='\u{9F}')
}

fn dos(bytes: &[u8], letters: &str) -> String {
    let table: Vec<char> = (0..128_u8).map(char::from).chain(letters.chars()).collect();
    bytes.iter().map(|byte| table.get(usize::from(*byte)).copied().unwrap_or_default()).collect()
}

impl PartialEq for Encoding {
    fn eq(&self, other: &Encoding) -> bool {
        self.label == other.label
    }
}

impl Eq for Encoding {}

impl fmt::Debug for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.label)
    }
}

/// What people call it: `Windows-1252 (Western European)`.
impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

const fn legacy(
    label: &'static str,
    name: &'static str,
    encoding: &'static encoding_rs::Encoding,
) -> Encoding {
    Encoding { label, name, letters: Letters::Standard(encoding) }
}

const fn dos_page(label: &'static str, name: &'static str, letters: &'static str) -> Encoding {
    Encoding { label, name, letters: Letters::Dos(letters) }
}

/// How many of these come first that Windows calls ANSI.
const OF_WINDOWS: usize = 14;
/// Those that differ: ISO-8859-1 is in Windows-1252, ISO-8859-9 in Windows-1254, GBK in GB18030.
const LEGACY: [Encoding; 36] = {
    use encoding_rs as e;
    [
        legacy("windows-1252", "Windows-1252 (Western European)", e::WINDOWS_1252),
        legacy("windows-1250", "Windows-1250 (Central European)", e::WINDOWS_1250),
        legacy("windows-1251", "Windows-1251 (Cyrillic)", e::WINDOWS_1251),
        legacy("windows-1253", "Windows-1253 (Greek)", e::WINDOWS_1253),
        legacy("windows-1254", "Windows-1254 (Turkish)", e::WINDOWS_1254),
        legacy("windows-1255", "Windows-1255 (Hebrew)", e::WINDOWS_1255),
        legacy("windows-1256", "Windows-1256 (Arabic)", e::WINDOWS_1256),
        legacy("windows-1257", "Windows-1257 (Baltic)", e::WINDOWS_1257),
        legacy("windows-1258", "Windows-1258 (Vietnamese)", e::WINDOWS_1258),
        legacy("windows-874", "Windows-874 (Thai)", e::WINDOWS_874),
        legacy("shift_jis", "Shift_JIS (Japanese)", e::SHIFT_JIS),
        legacy("gb18030", "GBK (Chinese, simplified)", e::GB18030),
        legacy("big5", "Big5 (Chinese, traditional)", e::BIG5),
        legacy("euc-kr", "EUC-KR (Korean)", e::EUC_KR),
        legacy("macintosh", "Mac Roman (old Macs, Western European)", e::MACINTOSH),
        legacy("iso-8859-2", "ISO-8859-2 (Central European)", e::ISO_8859_2),
        legacy("koi8-u", "KOI8-U (Cyrillic, Ukrainian)", e::KOI8_U),
        legacy("koi8-r", "KOI8-R (Cyrillic, Russian)", e::KOI8_R),
        dos_page("cp850", "DOS 850 (Western European, “MS-DOS”)", DOS_850),
        dos_page("cp437", "DOS 437 (United States, “MS-DOS”)", DOS_437),
        dos_page("cp852", "DOS 852 (Central European, “MS-DOS”)", DOS_852),
        legacy("ibm866", "DOS 866 (Cyrillic, “MS-DOS”)", e::IBM866),
        legacy("iso-8859-15", "ISO-8859-15 (Western European)", e::ISO_8859_15),
        legacy("euc-jp", "EUC-JP (Japanese)", e::EUC_JP),
        legacy("iso-2022-jp", "ISO-2022-JP (Japanese)", e::ISO_2022_JP),
        legacy("iso-8859-5", "ISO-8859-5 (Cyrillic)", e::ISO_8859_5),
        legacy("iso-8859-7", "ISO-8859-7 (Greek)", e::ISO_8859_7),
        legacy("iso-8859-8", "ISO-8859-8 (Hebrew)", e::ISO_8859_8),
        legacy("iso-8859-6", "ISO-8859-6 (Arabic)", e::ISO_8859_6),
        legacy("iso-8859-13", "ISO-8859-13 (Baltic)", e::ISO_8859_13),
        legacy("iso-8859-4", "ISO-8859-4 (Northern European)", e::ISO_8859_4),
        legacy("iso-8859-3", "ISO-8859-3 (Southern European)", e::ISO_8859_3),
        legacy("iso-8859-10", "ISO-8859-10 (Nordic)", e::ISO_8859_10),
        legacy("iso-8859-14", "ISO-8859-14 (Celtic)", e::ISO_8859_14),
        legacy("iso-8859-16", "ISO-8859-16 (Romanian)", e::ISO_8859_16),
        legacy("x-mac-cyrillic", "Mac Cyrillic (old Macs)", e::X_MAC_CYRILLIC),
    ]
};

const DOS_437: &str = "\
    ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐\
    └┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{A0}";
const DOS_850: &str = "\
    ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒáíóúñÑªº¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐\
    └┴┬├─┼ãÃ╚╔╩╦╠═╬¤ðÐÊËÈıÍÎÏ┘┌█▄¦Ì▀ÓßÔÒõÕµþÞÚÛÙýÝ¯´\u{AD}±‗¾¶§÷¸°¨·¹³²■\u{A0}";
const DOS_852: &str = "\
    ÇüéâäůćçłëŐőîŹÄĆÉĹĺôöĽľŚśÖÜŤťŁ×čáíóúĄąŽžĘę¬źČş«»░▒▓│┤ÁÂĚŞ╣║╗╝Żż┐\
    └┴┬├─┼Ăă╚╔╩╦╠═╬¤đĐĎËďŇÍÎě┘┌█▄ŢŮ▀ÓßÔŃńňŠšŔÚŕŰýÝţ´\u{AD}˝˛ˇ˘§÷¸°¨˙űŘř■\u{A0}";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_encoding_has_a_label_of_its_own_that_finds_it_again() {
        for encoding in Encoding::legacy() {
            assert_eq!(Encoding::from_label(encoding.label()), Some(encoding));
            // What it is called where it is asked for is an answer.
            let name = encoding.to_string();
            let short = name.split(" (").next().unwrap();
            for called in [&name, short, &name.to_uppercase(), &short.replace([' ', '-'], "_")] {
                assert_eq!(Encoding::from_label(called), Some(encoding), "{called}");
            }
        }
        for encoding in [Encoding::UTF_8, Encoding::UTF_16_LE, Encoding::UTF_16_BE] {
            assert_eq!(Encoding::from_label(&encoding.to_string()), Some(encoding));
        }
        for (other, label) in [
            ("latin1", "windows-1252"),
            ("CP1251", "windows-1251"),
            ("gbk", "gb18030"),
            ("UTF8", "utf-8"),
            ("utf-16", "utf-16le"),
            ("ibm850", "cp850"),
            ("IBM-437", "cp437"),
            ("ibm852", "cp852"),
            ("mac_roman", "macintosh"),
            ("Latin-1", "windows-1252"),
        ] {
            assert_eq!(Encoding::from_label(other).unwrap().label(), label);
        }
        for unknown in ["klingon", "", " ", "ibm", "cp", "(Western European)"] {
            assert_eq!(Encoding::from_label(unknown), None, "{unknown}");
        }
    }

    #[test]
    fn every_byte_of_a_dos_page_has_its_letter() {
        for page in [DOS_437, DOS_850, DOS_852] {
            assert_eq!(page.chars().count(), 128);
        }
        let text = |label: &str, bytes: &[u8]| Encoding::from_label(label).unwrap().decode(bytes).unwrap();
        assert_eq!(text("cp850", b"Andr\x82 Mu\xA4oz"), "André Muñoz");
        assert_eq!(text("cp852", b"\x9Dukasz"), "Łukasz");
    }

    #[test]
    fn a_byte_that_means_nothing_is_found_where_it_stands() {
        for (label, bytes, at) in [
            ("windows-1252", b"J\xFCrgen\n\x81".as_slice(), 7),
            ("shift_jis", b"a\n\x8E\x52\x80", 4),
            ("euc-kr", b"ab\xFF\xFFcd", 2),
            ("big5", b"abc\xA4", 3),
            ("utf-16le", b"a\0\0\xD8b\0", 2),
            ("utf-16be", b"\0ab", 2),
            ("utf-8", b"ab\xE9", 2),
        ] {
            assert_eq!(Encoding::from_label(label).unwrap().decode(bytes), Err(at), "{label}");
        }
    }

    #[test]
    fn a_vietnamese_tone_joins_its_letter() {
        let encoding = Encoding::from_label("windows-1258").unwrap();
        assert_eq!(encoding.decode(b"Nguy\xEA\xDEn").unwrap(), "Nguyễn");
    }
}
