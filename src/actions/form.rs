//! Why something that was asked for on a form was not done.

use crate::problem::Problem;
use std::time::Duration;

/// What is wrong with one field of a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldFault {
    /// The name of the field, as the form and CONTRACT call it; empty if no one field is to blame.
    pub field: &'static str,
    /// The line that the field belongs to, where a form has fields for several.
    pub line: Option<u32>,
    /// A sentence that says what to do.
    pub why: String,
}

/// Why nothing was done. Nothing has changed then.
#[derive(Debug, thiserror::Error)]
pub enum NotDone {
    /// The form is to be filled in anew.
    #[error("{}", sentences(.0))]
    Refused(Vec<FieldFault>),
    /// There is no such thing for whoever asked.
    #[error("There is no such thing.")]
    NotFound,
    /// Too many wrong passwords: the next guess must wait for so long.
    #[error("{}", wait_words(*.0))]
    Wait(Duration),
    /// Something went wrong that nobody who filled in a form can mend.
    #[error(transparent)]
    Problem(#[from] Problem),
}

impl NotDone {
    /// A refusal for one field.
    pub fn refused(field: &'static str, why: impl Into<String>) -> NotDone {
        NotDone::Refused(vec![FieldFault { field, line: None, why: why.into() }])
    }
}

impl From<crate::store::DatabaseError> for NotDone {
    fn from(error: crate::store::DatabaseError) -> NotDone {
        NotDone::Problem(error.into())
    }
}

/// What is said to whoever has guessed too often.
#[must_use]
pub fn wait_words(wait: Duration) -> String {
    let seconds = wait.as_secs().max(1);
    let time = match (seconds, seconds.div_ceil(60), seconds.div_ceil(3_600)) {
        (1, ..) => "a second".to_owned(),
        (..=90, ..) => format!("{seconds} seconds"),
        (_, ..=90, _) => format!("{} minutes", seconds.div_ceil(60)),
        (.., hours) => format!("{hours} hours"),
    };
    format!("There were too many wrong passwords. Try again in {time}.")
}

fn sentences(faults: &[FieldFault]) -> String {
    faults.iter().map(|fault| fault.why.as_str()).collect::<Vec<_>>().join(" ")
}

/// The faults of several fields, gathered as they are read.
#[derive(Default)]
pub(super) struct Faults(Vec<FieldFault>);

impl Faults {
    /// The value, or a note of what is wrong with it: `None`.
    pub(super) fn take<T>(&mut self, field: &'static str, read: Result<T, String>) -> Option<T> {
        match read {
            Ok(value) => Some(value),
            Err(why) => {
                self.0.push(FieldFault { field, line: None, why });
                None
            }
        }
    }

    /// Whether nothing is wrong so far.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The refusal for all of them.
    pub(super) fn refusal(self) -> NotDone {
        NotDone::Refused(self.0)
    }
}
