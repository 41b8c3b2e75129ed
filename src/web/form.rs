//! Forms as browsers send them: fields and files, out of a body of either kind.

use crate::domain::FileBytes;
use futures_util::stream;
use multer::bytes::Bytes;
use std::convert::Infallible;
use std::task::Poll;
use zeroize::Zeroizing;

/// The most fields and files that are read of a form: a page of fifty lines to mend has five for each.
const MOST_PARTS: usize = 600;
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

impl Form {
    /// Reads the form in a request's body, of which the request says that it is of this kind; `None` if it is none. The body
    /// goes with that.
    #[must_use]
    pub fn read(kind: &str, body: Vec<u8>) -> Option<Form> {
        match kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase().as_str() {
            "application/x-www-form-urlencoded" => {
                let pairs = form_urlencoded::parse(&body).take(MOST_PARTS);
                let fields =
                    pairs.map(|(name, value)| (name.into_owned(), Zeroizing::new(value.into_owned())));
                Some(Form { fields: fields.collect(), files: Vec::new() })
            }
            "multipart/form-data" => {
                let boundary = multer::parse_boundary(kind).ok()?;
                pollster::block_on(multipart(&body, boundary)).ok()
            }
            // A form without fields need not say what it is.
            "" if body.is_empty() => Some(Form::default()),
            _ => None,
        }
    }

    /// The value of a field; empty if it is not there.
    #[must_use]
    pub fn get(&self, name: &str) -> &str {
        self.fields.iter().find(|(field, _)| field == name).map_or("", |(_, value)| value.as_str())
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

async fn multipart(body: &[u8], boundary: String) -> Result<Form, multer::Error> {
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
    while let Some(mut part) = parts.next_field().await? {
        if form.fields.len() + form.files.len() >= MOST_PARTS {
            break;
        }
        let name = part.name().unwrap_or_default().to_owned();
        match part.file_name().map(str::to_owned) {
            Some(file) => {
                let mut bytes = FileBytes::default();
                while let Some(piece) = part.chunk().await? {
                    bytes.add(&piece);
                }
                if !(file.is_empty() && bytes.is_empty()) {
                    form.files.push(SentFile { name: own_name(&file), bytes });
                }
            }
            None => form.fields.push((name, Zeroizing::new(part.text().await?))),
        }
    }
    Ok(form)
}

/// A file's own name: some browsers send the folder, too. What a page could not show is left out.
fn own_name(path: &str) -> String {
    let name = path.rsplit(['/', '\\']).next().unwrap_or_default();
    let name: String = name.chars().filter(|c| !c.is_control()).take(200).collect();
    if name.trim().is_empty() { "a file without a name".to_owned() } else { name }
}

#[cfg(test)]
mod tests {
    use super::own_name;

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
