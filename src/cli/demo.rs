//! `firstbell demo`: a throw-away district, and sample files put through the same intake and job loop as any other.

use super::import::{count_words, people};
use super::serve::serve;
use super::settings::{ListenArgs, Settings};
use super::{Ending, print};
use crate::actions::{self, Destination, NewDistrict, Office};
use crate::domain::roster::Answers;
use crate::domain::{AccountId, Candidate, Email, Name, Password, UploadId, UserType};
use crate::folder::{self, Folder};
use crate::jobs::JobLoop;
use crate::problem::{Problem, while_doing};
use crate::secrets::{Cost, GeneratedPassword, HashLane};
use crate::store::account::{self, Credential};
use crate::store::{self, job, record, upload};
use crate::{assets, domain::RecordStatus};
use comfy_table::{ContentArrangement, Table, presets};
use std::env;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

/// How wide the tables are where no terminal says it, in columns.
const WIDTH: u16 = 132;
/// How often the demo looks whether a job is done.
const LOOK: Duration = Duration::from_millis(10);
/// The sample files, and what kind of people each is of.
const SAMPLES: [(UserType, &str); 3] = [
    (UserType::Teacher, "teachers.csv"),
    (UserType::Student, "students.csv"),
    (UserType::Parent, "parents.csv"),
];

#[derive(clap::Args)]
pub(super) struct Demo {
    #[command(flatten)]
    listen: ListenArgs,
    /// Print the results and stop there
    #[arg(long)]
    no_serve: bool,
}

pub(super) fn run(args: &Demo) -> Result<Ending, Problem> {
    let settings = match args.no_serve {
        true => None,
        false => Some(Settings::of(&args.listen, None)?),
    };
    let place =
        folder::passing("firstbell-demo-").map_err(while_doing("Making a folder in", &env::temp_dir()))?;
    let mut office = Office::make(Folder::make(place.path())?)?;
    let lane = Arc::new(HashLane::start(Cost::production()));
    let (username, password) = set_up(&mut office, &lane)?;
    let work = JobLoop::start(office.folder.clone(), Arc::clone(&office.key), Arc::clone(&lane));

    let school_name = demo_name("Lincoln High");
    let school = store::school::by_name(&office.conn, &school_name)?
        .ok_or_else(|| Problem::refused("The demo's school is gone. Start the demo again."))?;
    print("A throw-away district, Springfield, and three files for its school Lincoln High.\n")?;
    for (kind, file_name) in SAMPLES {
        let bytes = assets::file(&format!("samples/{file_name}")).unwrap_or_default();
        let district = store::district::get(&office.conn)?;
        let limit = district.map_or(1, |district| district.rows_per_file);
        let files = actions::read_files(
            &office.key,
            [(file_name.to_owned(), bytes.as_ref())],
            limit,
            &Answers::default(),
        )?
        .clear()?;
        let count = files.iter().map(|file| file.roster.rows.len()).sum();
        let to = Destination { school, kind, by: None, who_chooses: None };
        for id in actions::receive_upload(&mut office.conn, &office.key, &to, &files)? {
            wait_for(&office, &work, id)?;
            print(&format!(
                "\n{file_name}: job {}, {}\n{}\n",
                id.0,
                people(count, kind),
                table(&office, id)?
            ))?;
            let upload = upload::get(&office.conn, id)?;
            print(&format!("{}: {}.\n", upload.status.word(), count_words(&upload.counts)))?;
        }
    }
    print(&sign_ins(&office, &lane, &username, password.expose())?)?;
    drop(work);
    let Some(settings) = settings else {
        office.close();
        return Ok(Ending::Done);
    };
    // The folder goes when this returns.
    serve(office, lane, &settings)
}

/// The district, and the sign-in of its administrator.
fn set_up(office: &mut Office, lane: &HashLane) -> Result<(String, Password), Problem> {
    let made = GeneratedPassword::derive(&office.key, AccountId(0), GeneratedPassword::new_generation()?);
    let password = Password::supplied(made.expose()).map_err(|bad| Problem::refused(bad.to_string()))?;
    let administrator = Candidate {
        first_name: demo_name("Ada"),
        last_name: demo_name("Adminova"),
        email: Email::parse("ada@springfield.example").ok(),
    };
    let new = NewDistrict {
        name: demo_name("Springfield"),
        school: demo_name("Lincoln High"),
        administrator,
        password: password.clone(),
    };
    Ok((actions::set_up(&mut office.conn, &office.key, lane, new)?.to_string(), password))
}

#[allow(clippy::expect_used, reason = "the demo's names are constants, and names")]
fn demo_name(text: &str) -> Name {
    Name::parse(text).expect("a name")
}

fn wait_for(office: &Office, work: &JobLoop, id: UploadId) -> Result<(), Problem> {
    while job::any_up_to(&office.conn, id)? {
        if let Some(trouble) = work.trouble() {
            return Err(Problem::refused(format!("The demo cannot go on. {trouble}")));
        }
        thread::sleep(LOOK);
    }
    Ok(())
}

/// The records of an upload, as a table for a terminal.
fn table(office: &Office, id: UploadId) -> Result<Table, Problem> {
    let width = terminal_size::terminal_size().map_or(WIDTH, |(width, _)| width.0);
    let mut table = Table::new();
    table.load_style(presets::UTF8_BORDERS_ONLY);
    table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
    table.set_header(["Line", "Name", "Username", "Email", "Status", "Message"]);
    record::for_each(&office.conn, id, |record| -> Result<(), Problem> {
        let name = format!("{} {}", record.first_name, record.last_name);
        let line = record.line.to_string();
        table.add_row([
            &line,
            name.trim(),
            &record.username,
            &record.email,
            record.status.word(),
            &record.message,
        ]);
        Ok(())
    })?;
    Ok(table)
}

/// Two sign-ins that work, tried before they are printed.
fn sign_ins(office: &Office, lane: &HashLane, username: &str, password: &str) -> Result<String, Problem> {
    let mut student = None;
    for id in 1..=SAMPLES.len() {
        let id = UploadId(i64::try_from(id).unwrap_or_default());
        if upload::get(&office.conn, id)?.kind != UserType::Student {
            continue;
        }
        record::for_each(&office.conn, id, |record| -> Result<(), Problem> {
            if student.is_none() && record.status == RecordStatus::Created {
                student = Some(record.username);
            }
            Ok(())
        })?;
    }
    let mut text = String::from("\nThese can sign in:\n");
    let mut add = |who: &str, login: &str, password: &str| -> Result<(), Problem> {
        if actions::authenticate(&office.conn, &office.key, lane, login, password)?.is_none() {
            return Err(Problem::refused(format!(
                "{login} cannot sign in. That is a fault of Firstbell's; please report it."
            )));
        }
        text.push_str(&format!("  {who:<34}{login:<12} {password}\n"));
        Ok(())
    };
    add("the district's administrator", username, password)?;
    if let Some(username) = student
        && let Some(login) = actions::find_login(&office.conn, &username)?
        && let account::Login { id, credential: Credential::Generated(generation), .. } = login
    {
        let password = GeneratedPassword::derive(&office.key, id, generation);
        add("a student, with a made password", &username, password.expose())?;
    }
    Ok(text)
}
