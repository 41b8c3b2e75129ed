//! What a person sees when a request cannot be answered: what happened, whether anything was changed, what to do next.

use super::shell::{Place, Shell, page, token};
use super::words::duration;
use maud::{Markup, html};

/// Why a request was not answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// 422: a form asks for what there is not.
    NotUnderstood,
    /// 403: the page is for somebody else.
    NotYours,
    /// 403: the page is in the Admin Account of somebody who is in their own.
    InAdminAccount {
        /// The page's address.
        next: String,
    },
    /// 403: they have to choose a password before anything else.
    PasswordFirst,
    /// 403: the form's token is missing or of another session, or what was sent is no form.
    FormTooOld,
    /// 404: there is no such page, or none that this person may see.
    NotFound,
    /// 405: the address does not take this method.
    WrongMethod,
    /// 413: what was sent is too large.
    /// A sentence says what to do.
    TooLarge(&'static str),
    /// 422: a form cannot be used and cannot be shown again; a sentence says why.
    Refused(String),
    /// 429: too many tries.
    TooMany {
        /// How long to wait.
        seconds: u64,
    },
    /// 500: the fault is ours; its number is in the log.
    Broken {
        /// The incident's number.
        incident: String,
    },
    /// 503: just now it cannot be done; a sentence says why.
    Unavailable(String),
    /// 503: the data cannot be read or written just now.
    Unwritable,
    /// 507: the disk is full.
    NoRoom,
}

impl Trouble {
    /// The status code that goes with the page.
    #[must_use]
    pub fn status(&self) -> u16 {
        match self {
            Trouble::NotYours
            | Trouble::InAdminAccount { .. }
            | Trouble::PasswordFirst
            | Trouble::FormTooOld => 403,
            Trouble::NotFound => 404,
            Trouble::WrongMethod => 405,
            Trouble::TooLarge(_) => 413,
            Trouble::NotUnderstood | Trouble::Refused(_) => 422,
            Trouble::TooMany { .. } => 429,
            Trouble::Broken { .. } => 500,
            Trouble::Unavailable(_) | Trouble::Unwritable => 503,
            Trouble::NoRoom => 507,
        }
    }

    fn heading(&self) -> &'static str {
        match self {
            Trouble::NotUnderstood => "That could not be understood",
            Trouble::NotYours => "This page is not for your account",
            Trouble::InAdminAccount { .. } => "This page is in your Admin Account",
            Trouble::PasswordFirst => "Choose a password first",
            Trouble::FormTooOld => "That form was too old",
            Trouble::NotFound => "There is no such page",
            Trouble::WrongMethod => "That does not work here",
            Trouble::TooLarge(_) => "That is too large",
            Trouble::Refused(_) => "That cannot be done",
            Trouble::TooMany { .. } => "Too many tries",
            Trouble::Broken { .. } => "Something went wrong here",
            Trouble::Unavailable(_) | Trouble::Unwritable => "Not just now",
            Trouble::NoRoom => "The disk is full",
        }
    }

    /// What happened, whether anything was changed, and what to do.
    #[must_use]
    pub fn sentence(&self) -> String {
        match self {
            Trouble::NotUnderstood => "Nothing was changed. Go back, reload the page and try again.".to_owned(),
            Trouble::NotYours => {
                "Nothing was changed. If you administer a school, switch to the Admin Account first; \
                 else ask a District Administrator."
                    .to_owned()
            }
            Trouble::InAdminAccount { .. } => "Switch to it, and the page opens.".to_owned(),
            Trouble::PasswordFirst => {
                "Nothing was changed. Choose a password of your own on the first page, and then do it again.".to_owned()
            }
            Trouble::FormTooOld => {
                "Nothing was changed. You may have logged out, or in again, since the page was opened. \
                 Go back, reload it and send the form again."
                    .to_owned()
            }
            Trouble::NotFound => {
                "The address may be mistyped, or what stood here is gone or belongs to another school.".to_owned()
            }
            Trouble::WrongMethod => "Nothing was changed. Begin at the first page, and take the way from there.".to_owned(),
            Trouble::TooLarge(cure) => format!("Nothing was kept. {cure}"),
            Trouble::Refused(why) | Trouble::Unavailable(why) => why.clone(),
            // An error at the last moment leaves open whether something was kept, so nothing is said of that.
            Trouble::Unwritable => {
                "Firstbell could not read or write its data. Tell whoever runs it to look whether the disk has room and \
                 is sound. After that, look whether what you did is there, and do it again if it is not."
                    .to_owned()
            }
            Trouble::NoRoom => {
                "The disk is full where Firstbell keeps its data. Tell whoever runs it to make room. After that, look \
                 whether what you did is there, and do it again if it is not."
                    .to_owned()
            }
            Trouble::TooMany { seconds } => format!("Wait {}, then try again.", duration(*seconds)),
            Trouble::Broken { .. } => {
                "It is not your fault. Try again in a minute; if it happens again, tell whoever runs Firstbell this number:"
                    .to_owned()
            }
        }
    }
}

/// The page that says so.
#[must_use]
pub fn problem(shell: &Shell, trouble: &Trouble) -> Markup {
    let number = html! {
        @if let Trouble::Broken { incident } = trouble { p.big-login { code { (incident) } } }
    };
    let way_on = html! {
        @if let Trouble::InAdminAccount { next } = trouble {
            form method="post" action="/switch" {
                (token(shell))
                input type="hidden" name="to" value="admin";
                input type="hidden" name="next" value=(next);
                button type="submit" { "Switch to Admin Account" }
            }
        }
    };
    says(shell, trouble.status(), trouble.heading(), &trouble.sentence(), [number, way_on])
}

/// The page of a request that is refused before the site hears of it, with a sentence that says why. It knows neither
/// the district nor who asks.
#[must_use]
pub fn not_let_in(status: u16, sentence: &str) -> Markup {
    let nobody =
        Shell { district: String::new(), person: None, csrf: String::new(), notice: None, in_clear: false };
    let heading = match status {
        413 => "That is too large",
        502..=504 => "Not just now",
        _ => "That was not taken",
    };
    says(&nobody, status, heading, sentence, [html! {}, html! {}])
}

/// A page of one sentence, with what stands below it and before the way to the first page.
fn says(shell: &Shell, status: u16, heading: &str, sentence: &str, [below, way_on]: [Markup; 2]) -> Markup {
    let body = html! {
        h1 { (heading) }
        p.lead { (sentence) }
        (below)
        div.actions {
            (way_on)
            a.button.quiet href="/" { "Go to the first page" }
        }
        p.soft { small { "Error " (status) } }
    };
    page(shell, Place::Elsewhere, heading, &body)
}
