//! Reading a workbook of Excel (.xlsx) or of LibreOffice (.ods): its sheets, and the one that has the people.
//!
//! The file is anybody's. It is read as a stream, part by part, and every part only up to a bound, so that neither an archive that
//! inflates to a thousand times its size nor a sheet with a cell in its last corner takes more than its share.

mod cells;
#[cfg(test)]
mod hostile;
mod open_document;
#[cfg(test)]
mod ordinary;
mod package;
mod sheet;
mod xml;

use super::super::texts::Texts;
use super::intake::Intake;
use super::question::{Question, Unclear};
use super::understood::{Format, Understood};
use super::unreadable::Unreadable;
use super::{Answers, Reading, largest_file};
use cells::{Styles, shared_texts};
use package::{Budget, Package};
use quick_xml::events::Event;
use sheet::{Sheet, SheetRow};
use xml::{Xml, attribute};

/// How many times as large as the largest file a workbook's sheet may be, inflated, and its texts. Sheets are not kept.
const SHEET_SWELLS: usize = 10;
const TEXTS_SWELL: usize = 4;

/// The most sheets that a workbook may have, hidden ones too, and the most that a part may refer to. No list of people comes
/// near, and each sheet is looked for among what is referred to, and opened.
const SHEETS: usize = 1_000;
const RELATIONS: usize = 1_000;

/// A workbook that is not as workbooks are, or larger than is read.
#[derive(Debug)]
struct Damage;

/// A workbook, and what is needed to read its sheets.
struct Workbook<'a> {
    package: Package<'a>,
    texts: Texts,
    styles: Styles,
    /// The sheets that are not hidden: the name, and the part's.
    sheets: Vec<(String, String)>,
}

/// Reads a workbook of at most `limit` people.
pub(super) fn read(file: &[u8], limit: u32, answers: &Answers) -> Result<Reading, Unreadable> {
    let package = Package::open(file).ok_or(Unreadable::SpoiltWorkbook)?;
    if open_document::is_spreadsheet(&package) {
        return open_document::read(&package, limit, answers);
    }
    let mut budget = Budget::new(largest_file(limit).saturating_mul(TEXTS_SWELL));
    let workbook = Workbook::open(package, &mut budget)?;
    let mut budget = Budget::new(largest_file(limit).saturating_mul(SHEET_SWELLS));
    let (name, part) = match workbook.choose(answers, &mut budget)? {
        Choice::Of(sheet) => sheet,
        Choice::Unsure(names) => return Ok(ask_for_sheet(names)),
    };
    let mut taking = Taking::new(answers, limit);
    match workbook.take_sheet(&part, &mut taking, &mut budget) {
        Ok(taken) => taken?,
        Err(Damage) => return Err(budget.complaint()),
    }
    taking.end(name)
}

fn ask_for_sheet(names: Vec<String>) -> Reading {
    let understood = Understood::only(Format::Workbook { sheet: None });
    Reading::Unclear(Unclear { understood, questions: vec![Question::Sheet { names }] })
}

/// Takes the rows of the sheet that has the people.
struct Taking<'a> {
    intake: Intake<'a>,
    blank_rows: usize,
    /// How many bytes are kept at most: however short the file is, all its rows may say the same long text.
    most: usize,
}

impl<'a> Taking<'a> {
    fn new(answers: &'a Answers, limit: u32) -> Taking<'a> {
        let most = largest_file(limit).saturating_mul(TEXTS_SWELL);
        Taking { intake: Intake::new(answers, limit, None), blank_rows: 0, most }
    }

    fn take(&mut self, row: &SheetRow) -> Result<(), Unreadable> {
        if !row.has_something() {
            self.blank_rows += 1;
            return Ok(());
        }
        let cells: Vec<&str> = row.cells.iter().map(|cell| cell.as_str()).collect();
        self.intake.take(row.number, &cells, &row.made)?;
        if self.intake.bytes() > self.most { Err(Unreadable::SwollenWorkbook) } else { Ok(()) }
    }

    fn end(self, sheet: String) -> Result<Reading, Unreadable> {
        self.intake.end(Format::Workbook { sheet: Some(sheet) }, self.blank_rows, Vec::new())
    }
}

/// Which sheet has the people.
enum Choice {
    Of((String, String)),
    Unsure(Vec<String>),
}

impl<'a> Workbook<'a> {
    fn open(package: Package<'a>, budget: &mut Budget) -> Result<Workbook<'a>, Unreadable> {
        let document = match relations(&package, "", budget) {
            Ok(relations) => {
                let is_document = |relation: &&Relation| relation.is("officeDocument");
                relations.iter().find(is_document).map(|relation| relation.part.clone())
            }
            Err(Damage) => return Err(budget.complaint()),
        };
        let Some(document) = document.filter(|document| package.has(document)) else {
            return Err(Unreadable::NoWorkbook);
        };
        if document.ends_with(".bin") {
            return Err(Unreadable::BinaryWorkbook);
        }
        if !document.to_lowercase().contains("workbook") && package.has("word/") {
            return Err(Unreadable::NoWorkbook);
        }
        Workbook::load(package, &document, budget).map_err(|Damage| budget.complaint())
    }

    fn load(package: Package<'a>, document: &str, budget: &mut Budget) -> Result<Workbook<'a>, Damage> {
        let relations = relations(&package, document, budget)?;
        let part = |kind: &str| relations.iter().find(|relation| relation.is(kind)).map(|found| &found.part);
        let sheets = shown_sheets(Xml::new(package.part(document, budget).ok_or(Damage)?), &relations)?;
        let texts = match part("sharedStrings").and_then(|name| package.part(name, budget)) {
            Some(part) => shared_texts(Xml::new(part))?,
            None => Texts::default(),
        };
        let styles = match part("styles").and_then(|name| package.part(name, budget)) {
            Some(part) => Styles::read(Xml::new(part))?,
            None => Styles::default(),
        };
        Ok(Workbook { package, texts, styles, sheets })
    }

    fn sheet<'b>(&self, part: &str, budget: &'b mut Budget) -> Result<Sheet<'a, 'b, '_>, Damage> {
        let xml = Xml::new(self.package.part(part, budget).ok_or(Damage)?);
        Ok(Sheet::new(xml, &self.texts, &self.styles))
    }

