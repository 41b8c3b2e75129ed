//! Letters: what kinds there are, where one stands, and when it is tried again.

use std::time::Duration;

/// The number of a letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LetterId(pub i64);

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$each:meta])* $variant:ident $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[$each])* $variant,)* }

        impl $name {
            /// The word for it, in the database and in forms.
            #[must_use]
            pub fn word(self) -> &'static str {
                match self { $($name::$variant => $word,)* }
            }

            /// What this word names; `None` for any other word.
            #[must_use]
            pub fn from_word(word: &str) -> Option<$name> {
                match word { $($word => Some($name::$variant),)* _ => None }
            }
        }
    };
}

words! {
    /// What a letter is for.
    LetterKind {
        /// A file was received.
        Received "received",
        /// Its job is done.
        Report "report",
        /// A new password was set.
        NewPassword "new_password",
        /// The email was changed; it goes to the old one.
        EmailChanged "email_changed",
        /// Somebody was made an administrator.
        Administrator "administrator",
        /// The link to a new password that was asked for.
        ForgotPassword "forgot_password",
        /// A try of the mail server's settings.
        Test "test",
    }
}

words! {
    /// Where a letter stands.
    LetterStatus {
        /// It waits for its next try.
        Queued "queued",
        /// The mail server has taken it.
        Sent "sent",
        /// It was given up; the mail server's words say why.
        Failed "failed",
    }
}

words! {
    /// How the way to the mail server is kept from listeners.
    MailSecurity {
        /// It begins in clear and is encrypted before anything is said.
        StartTls "starttls",
        /// It is encrypted from the start.
        Tls "tls",
        /// Not at all.
        None "none",
    }
}

/// For how long a letter is tried (RFC 5321, 4.5.4.1, asks for four or five days of a relay; who waits for a report
/// has come to look by then).
pub const PATIENCE: Duration = Duration::from_secs(3 * 24 * 60 * 60);
/// How often a letter is tried at least before it is given up: as often as the longest pauses leave room for. A server
/// that was switched off over a long weekend has not tried at all.
pub const FEWEST_TRIES: u32 = 72;
/// The pause after the first try that failed. Greylisting takes a letter after a minute or a few.
const FIRST_PAUSE: Duration = Duration::from_secs(10);
/// The longest pause between two tries.
pub const LONGEST_PAUSE: Duration = Duration::from_secs(60 * 60);

/// How long to wait after so many tries: twice as long each time, up to an hour, and up to a quarter more, so that
/// letters that failed together do not come back together. `chance` is any number.
#[must_use]
pub fn pause_after(tries: u32, chance: u8) -> Duration {
    let doublings = tries.saturating_sub(1).min(16);
    let pause = FIRST_PAUSE.saturating_mul(1 << doublings).min(LONGEST_PAUSE * 4 / 5);
    pause + pause * u32::from(chance) / 1020
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_an_hour_and_never_beyond() {
        let seconds = |tries, chance| pause_after(tries, chance).as_secs();
        assert_eq!([1, 2, 3, 4].map(|tries| seconds(tries, 0)), [10, 20, 40, 80]);
        assert_eq!(seconds(1, 255), 12);
        for tries in [10, 11, 100, u32::MAX] {
            assert_eq!((seconds(tries, 0), seconds(tries, 255)), (2_880, 3_600), "{tries}");
        }
    }

    #[test]
    fn every_word_comes_back() {
        for kind in [
            "received",
            "report",
            "new_password",
            "email_changed",
            "administrator",
            "forgot_password",
            "test",
        ] {
            assert_eq!(LetterKind::from_word(kind).map(LetterKind::word), Some(kind));
        }
        assert_eq!(LetterStatus::from_word("lost"), None);
        assert_eq!(MailSecurity::from_word("starttls"), Some(MailSecurity::StartTls));
    }
}
