//! What must hold of whatever bytes come as a form: they are answered, and what a browser sent comes out as it went in.

use firstbell::web::{BadForm, Form};

/// The most fields and files of a form.
const MOST: usize = 600;
const BOUNDARY: &str = "----fuzz";

/// The body of a form in the address's own spelling, and the same once more as a form that holds the text.
pub(crate) fn check_urlencoded(data: &[u8]) {
    let kind = "application/x-www-form-urlencoded";
    match Form::read(kind, data.to_vec()) {
        Ok(form) => assert!(form.files().is_empty()),
        Err(bad) => {
            assert_eq!(bad, BadForm::TooManyParts);
            assert!(data.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()).count() > MOST);
        }
    }
    let text = String::from_utf8_lossy(data);
    let (name, value) = text.split_at(text.ceil_char_boundary(text.len() / 3));
    let body =
        form_urlencoded::Serializer::new(String::new()).extend_pairs([("a", value), (name, "b")]).finish();
    let form = Form::read(kind, body.into_bytes()).expect("a form");
    assert_eq!(form.get("a"), value);
    assert_eq!(form.all(name).last(), Some("b"));
}

/// A line with the type of the body, and the body; `~` stands for a line end, because a machine finds out late that two
/// signs go together.
pub(crate) fn check_multipart(data: &[u8]) {
    let text = data.split(|byte| *byte == b'~').collect::<Vec<_>>().join(&b"\r\n"[..]);
    let at = text.windows(2).position(|two| two == b"\r\n").unwrap_or(0);
    let (kind, body) = text.split_at(at);
    if let Ok(form) = Form::read(&String::from_utf8_lossy(kind), body.to_vec()) {
        assert_modest(&form, body.len());
    }
    let own = format!("multipart/form-data; boundary={BOUNDARY}");
    if let Ok(form) = Form::read(&own, body.to_vec()) {
        assert_modest(&form, body.len());
    }
    check_round_trip(&own, kind, body);
}

fn assert_modest(form: &Form, length: usize) {
    assert!(form.files().len() <= MOST);
    let bytes: usize = form.files().iter().map(|file| file.bytes.len()).sum();
    assert!(bytes <= length, "more came out than went in");
    for file in form.files() {
        assert!(!file.name.trim().is_empty() && file.name.chars().count() <= 200, "{:?}", file.name);
        assert!(!file.name.contains(|c: char| c.is_control() || c == '/' || c == '\\'), "{:?}", file.name);
    }
}

/// A browser's form with a field and a file: both come out byte for byte.
fn check_round_trip(kind: &str, field: &[u8], file: &[u8]) {
    let field = String::from_utf8_lossy(field);
    let sign = format!("\r\n--{BOUNDARY}");
    let holds_sign =
        |bytes: &[u8]| [b"\r\n", bytes].concat().windows(sign.len()).any(|part| part == sign.as_bytes());
    if holds_sign(field.as_bytes()) || holds_sign(file) {
        return;
    }
    let head =
        |more: &str| format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"a\"{more}\r\n\r\n");
    let body = [
        head("").as_bytes(),
        field.as_bytes(),
        b"\r\n",
        head("; filename=\"b.csv\"\r\nContent-Type: text/csv").as_bytes(),
        file,
        format!("{sign}--\r\n").as_bytes(),
    ]
    .concat();
    let form = Form::read(kind, body).expect("a form as browsers send it");
    assert_eq!(form.get("a"), field);
    assert_eq!(form.files().len(), 1);
    assert_eq!((form.files()[0].name.as_str(), &form.files()[0].bytes[..]), ("b.csv", file));
}
