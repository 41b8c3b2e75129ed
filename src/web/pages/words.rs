//! What the pages say again and again: names, numbers, statuses.

pub(in crate::web) use crate::domain::number;
use crate::domain::{Administers, LetterStatus, RecordStatus, UploadStatus, UserType};
use maud::{Markup, html};

/// A name of a person, a school or a file, in whatever script, kept from turning its surroundings around.
pub(super) fn name(text: &str) -> Markup {
    html! { bdi { (text) } }
}

/// A username or a password: read character by character, always left to right.
pub(super) fn login(text: &str) -> Markup {
    html! { bdi.login dir="ltr" { (text) } }
}

/// An email, always left to right; where it has to be broken, it is at its `@`.
pub(super) fn email(text: &str) -> Markup {
    html! {
        bdi.email dir="ltr" {
            @match text.rsplit_once('@') {
                Some((local, domain)) => { (local) "@" wbr; (domain) }
                None => (text),
            }
        }
    }
}

/// What stands where there is nothing.
pub(super) fn none() -> Markup {
    html! { span.soft.none { "none" } }
}

/// So many people of a kind: `1 student`, `1,000 students`.
pub(super) fn people(n: u64, kind: UserType) -> String {
    format!("{} {}", number(n), if n == 1 { kind.one() } else { kind.many() })
}

/// So many of a thing whose plural is an `s`: `1 second`, `40 seconds`.
pub(super) fn several(n: u64, one: &str) -> String {
    format!("{} {one}{}", number(n), if n == 1 { "" } else { "s" })
}

/// A time to wait, as a person would say it.
pub(super) fn duration(seconds: u64) -> String {
    match seconds {
        0..=90 => several(seconds, "second"),
        91..=5_400 => several(seconds.div_ceil(60), "minute"),
        _ => several(seconds.div_ceil(3_600), "hour"),
    }
}

/// The kind of person, as a word of its own: `Teacher`.
pub(super) fn kind_word(kind: UserType) -> &'static str {
    match kind {
        UserType::Teacher => "Teacher",
        UserType::Student => "Student",
        UserType::Parent => "Parent",
    }
}

/// The kind of people, as a word of its own: `Teachers`.
pub(super) fn kinds_word(kind: UserType) -> &'static str {
    match kind {
        UserType::Teacher => "Teachers",
        UserType::Student => "Students",
        UserType::Parent => "Parents",
    }
}

/// What a right to administer is called.
pub(super) fn right_word(right: Administers) -> &'static str {
    match right {
        Administers::School => "School Administrator",
        Administers::District => "District Administrator",
    }
}

/// The status of an upload: a shape and the word.
pub(super) fn upload_status(status: UploadStatus) -> Markup {
    let (class, shape) = match status {
        UploadStatus::Scheduled => ("waiting", Shape::Ring),
        UploadStatus::InProgress => ("going", Shape::Half),
        UploadStatus::Succeeded => ("good", Shape::Disc),
        UploadStatus::Failed => ("bad", Shape::Diamond),
        UploadStatus::Undone => ("waiting", Shape::Back),
    };
    word_and_shape(status.word(), class, shape)
}

/// The status of a record: a shape and the word.
pub(super) fn record_status(status: RecordStatus) -> Markup {
    let (class, shape) = match status {
        RecordStatus::Pending => ("waiting", Shape::Ring),
        RecordStatus::Created => ("good", Shape::Disc),
        RecordStatus::Skipped => ("passed", Shape::Square),
        RecordStatus::Failed => ("bad", Shape::Diamond),
    };
    word_and_shape(status.word(), class, shape)
}

/// The status of a letter: a shape and the word.
pub(super) fn letter_status(status: LetterStatus) -> Markup {
    let (class, shape) = match status {
        LetterStatus::Queued => ("waiting", Shape::Ring),
        LetterStatus::Sent => ("good", Shape::Disc),
        LetterStatus::Failed => ("bad", Shape::Diamond),
    };
    word_and_shape(status.word(), class, shape)
}

/// Whether an account is open or suspended: a shape and the word.
pub(super) fn account_status(is_suspended: bool) -> Markup {
    if is_suspended {
        word_and_shape("suspended", "bad", Shape::Bar)
    } else {
        word_and_shape("active", "good", Shape::Disc)
    }
}

/// The shapes of statuses: told apart without colour, in print and in high contrast.
#[derive(Clone, Copy)]
enum Shape {
    Ring,
    Half,
    Disc,
    Square,
    Diamond,
    Bar,
    Back,
}

fn word_and_shape(word: &str, class: &str, shape: Shape) -> Markup {
    html! {
        span class={ "status " (class) } {
            svg viewBox="0 0 12 12" aria-hidden="true" focusable="false" {
                @match shape {
                    Shape::Ring => circle cx="6" cy="6" r="4.5" fill="none" stroke="currentColor" stroke-width="1.8" {}
                    Shape::Half => {
                        circle cx="6" cy="6" r="4.5" fill="none" stroke="currentColor" stroke-width="1.8" {}
                        path fill="currentColor" d="M6 1.5a4.5 4.5 0 0 1 0 9z" {}
                    }
                    Shape::Disc => circle cx="6" cy="6" r="5.2" fill="currentColor" {}
                    Shape::Square => rect x="1.8" y="1.8" width="8.4" height="8.4" fill="none" stroke="currentColor" stroke-width="1.8" {}
                    Shape::Diamond => path fill="currentColor" d="M6 0l6 6-6 6-6-6z" {}
                    Shape::Back => path d="M4.2 1L1 4.2l3.2 3.2M1 4.2h6.2a3.3 3.3 0 0 1 0 6.6H4" fill="none" stroke="currentColor" stroke-width="1.8" {}
                    Shape::Bar => rect x="0.5" y="4.2" width="11" height="3.6" fill="currentColor" {}
                }
            }
            (word)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_not_several() {
        assert_eq!(people(1, UserType::Student), "1 student");
        assert_eq!(people(1_000, UserType::Parent), "1,000 parents");
        assert_eq!(duration(1), "1 second");
        assert_eq!(duration(91), "2 minutes");
        assert_eq!(duration(7_200), "2 hours");
    }
}
