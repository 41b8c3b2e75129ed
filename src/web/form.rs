//! Forms as browsers send them: fields and files, out of a body of either kind.

use super::http::Request;
use futures_util::stream;
use std::convert::Infallible;
use zeroize::Zeroizing;

/// The most fields and files that are read of a form: a page of fifty lines to mend has five for each.
const MOST_PARTS: usize = 600;

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
    pub bytes: Zeroizing<Vec<u8>>,
}

impl Form {
    /// Reads the form in a request's body; `None` if it is none.
    #[must_use]
    pub fn read(request: &Request) -> Option<Form> {
        let kind = request.headers.content_type.as_deref().unwrap_or_default();
        match kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase().as_str() {
            "application/x-www-form-urlencoded" => {
                let pairs = form_urlencoded::parse(&request.body).take(MOST_PARTS);
                let fields =
                    pairs.map(|(name, value)| (name.into_owned(), Zeroizing::new(value.into_owned())));
                Some(Form { fields: fields.collect(), files: Vec::new() })
            }
            "multipart/form-data" => {
                let boundary = multer::parse_boundary(kind).ok()?;
                pollster::block_on(multipart(&request.body, boundary)).ok()
            }
            // A form without fields need not say what it is.
            "" if request.body.is_empty() => Some(Form::default()),
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
}

async fn multipart(body: &[u8], boundary: String) -> Result<Form, multer::Error> {
    // The whole body is here already; the library that takes it apart wants to wait for it all the same.
    let whole = stream::iter([Ok::<_, Infallible>(multer::bytes::Bytes::copy_from_slice(body))]);
    let mut parts = multer::Multipart::new(whole, boundary);
    let mut form = Form::default();
    while let Some(part) = parts.next_field().await? {
        if form.fields.len() + form.files.len() >= MOST_PARTS {
            break;
        }
        let name = part.name().unwrap_or_default().to_owned();
        match part.file_name().map(str::to_owned) {
            Some(file) => {
                let bytes = Zeroizing::new(part.bytes().await?.to_vec());
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
