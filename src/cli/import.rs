//! `firstbell import`: files uploaded as a district administrator would, and watched until they are done.
//!
//! The import works through the database alone: whichever process runs the job loop on the folder does the work, this
//! one if no other does.

use super::watch::{signals, watch};
use super::{DataArgs, Ending, TypeArg, heard, say};
use crate::actions::{self, Destination, NamedRoster, Office, ReadFiles, Received, ResultsCsv};
use crate::clock;
use crate::domain::roster::{Answers, Column, Encoding, Heading, Question, largest_file};
use crate::domain::{FileBytes, Name, SchoolId, Scope, Spot, UploadId, UploadStatus, UserType, message};
use crate::folder::Held;
use crate::jobs::JobLoop;
use crate::problem::Problem;
use crate::secrets::{Cost, HashLane, Key};
use crate::store::record;
use crate::store::upload::{self, Counts};
use crate::store::{self, Connection};
use indicatif::HumanCount;
use jiff::Timestamp;
use std::fs;
use std::io::{self, BufWriter, Read, StdoutLock};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

/// How many records are read at a time to be printed.
const RECORDS_AT_ONCE: u32 = 1_000;
/// How many schools a refusal lists at most.
const SCHOOLS_LISTED: u32 = 20;

#[derive(clap::Args)]
pub(super) struct Import {
    #[command(flatten)]
    pub(super) data: DataArgs,
    /// The school that the people belong to
    #[arg(long, value_name = "NAME")]
    school: String,
    /// What kind of people the files are of
    #[arg(long = "type", value_name = "TYPE")]
    kind: TypeArg,
    /// Say what would happen, and make nothing
    #[arg(long)]
    check: bool,
    /// What the files' letters are in, where they do not say it: windows-1252, shift_jis…
    #[arg(long, value_name = "NAME")]
    encoding: Option<String>,
    /// What the columns are, from the left: first_name, last_name, email, password, or - for one that means nothing
    #[arg(long, value_name = "NAMES")]
    columns: Option<String>,
    /// Which sheet of a workbook has the people
    #[arg(long, value_name = "NAME")]
    sheet: Option<String>,
    /// Read what is missing at the end of a line as blank
    #[arg(long)]
    short_rows_are_blank: bool,
    /// CSV, Excel or OpenDocument files with the first line first_name,last_name,email,password
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

impl Import {
    /// What was answered about the files.
    fn answers(&self) -> Result<Answers, Problem> {
        let encoding = match &self.encoding {
            None => None,
            Some(label) => Some(Encoding::from_label(label).ok_or_else(|| {
                Problem::refused(format!(
                    "“{label}” is no encoding. Name one as web browsers do: windows-1252, shift_jis."
                ))
            })?),
        };
        let column = |word: &str| match word.trim() {
            "-" | "" => Ok(None),
            word => Column::from_heading(word).map(Some).ok_or_else(|| {
                Problem::refused(format!(
                    "“{word}” is no column. Name them first_name, last_name, email, password, or - for none."
                ))
            }),
        };
        let columns = match &self.columns {
            None => None,
            Some(words) => Some(words.split(',').map(column).collect::<Result<_, _>>()?),
        };
        Ok(Answers {
            encoding,
            separator: None,
            columns,
            sheet: self.sheet.clone(),
            short_rows_are_blank: self.short_rows_are_blank,
        })
    }
}

pub(super) fn run(args: &Import) -> Result<Ending, Problem> {
    let office = args.data.open()?;
    let district = store::district::get(&office.conn)?.ok_or_else(|| {
        Problem::refused("No district is set up in this folder. Set one up with `firstbell init`.")
    })?;
    let school = school(&office.conn, &args.school)?;
    let to = Destination { school, kind: args.kind.into(), by: None, who_chooses: None };
    let files = read(&office.key, &args.files, district.rows_per_file, &args.answers()?)?;
    files.iter().for_each(|file| say_understood(file, args.check));
    if args.check { check(&office, &to, &files) } else { import(office, &to, files) }
}

/// Says what was made of a file: what is remarkable, and before a check all of it.
fn say_understood(file: &NamedRoster, is_check: bool) {
    let NamedRoster { file_name, roster, .. } = file;
    let understood = &roster.understood;
    if is_check {
        say(&format!("{file_name}: the file is {}.", understood.format));
        let taken = |heading: &Heading| {
            heading.taken_for.map(|column| format!("“{}” is the {}", heading.text, column.words()))
        };
        let columns: Vec<String> = understood.columns.iter().filter_map(taken).collect();
        say(&format!("{file_name}: {}.", columns.join(", ")));
    }
    let ignored: Vec<&str> = understood.ignored_columns().collect();
    if !ignored.is_empty() {
        let columns = ignored.join(", ");
        say(&format!("{file_name}: the columns {columns} mean nothing here and were left out."));
    }
    for remark in &understood.remarks {
        say(&format!("{file_name}: {remark}"));
    }
}

fn import(mut office: Office, to: &Destination, files: Vec<NamedRoster>) -> Result<Ending, Problem> {
    let signal = signals()?;
    let school = store::school::name(&office.conn, to.school)?;
    let left: Vec<(Held, UploadId)> =
        files.iter().map(|file| left_by_others(&office, file)).collect::<Result<_, _>>()?;
    let (_importing, left): (Vec<Held>, Vec<UploadId>) = left.into_iter().unzip();
    let received = actions::receive_or_go_on(&mut office.conn, &office.key, to, &files, &left)?;
    for (Received { id, goes_on }, file) in received.iter().zip(&files) {
        let name = &file.file_name;
        if *goes_on {
            let is_final = upload::get(&office.conn, *id)?.status.is_final();
            let how = if is_final { "is finished now" } else { "goes on" };
            say(&format!("{name} is job {} already, whose import was interrupted: it {how}.", id.0));
        } else {
            let people = people(file.roster.rows.len(), to.kind);
            say(&format!("{name} received: job {}, {people} for {school}.", id.0));
        }
    }
    let uploads: Vec<UploadId> = received.iter().map(|received| received.id).collect();
    drop(files);
    let ended = work_off(&mut office, &uploads, &signal);
    office.close();
    // From here on something has changed, so nothing is a refusal any more.
    ended.or_else(|problem| {
        say(&format!("firstbell: {problem} The files were received; do not upload them again."));
        Ok(Ending::WithFailures)
    })
}

/// Runs the job loop, or waits for whoever runs it, until the uploads are done; then reports and prints their results.
fn work_off(office: &mut Office, uploads: &[UploadId], signal: &AtomicUsize) -> Result<Ending, Problem> {
    let lane = Arc::new(HashLane::start(Cost::production()));
    let work = JobLoop::start(office.folder.clone(), Arc::clone(&office.key), lane);
    if let Some(signal) = watch(&office.conn, &work, uploads, signal)? {
        drop(work);
        say(
            "Stopped after the batch in hand. Nothing is lost: the same command again makes the rest and prints the results; any \
             other import, or `firstbell serve`, makes the rest, too.",
        );
        return Ok(Ending::Stopped(signal));
    }
    let ending = report(&office.conn, uploads)?;
    print_results(|results| uploads.iter().try_for_each(|id| add_records(&office.conn, *id, results)))?;
    // The results are out, whether that can be noted or not: without the note the same command prints them once more.
    let _ = actions::report_done(&mut office.conn, uploads);
    // Nobody who reads the results waits for the snapshot.
    drop(work);
    Ok(ending)
}

/// Becomes one of the imports that are at work on a file. Gives the newest upload whose import is none of them; number 0 if others
/// are at work on it.
fn left_by_others(office: &Office, file: &NamedRoster) -> Result<(Held, UploadId), Problem> {
    let (importing, left) = office.folder.join_imports(&file.mark, || Ok(upload::newest(&office.conn)?))?;
    Ok((importing, left.unwrap_or(UploadId(0))))
}

fn check(office: &Office, to: &Destination, files: &[NamedRoster]) -> Result<Ending, Problem> {
    for file in files {
        let name = &file.file_name;
        let (_, left) = left_by_others(office, file)?;
        if let Some(id) = actions::interrupted(&office.conn, to, file, left, &[])? {
            say(&format!(
                "{name} is job {} already, whose import was interrupted: an import goes on with it. What is said here is of a file \
                 that is received anew.",
                id.0
            ));
        } else if let Some((id, when)) =
            upload::of_the_same_file(&office.conn, Scope::District, &file.mark, None)?
        {
            let when = written(&office.conn, when)?;
            say(&format!("{name} was uploaded before, as job {} on {when}.", id.0));
        }
    }
    let plans = actions::check_upload(&office.conn, to, files)?;
    let mut counts = Counts::default();
    let mut records = plans.iter().zip(files).flat_map(|(plan, file)| plan.records(&file.roster.rows));
    print_results(|results| {
        records.try_for_each(|record| {
            counts.add(record.status);
            Ok(results.add(&record)?)
        })
    })?;
    say(&format!("Checked, and nothing was made. It would be: {}.", count_words(&counts)));
    Ok(if counts.failed == 0 { Ending::Done } else { Ending::WithFailures })
}

/// Prints results as CSV. `add` adds them one by one, with no transaction open meanwhile: whoever reads them may take their
/// time.
fn print_results(add: impl FnOnce(&mut Printed) -> Result<(), Unprinted>) -> Result<(), Problem> {
    let print = || {
        let mut results = ResultsCsv::begin(BufWriter::new(io::stdout().lock()))?;
        add(&mut results)?;
        Ok(results.end()?)
    };
    match print() {
        Err(Unprinted::Problem(problem)) => Err(problem),
        Err(Unprinted::Output(cause)) => heard(Err(cause)),
        Ok(()) => Ok(()),
    }
}

type Printed = ResultsCsv<BufWriter<StdoutLock<'static>>>;

/// Why results are not printed.
enum Unprinted {
    Output(io::Error),
    Problem(Problem),
}

impl From<io::Error> for Unprinted {
    fn from(cause: io::Error) -> Unprinted {
        Unprinted::Output(cause)
    }
}

/// Adds the records of an upload, read piece by piece.
fn add_records(conn: &Connection, upload: UploadId, results: &mut Printed) -> Result<(), Unprinted> {
    let mut last = 0;
    loop {
        let after = Spot::After(last);
        let records = record::page(conn, Scope::District, upload, None, after, RECORDS_AT_ONCE)
            .map_err(|error| Unprinted::Problem(error.into()))?;
        let Some(line) = records.last().map(|record| record.line) else { return Ok(()) };
        records.iter().try_for_each(|record| results.add(record))?;
        last = line;
    }
}

/// The school of this name, or a refusal that lists those there are.
fn school(conn: &Connection, name: &str) -> Result<SchoolId, Problem> {
    let found = match Name::parse(name) {
        Ok(name) => store::school::by_name(conn, &name)?,
        Err(_) => None,
    };
    let Some(school) = found else {
        let names = store::school::names(conn, SCHOOLS_LISTED)?.join(", ");
        return Err(Problem::refused(format!(
            "There is no school “{name}” in the district. Its schools: {names}."
        )));
    };
    Ok(school)
}

/// Reads all files before anything is accepted: one that cannot be used refuses them all.
fn read(key: &Key, paths: &[PathBuf], limit: u32, answers: &Answers) -> Result<Vec<NamedRoster>, Problem> {
    let most = largest_file(limit);
    let load = |path: &PathBuf| {
        let unread = |cause: io::Error| {
            Problem::refused(format!(
                "{} cannot be read ({cause}). Give the path of a CSV file.",
                path.display()
            ))
        };
        let mut bytes = FileBytes::default();
        // One byte too many is enough to tell; a device would give them for ever.
        let file = fs::File::open(path).map_err(unread)?;
        io::copy(&mut file.take(most as u64 + 1), &mut bytes).map_err(unread)?;
        Ok((name_of(path), bytes))
    };
    let loaded: Vec<_> = paths.iter().map(load).collect::<Result<_, Problem>>()?;
    let files = loaded.iter().map(|(name, bytes)| (name.clone(), &**bytes));
    match actions::read_files(key, files, limit, answers)? {
        ReadFiles::Clear(rosters) => Ok(rosters),
        ReadFiles::Unclear { file_name, asks } => {
            let how: Vec<String> = asks.questions.iter().filter_map(how_to_answer).collect();
            let answer =
                if how.is_empty() { String::new() } else { format!(" Answer with {}.", how.join(" and ")) };
            Err(Problem::refused(format!("{file_name} was not accepted. {asks}{answer}")))
        }
    }
}

/// The option that answers a question, with the likeliest answer.
fn how_to_answer(question: &Question) -> Option<String> {
    Some(match question {
        Question::Encoding { options } => {
            let label = options.first()?.encoding.label();
            format!("--encoding and the short name of the right one, such as --encoding {label}")
        }
        // No answer makes a column of one that is not there.
        Question::Columns { guess, .. } if guess.iter().all(Option::is_some) => return None,
        Question::Columns { guess, .. } => {
            let columns: Vec<&str> = guess.iter().map(|column| column.map_or("-", Column::heading)).collect();
            let columns = columns.join(",");
            format!("--columns and what each is from the left, - for nothing, such as --columns {columns}")
        }
        Question::Sheet { names } => format!("--sheet and its name, such as --sheet \"{}\"", names.first()?),
    })
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// Says how each upload ended, where generated passwords are, and whether the file was uploaded before.
fn report(conn: &Connection, uploads: &[UploadId]) -> Result<Ending, Problem> {
    let mut ending = Ending::Done;
    for id in uploads {
        let upload = upload::get(conn, *id)?;
        let (name, status) = (&upload.file_name, upload.status.word());
        say(&format!("{name}: job {} {status}: {}.", id.0, count_words(&upload.counts)));
        if let Some(failure) = &upload.failure {
            say(failure);
        }
        if upload.counts.failed > 0 || upload.status == UploadStatus::Failed {
            ending = Ending::WithFailures;
        }
        if record::created_with(conn, *id, message::GENERATED)? > 0 {
            say(&format!(
                "{name}: the generated passwords are on the sign-in cards, in the browser on the page of job {}.",
                id.0
            ));
        }
        if let Some(words) = uploaded_before(conn, *id)? {
            say(&format!("{name} was uploaded before, {words}"));
        }
    }
    Ok(ending)
}

/// As which job, and when, the file of an upload was uploaded before it; and how many of those it made have namesakes since then
/// or longer. `None` if it was not.
fn uploaded_before(conn: &Connection, id: UploadId) -> Result<Option<String>, Problem> {
    let Some(mark) = upload::file_mark(conn, id)? else { return Ok(None) };
    let before = upload::of_the_same_file(conn, Scope::District, &mark, Some(id))?;
    let Some((before, when)) = before else { return Ok(None) };
    let namesakes = record::created_with(conn, id, message::NAMESAKE)?;
    let namesakes = match namesakes {
        0 => String::new(),
        1 => ", and 1 of those created now has the name of somebody who was there already".to_owned(),
        many => format!(
            ", and {} of those created now have the name of somebody who was there already",
            HumanCount(many.into())
        ),
    };
    Ok(Some(format!("as job {} on {}{namesakes}.", before.0, written(conn, when)?)))
}

/// A time as it is said, in the district's time zone.
fn written(conn: &Connection, when: Timestamp) -> Result<String, Problem> {
    Ok(clock::written(when, &store::district::time_zone(conn)?, clock::IN_A_SENTENCE))
}

pub(super) fn people(count: usize, kind: UserType) -> String {
    let word = if count == 1 { kind.one() } else { kind.many() };
    format!("{} {word}", HumanCount(count as u64))
}

pub(super) fn count_words(counts: &Counts) -> String {
    let number = |count: u32| HumanCount(count.into());
    format!(
        "{} created, {} skipped, {} failed",
        number(counts.created),
        number(counts.skipped),
        number(counts.failed)
    )
}
