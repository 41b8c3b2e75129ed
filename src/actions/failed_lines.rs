//! The failed lines of an upload as a CSV in the upload's own format, with the reason in a fifth column, which an upload
//! leaves out. There is no password in it: none is kept.

use super::write_results::BYTE_ORDER_MARK;
use crate::domain::{roster, spreadsheet_safe};
use crate::store::record::Record;
use std::io::{self, Write};

/// Writes failed lines as CSV: UTF-8 with a byte order mark, CRLF line ends, a header, then a line for each record.
///
/// # Errors
/// If `out` does not take them.
pub fn write_failed_lines(mut out: impl Write, records: &[Record]) -> io::Result<()> {
    out.write_all(BYTE_ORDER_MARK)?;
    let mut csv = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(out);
    csv.write_record(roster::HEADER.iter().chain([&roster::PROBLEM]))?;
    for record in records {
        let cells = [&record.first_name, &record.last_name, &record.email, "", &record.message];
        csv.write_record(cells.map(|cell| spreadsheet_safe(cell).into_owned()))?;
    }
    csv.flush()
}
