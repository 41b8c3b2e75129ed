//! Reading the XML of a workbook's parts, which is never believed to be what a workbook would write.

use super::Damage;
use super::package::Part;
use quick_xml::XmlVersion;
use quick_xml::events::{BytesRef, BytesStart, Event};
use std::io::{BufReader, Read};

/// A part, read as XML.
pub(super) struct Xml<'a, 'b> {
    reader: quick_xml::Reader<BufReader<Part<'a, 'b>>>,
    buffer: Vec<u8>,
}

impl<'a, 'b> Xml<'a, 'b> {
    pub(super) fn new(part: Part<'a, 'b>) -> Xml<'a, 'b> {
        let mut reader = quick_xml::Reader::from_reader(BufReader::with_capacity(64 * 1024, part));
        // `<c/>` is to be as `<c></c>`.
        reader.config_mut().expand_empty_elements = true;
        Xml { reader, buffer: Vec::new() }
    }

    /// The next event.
    ///
    /// # Errors
    /// If it is no XML, or more than may be read.
    pub(super) fn next(&mut self) -> Result<Event<'_>, Damage> {
        self.buffer.clear();
        self.reader.get_mut().get_mut().rest();
        self.reader.read_event_into(&mut self.buffer).map_err(|_| Damage)
    }

    /// Reads what is left, so that the part's checksum is proven.
    ///
    /// # Errors
    /// If it is another, or more is left than may be read.
    pub(super) fn finish(self) -> Result<(), Damage> {
        let mut rest = self.reader.into_inner();
        let mut chunk = [0; 16 * 1024];
        while rest.read(&mut chunk).map_err(|_| Damage)? > 0 {
            rest.get_mut().rest();
        }
        Ok(())
    }

    /// Takes in so much more, as if it stood in this part.
    ///
    /// # Errors
    /// If it is more than may be read.
    pub(super) fn spend(&mut self, bytes: usize) -> Result<(), Damage> {
        if self.reader.get_mut().get_mut().spend(bytes) { Ok(()) } else { Err(Damage) }
    }

    /// There is more of something in this part than is read.
    pub(super) fn too_much(&mut self) -> Damage {
        self.reader.get_mut().get_mut().exceed();
        Damage
    }
}

/// The value of an attribute, by its name without a prefix.
pub(super) fn attribute(element: &BytesStart<'_>, name: &str) -> Option<String> {
    let mut attributes = element.attributes();
    let attributes = attributes.with_checks(false).flatten();
    let attribute = attributes.into_iter().find(|attribute| attribute.key.local_name().as_ref() == name)?;
    attribute.normalized_value(XmlVersion::Implicit1_0).ok().map(std::borrow::Cow::into_owned)
}

/// Adds the text that an event stands for.
///
/// # Errors
/// If it names a letter that there is not.
pub(super) fn add_text(event: &Event<'_>, text: &mut String) -> Result<(), Damage> {
    match event {
        Event::Text(part) => text.push_str(&part.xml10_content()),
        Event::CData(part) => text.push_str(&part.xml10_content()),
        Event::GeneralRef(name) => text.push(letter(name)?),
        _ => {}
    }
    Ok(())
}

fn letter(name: &BytesRef<'_>) -> Result<char, Damage> {
    match name.as_ref() {
        "lt" => Ok('<'),
        "gt" => Ok('>'),
        "amp" => Ok('&'),
        "quot" => Ok('"'),
        "apos" => Ok('\''),
        _ => name.resolve_char_ref().ok().flatten().ok_or(Damage),
    }
}
