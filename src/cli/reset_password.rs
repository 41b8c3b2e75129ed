//! `firstbell reset-password`: for whoever has lost theirs, the only administrator above all.

use super::{DataArgs, Ending, ask, say};
use crate::actions;
use crate::domain::{Password, SHORTEST, SHORTEST_FOR_ADMINISTRATORS};
use crate::problem::Problem;
use crate::secrets::{Cost, HashLane};

#[derive(clap::Args)]
pub(super) struct ResetPassword {
    #[command(flatten)]
    pub(super) data: DataArgs,
    /// The username or the email of the account
    login: String,
}

pub(super) fn run(args: &ResetPassword) -> Result<Ending, Problem> {
    let mut office = args.data.open()?;
    let Some(login) = actions::find_login(&office.conn, &args.login)? else {
        return Err(Problem::refused(format!(
            "Nobody signs in with “{}” here. Give the username or the email of the account.",
            args.login
        )));
    };
    let needs = if login.administers.is_some() { SHORTEST_FOR_ADMINISTRATORS } else { SHORTEST };
    let given = ask::new_password(&args.login, needs)?;
    let personal: Vec<&str> = login.personal.iter().map(String::as_str).collect();
    let password = Password::chosen(&given, needs, &personal)
        .map_err(|bad| Problem::refused(format!("{bad} The old password holds.")))?;
    let lane = HashLane::start(Cost::production());
    actions::reset_password(&mut office.conn, &office.key, &lane, login.id, password)?;
    office.close();
    say(&format!("{} has a new password. The old one no longer works.", args.login));
    if login.is_suspended {
        say(
            "The account is suspended: nobody logs in to it before an administrator reinstates it in Members.",
        );
    }
    Ok(Ending::Done)
}
