//! `firstbell init`: a district without a browser.

use super::{DataArgs, Ending, ask, print, say};
use crate::actions::{self, NewDistrict, Office};
use crate::clock;
use crate::domain::{Candidate, Email, Name, Password, SHORTEST_FOR_ADMINISTRATORS};
use crate::folder::Folder;
use crate::problem::Problem;
use crate::secrets::{Cost, HashLane};
use crate::store;

#[derive(clap::Args)]
pub(super) struct Init {
    #[command(flatten)]
    pub(super) data: DataArgs,
    /// The district's name
    #[arg(long, value_name = "NAME")]
    district: String,
    /// The name of its first school
    #[arg(long, value_name = "NAME")]
    school: String,
    /// The first administrator's first name
    #[arg(long, value_name = "F")]
    first_name: String,
    /// The first administrator's last name
    #[arg(long, value_name = "L")]
    last_name: String,
    /// The first administrator's email
    #[arg(long, value_name = "E")]
    email: String,
}

pub(super) fn run(args: &Init) -> Result<Ending, Problem> {
    let district = name("district's name", &args.district)?;
    let school = name("school's name", &args.school)?;
    let administrator = Candidate {
        first_name: name("first name", &args.first_name)?,
        last_name: name("last name", &args.last_name)?,
        email: Some(Email::parse(&args.email).map_err(|bad| Problem::refused(bad.to_string()))?),
    };
    refuse_if_set_up(args)?;

    let whose = format!("{} {}", administrator.first_name, administrator.last_name);
    let given = ask::new_password(&whose, SHORTEST_FOR_ADMINISTRATORS)?;
    let personal =
        [&args.district, &args.school, &args.first_name, &args.last_name, &args.email].map(String::as_str);
    let password = Password::chosen(&given, SHORTEST_FOR_ADMINISTRATORS, &personal)
        .map_err(|bad| Problem::refused(format!("{bad} Nothing was changed.")))?;

    let lane = HashLane::start(Cost::production());
    let mut office = Office::make(Folder::make(&args.data.data)?)?;
    let new = NewDistrict { name: district, school, administrator, password };
    let username = actions::set_up(&mut office.conn, &office.key, &lane, new)?;
    say(&format!(
        "{} is set up in {}. {whose} administers it, with this username:",
        args.district.trim(),
        args.data.data.display()
    ));
    office.close();
    // From here on the district is there, so nothing is a refusal any more.
    print(&format!("{username}\n")).map(|()| Ending::Done).or_else(|problem| {
        say(&format!(
            "firstbell: {problem} The district is set up all the same; the username is {username}."
        ));
        Ok(Ending::WithFailures)
    })
}

/// Says no before a password is asked for. The action says it again, for good.
fn refuse_if_set_up(args: &Init) -> Result<(), Problem> {
    Folder::refuse_what_is_none(&args.data.data)?;
    match store::district_in(&Folder::at(&args.data.data), clock::now())? {
        None => Ok(()),
        Some(name) => Err(actions::set_up_already(&name)),
    }
}

fn name(field: &str, text: &str) -> Result<Name, Problem> {
    Name::parse(text).map_err(|bad| Problem::refused(format!("The {field} {bad}")))
}
