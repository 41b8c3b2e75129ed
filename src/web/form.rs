//! Forms as browsers send them: fields and files, out of a body of either kind.

use crate::domain::FileBytes;
use futures_util::stream;
use multer::bytes::Bytes;
use std::convert::Infallible;
use std::task::Poll;
use zeroize::Zeroizing;

/// The most fields and files of a form: a page of fifty lines to mend has five for each, and somebody may hand in five hundred
/// files at once.
pub(super) const MOST_PARTS: usize = 600;
/// The longest field, in bytes. Whatever can be typed is a name, an email, a password or a sentence; a line to mend may have been
/// longer, and is still shown.
const LONGEST_FIELD: usize = 16 * 1024;
/// How much of a body is taken apart at once, so that nothing of it is there twice but what has become a part.
const PIECE: usize = 64 * 1024;

/// A form that was sent.
#[derive(Default)]
pub struct Form {
    fields: Vec<(String, Zeroizing<String>)>,
    files: Vec<SentFile>,
}

/// A file in a form.
pub struct SentFile {
    /// Its own name, without its folder.
    pub name: String,
    /// What is in it.
    pub bytes: FileBytes,
}

/// Why a form is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadForm {
    /// It is none.
    NoForm,
    /// It has more fields and files than any of ours.
    TooManyParts,
    /// One of its fields is longer than any of ours.
    FieldTooLong,
}

impl Form {
    /// Reads the form in a request's body, of which the request says that it is of this kind. The body goes with that.
    ///
    /// # Errors
    /// If it is none, or larger than any of ours.
    pub fn read(kind: &str, body: Vec<u8>) -> Result<Form, BadForm> {
        match kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase().as_str() {
            "application/x-www-form-urlencoded" => {
                let mut form = Form::default();
                for (name, value) in form_urlencoded::parse(&body) {
                    form.make_room(name.len().max(value.len()))?;
                    form.fields.push((name.into_owned(), Zeroizing::new(value.into_owned())));
                }
                Ok(form)
            }
            "multipart/form-data" => {
                let boundary = multer::parse_boundary(kind).map_err(|_| BadForm::NoForm)?;
                pollster::block_on(multipart(&body, boundary))
            }
            // A form without fields need not say what it is.
            "" if body.is_empty() => Ok(Form::default()),
            _ => Err(BadForm::NoForm),
        }
    }

    /// Whether there may be one more part, with a name or text of this length.
    fn make_room(&self, length: usize) -> Result<(), BadForm> {
        match self.fields.len() + self.files.len() < MOST_PARTS {
            false => Err(BadForm::TooManyParts),
            true if length > LONGEST_FIELD => Err(BadForm::FieldTooLong),
            true => Ok(()),
        }
    }

    /// The value of a field; empty if it is not there.
    #[must_use]
    pub fn get(&self, name: &str) -> &str {
        self.fields.iter().find(|(field, _)| field == name).map_or("", |(_, value)| value.as_str())
    }

    /// Whether a field is there, be it empty.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.fields.iter().any(|(field, _)| field == name)
    }

    /// Every value of a field that may come more than once.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.fields.iter().filter(move |(field, _)| field == name).map(|(_, value)| value.as_str())
    }

    /// The files that were chosen; a file input left empty sends one without a name, which is none.
    #[must_use]
    pub fn files(&self) -> &[SentFile] {
        &self.files
    }

    /// The files, for whoever is to have them; the form has none from then on.
    pub fn take_files(&mut self) -> Vec<SentFile> {
        std::mem::take(&mut self.files)
    }
}

async fn multipart(body: &[u8], boundary: String) -> Result<Form, BadForm> {
    // The whole body is here already. The library that takes it apart would copy all that it is given before it looks at any
    // of it, so after each piece it has to wait, and then may ask for the next at once.
    let mut pieces = body.chunks(PIECE);
    let mut has_one = false;
    let pieces = stream::poll_fn(move |context| {
        has_one = !has_one;
        if has_one {
            return Poll::Ready(
                pieces.next().map(|piece| Ok::<_, Infallible>(Bytes::copy_from_slice(piece))),
            );
        }
        context.waker().wake_by_ref();
        Poll::Pending
    });
    let mut parts = multer::Multipart::new(pieces, boundary);
    let mut form = Form::default();
    while let Some(mut part) = parts.next_field().await.map_err(no_form)? {
        let name = part.name().unwrap_or_default().to_owned();
        form.make_room(name.len())?;
        match part.file_name().map(str::to_owned) {
            Some(file) => {
                let mut bytes = FileBytes::default();
                while let Some(piece) = part.chunk().await.map_err(no_form)? {
                    bytes.add(&piece);
                }
                if !(file.is_empty() && bytes.is_empty()) {
                    form.files.push(SentFile { name: own_name(&file), bytes });
                }
            }
            None => {
                let value = Zeroizing::new(part.text().await.map_err(no_form)?);
                form.make_room(value.len())?;
                form.fields.push((name, value));
            }
        }
    }
    Ok(form)
}

