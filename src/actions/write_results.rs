//! The results of an upload as a CSV: one line a record, safe to open in a spreadsheet, and never a password in it.

use crate::domain::{JobId, UploadId, spreadsheet_safe};
use crate::folder::{self, Folder};
use crate::problem::{Problem, while_doing};
use crate::store::job;
use crate::store::record::{self, Record};
use crate::store::{self, Connection, upload};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// The first line of the results.
const HEADER: [&str; 7] = ["line", "first_name", "last_name", "email", "username", "status", "message"];
/// Tells Excel that what follows is UTF-8.
pub(super) const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// Writes results as CSV: UTF-8 with a byte order mark, CRLF line ends, a header, then a line for each record.
pub struct ResultsCsv<W: Write> {
    csv: csv::Writer<W>,
}

impl<W: Write> ResultsCsv<W> {
    /// Begins with the byte order mark and the header.
    ///
    /// # Errors
    /// If `out` does not take them.
    pub fn begin(mut out: W) -> io::Result<ResultsCsv<W>> {
        out.write_all(BYTE_ORDER_MARK)?;
        let mut csv = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(out);
        csv.write_record(HEADER)?;
        Ok(ResultsCsv { csv })
    }

    /// Adds a record.
    ///
    /// # Errors
    /// If the output does not take it.
    pub fn add(&mut self, record: &Record) -> io::Result<()> {
        let line = record.line.to_string();
        let cells = [
            line.as_str(),
            &record.first_name,
            &record.last_name,
            &record.email,
            &record.username,
            record.status.word(),
            &record.message,
        ];
        Ok(self.csv.write_record(cells.map(|cell| spreadsheet_safe(cell).into_owned()))?)
    }

    /// Hands everything on to the output.
    ///
    /// # Errors
    /// If the output does not take it.
    pub fn end(mut self) -> io::Result<()> {
        self.csv.flush()
    }
}

/// Writes an upload's results file and takes the job out of the line. Done twice it gives the same file.
///
/// # Errors
/// If the file or the database cannot be written.
pub fn write_results(
    conn: &mut Connection,
    folder: &Folder,
    job: JobId,
    upload: UploadId,
) -> Result<(), Problem> {
    if upload::get(conn, upload)?.lines_removed_at.is_some() {
        remove_results(folder, upload)?;
        return done(conn, job);
    }
    let exports = Folder::make(&folder.exports())?;
    let path = results_file(exports.path(), upload);
    folder::publish(&path, |file| {
        let mut results = ResultsCsv::begin(BufWriter::new(file)).map_err(while_doing("Writing", &path))?;
        record::for_each(conn, upload, |record| results.add(&record).map_err(while_doing("Writing", &path)))?;
        results.end().map_err(while_doing("Writing", &path))
    })?;
    done(conn, job)
}

fn done(conn: &mut Connection, job: JobId) -> Result<(), Problem> {
    let tx = store::begin(conn)?;
    job::remove(&tx, job)?;
    tx.commit()?;
    Ok(())
}

/// Takes an upload's results file away, if there is one.
pub(super) fn remove_results(folder: &Folder, upload: UploadId) -> Result<(), Problem> {
    folder::remove(&results_file(&folder.exports(), upload))
}

/// The results of an upload as CSV, in memory.
///
/// # Errors
/// If the database cannot be read.
pub fn results_csv(conn: &Connection, upload: UploadId) -> Result<Vec<u8>, Problem> {
    let written = |cause| Problem::File { doing: "Writing the results".to_owned(), cause };
    let mut csv = Vec::new();
    let mut results = ResultsCsv::begin(&mut csv).map_err(written)?;
    record::for_each(conn, upload, |record| results.add(&record).map_err(written))?;
    results.end().map_err(written)?;
    Ok(csv)
}

fn results_file(exports: &Path, upload: UploadId) -> PathBuf {
    exports.join(format!("results-{}.csv", upload.0))
}
