//! A letter as it travels: headers, the plain part, the HTML part, and what is attached.

use super::plain::{one_line, plain};
use super::{Words, html};
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Attachment as AttachedPart, Mailbox, MultiPart, SinglePart};
use lettre::{Address, Message as Mail};
use std::time::SystemTime;
use unicode_normalization::UnicodeNormalization;

/// The most characters of a subject or of a name in a header: a screen's width, and far below what a line may have.
const LONGEST_LINE: usize = 150;

/// From whom, to whom, and what it answers.
#[derive(Clone, Copy, Debug)]
pub struct Envelope<'a> {
    /// The district's name.
    pub from_name: &'a str,
    /// The address that letters come from.
    pub from: &'a str,
    /// The name of whoever gets it.
    pub to_name: &'a str,
    /// The address it goes to.
    pub to: &'a str,
    /// When it was written.
    pub date: SystemTime,
    /// Its message id, the part before the @.
    pub message_id: &'a str,
    /// The same of the letter that it follows, if it follows one: readers show them together.
    pub follows: Option<&'a str>,
}

/// A file that goes with a letter.
#[derive(Clone, Debug)]
pub struct Attachment {
    /// Its name.
    pub name: String,
    /// What is in it: CSV in UTF-8.
    pub csv: Vec<u8>,
}

/// A letter that can be handed over.
#[derive(Clone)]
pub struct Message {
    pub(super) from: Address,
    pub(super) to: Address,
    pub(super) bytes: Vec<u8>,
}

/// Puts a letter together. Whatever stands in names, no header gets more than one line out of it.
///
/// # Errors
/// A sentence, if an address is none that mail can carry.
pub fn message(
    envelope: &Envelope<'_>,
    words: &Words,
    attachment: Option<Attachment>,
) -> Result<Message, String> {
    let address = |text: &str| {
        // However it was typed, mail servers know it composed (RFC 6532, 3.1).
        let text: String = text.nfc().collect();
        text.parse::<Address>().map_err(|_| "The address is none that a letter can be sent to.".to_owned())
    };
    let (from, to) = (address(envelope.from)?, address(envelope.to)?);
    let id = |name: &str| format!("<{name}@{}>", from.domain());
    let mut builder = Mail::builder()
        .from(Mailbox::new(Some(short(envelope.from_name)), from.clone()))
        .to(Mailbox::new(Some(short(envelope.to_name)), to.clone()))
        // What looks like an encoded word (RFC 2047, 2) would be read as one; in the names, lettre sees to that.
        .subject(short(&words.subject).replace("=?", "= ?"))
        .date(envelope.date)
        .message_id(Some(id(envelope.message_id)))
        // No machine answers what a machine wrote (RFC 3834, 5).
        .raw_header(HeaderValue::new(
            HeaderName::new_from_ascii_str("Auto-Submitted"),
            "auto-generated".to_owned(),
        ));
    if let Some(first) = envelope.follows {
        builder = builder.in_reply_to(id(first)).references(id(first));
    }
    let text = MultiPart::alternative()
        .singlepart(SinglePart::plain(plain(words)))
        .singlepart(SinglePart::html(html(words, envelope.from_name)));
    let body = match attachment {
        None => text,
        Some(Attachment { name, csv }) => {
            let kind = ContentType::parse("text/csv; charset=utf-8").unwrap_or(ContentType::TEXT_PLAIN);
            MultiPart::mixed().multipart(text).singlepart(AttachedPart::new(name).body(csv, kind))
        }
    };
    let mail = builder.multipart(body).map_err(|_| "The letter could not be put together.".to_owned())?;
    Ok(Message { from, to, bytes: mail.formatted() })
}

/// Whether a character turns what stands around it: in a subject it could make a file's name another.
fn turns_around(c: char) -> bool {
    matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// One line of a bearable length.
fn short(text: &str) -> String {
    let line: String = one_line(text).chars().filter(|c| !turns_around(*c)).collect();
    if line.chars().count() <= LONGEST_LINE {
        return line;
    }
    line.chars().take(LONGEST_LINE - 1).chain(['…']).collect()
}