fn no_form(_: multer::Error) -> BadForm {
    BadForm::NoForm
}

/// A file's own name: some browsers send the folder, too. What a page could not show is left out.
fn own_name(path: &str) -> String {
    let name = path.rsplit(['/', '\\']).next().unwrap_or_default();
    let name: String = name.chars().filter(|c| !c.is_control()).take(200).collect();
    if name.trim().is_empty() { "a file without a name".to_owned() } else { name }
}

#[cfg(test)]
mod tests {
    use super::{BadForm, Form, LONGEST_FIELD, MOST_PARTS, own_name};

    fn read(body: String) -> Result<Form, BadForm> {
        Form::read("application/x-www-form-urlencoded", body.into_bytes())
    }

    fn read_parts(parts: impl Iterator<Item = (&'static str, String)>) -> Result<Form, BadForm> {
        let body: String = parts
            .map(|(head, text)| {
                format!("--b\r\nContent-Disposition: form-data; name=\"a\"{head}\r\n\r\n{text}\r\n")
            })
            .collect();
        Form::read("multipart/form-data; boundary=b", (body + "--b--\r\n").into_bytes())
    }

    #[test]
    fn a_form_that_has_more_than_any_of_ours_is_refused_and_not_cut_off() {
        let pairs = |count| vec!["a=b"; count].join("&");
        let files = |count| read_parts((0..count).map(|_| ("; filename=\"b.csv\"", "c".to_owned())));
        assert_eq!(read(pairs(MOST_PARTS)).unwrap().all("a").count(), MOST_PARTS);
        assert_eq!(read(pairs(MOST_PARTS + 1)).err(), Some(BadForm::TooManyParts));
        assert_eq!(files(MOST_PARTS).unwrap().files().len(), MOST_PARTS);
        assert_eq!(files(MOST_PARTS + 1).err(), Some(BadForm::TooManyParts));
    }

    #[test]
    fn a_field_has_a_longest_length_and_a_file_has_none() {
        let field = |length: usize| read_parts([("", "\"".repeat(length))].into_iter());
        let file = "c".repeat(LONGEST_FIELD + 1);
        assert_eq!(read(format!("a={}", "b".repeat(LONGEST_FIELD))).unwrap().get("a").len(), LONGEST_FIELD);
        assert_eq!(read(format!("a={}", "b".repeat(LONGEST_FIELD + 1))).err(), Some(BadForm::FieldTooLong));
        assert_eq!(field(LONGEST_FIELD).unwrap().get("a").len(), LONGEST_FIELD);
        assert_eq!(field(LONGEST_FIELD + 1).err(), Some(BadForm::FieldTooLong));
        assert_eq!(read_parts([("; filename=\"b.csv\"", file)].into_iter()).unwrap().files().len(), 1);
    }

    #[test]
    fn what_is_no_form_is_said_to_be_none() {
        for (kind, body) in
            [("application/json", "{}"), ("text/plain", "a=b"), ("", "a=b"), ("multipart/form-data", "")]
        {
            assert_eq!(Form::read(kind, body.into()).err(), Some(BadForm::NoForm), "{kind}");
        }
        assert!(Form::read("", Vec::new()).is_ok());
    }

    #[test]
    fn a_file_keeps_its_own_name_only() {
        for (sent, name) in
            [("C:\\lists\\4b.csv", "4b.csv"), ("../../etc/x.csv", "x.csv"), ("a\r\nb.csv", "ab.csv")]
        {
            assert_eq!(own_name(sent), name);
        }
        assert_eq!(own_name("lists/"), "a file without a name");
    }
}