    /// Takes all rows of a sheet, or stops at one that should be the header and is none.
    fn take_sheet(
        &self,
        part: &str,
        taking: &mut Taking<'_>,
        budget: &mut Budget,
    ) -> Result<Result<(), Unreadable>, Damage> {
        let mut sheet = self.sheet(part, budget)?;
        let mut row = SheetRow::default();
        while sheet.next(&mut row)? {
            if let Err(why) = taking.take(&row) {
                return Ok(Err(why));
            }
        }
        sheet.finish().map(Ok)
    }

    /// The sheet that was answered, or the only one with anything in it.
    fn choose(&self, answers: &Answers, budget: &mut Budget) -> Result<Choice, Unreadable> {
        let answered = self.sheets.iter().find(|(name, _)| answers.sheet.as_ref() == Some(name));
        if let Some(sheet) = answered {
            return Ok(Choice::Of(sheet.clone()));
        }
        let mut found = Vec::new();
        for sheet in &self.sheets {
            match self.has_something(&sheet.1, budget) {
                Ok(true) => found.push(sheet),
                Ok(false) => {}
                Err(Damage) => return Err(budget.complaint()),
            }
        }
        match found.as_slice() {
            [] => Err(Unreadable::Empty),
            [sheet] => Ok(Choice::Of((*sheet).clone())),
            sheets => Ok(Choice::Unsure(sheets.iter().map(|(name, _)| name.clone()).collect())),
        }
    }

    fn has_something(&self, part: &str, budget: &mut Budget) -> Result<bool, Damage> {
        let mut sheet = self.sheet(part, budget)?;
        let mut row = SheetRow::default();
        while sheet.next(&mut row)? {
            if row.has_something() {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Reads `workbook.xml`: the sheets that are not hidden, each with its name and its part's.
fn shown_sheets(mut xml: Xml<'_, '_>, relations: &[Relation]) -> Result<Vec<(String, String)>, Damage> {
    let (mut sheets, mut count) = (Vec::new(), 0);
    loop {
        match xml.next()? {
            Event::Eof => return Ok(sheets),
            Event::Start(start) if start.local_name().as_ref() == "sheet" => {
                count += 1;
                if count > SHEETS {
                    return Err(xml.too_much());
                }
                let id = attribute(&start, "id").unwrap_or_default();
                let is_shown = attribute(&start, "state").is_none_or(|state| state == "visible");
                let relation =
                    relations.iter().find(|relation| relation.id == id && relation.is("worksheet"));
                if let Some(relation) = relation.filter(|_| is_shown) {
                    sheets.push((attribute(&start, "name").ok_or(Damage)?, relation.part.clone()));
                }
            }
            _ => {}
        }
    }
}

impl Budget {
    /// Why reading stopped.
    fn complaint(&self) -> Unreadable {
        if self.is_exceeded { Unreadable::SwollenWorkbook } else { Unreadable::SpoiltWorkbook }
    }
}

/// A part that another refers to.
struct Relation {
    id: String,
    kind: String,
    part: String,
}

impl Relation {
    /// Whether it is of this kind, whose name stands at the end of an address.
    fn is(&self, kind: &str) -> bool {
        self.kind.rsplit('/').next() == Some(kind)
    }
}

/// What a part refers to; `""` for the package itself.
fn relations(package: &Package<'_>, of: &str, budget: &mut Budget) -> Result<Vec<Relation>, Damage> {
    let (folder, file) = of.rsplit_once('/').unwrap_or(("", of));
    let folder = if folder.is_empty() { String::new() } else { format!("{folder}/") };
    let Some(part) = package.part(&format!("{folder}_rels/{file}.rels"), budget) else {
        return Ok(Vec::new());
    };
    let mut xml = Xml::new(part);
    let mut relations = Vec::new();
    loop {
        match xml.next()? {
            Event::Eof => return Ok(relations),
            Event::Start(start) if start.local_name().as_ref() == "Relationship" => {
                if relations.len() == RELATIONS {
                    return Err(xml.too_much());
                }
                let value = |name| attribute(&start, name).unwrap_or_default();
                relations.push(Relation {
                    id: value("Id"),
                    kind: value("Type"),
                    part: resolved(&folder, &value("Target")),
                });
            }
            _ => {}
        }
    }
}

/// A part's name, as seen from a folder that ends in a stroke.
fn resolved(folder: &str, target: &str) -> String {
    match target.strip_prefix('/') {
        Some(whole) => whole.to_owned(),
        None => {
            let (mut folder, mut target) = (folder.trim_end_matches('/'), target);
            while let Some(rest) = target.strip_prefix("../") {
                (folder, target) = (folder.rsplit_once('/').map_or("", |(above, _)| above), rest);
            }
            if folder.is_empty() { target.to_owned() } else { format!("{folder}/{target}") }
        }
    }
}
