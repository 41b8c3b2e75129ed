//! The words of the trade and their rules: who is in a roster, what a name, an email, a username and a password
//! may be, how a file is read and how a line is judged.
//!
//! Nothing here knows SQL, HTML, files or the time of day. Every other room calls this one; it calls none.

mod address;
mod admin;
mod candidate;
mod cell;
mod deed;
mod email;
mod face;
mod figure;
mod file;
mod guesses;
mod ids;
pub mod kept;
pub mod letter;
mod lines;
pub mod message;
mod name;
mod password;
pub mod roster;
mod rotation;
mod search;
mod spot;
mod status;
mod texts;
mod typed;
mod user_type;
mod username;
mod who_chooses;

pub use address::Address;
pub use admin::{Admin, Scope};
pub use candidate::{Candidate, LineFault, judge};
pub use cell::spreadsheet_safe;
pub use deed::Deed;
pub use email::{BadEmail, Email};
pub use face::Face;
pub use figure::number;
pub use file::FileBytes;
pub use guesses::Guesses;
pub use ids::{AccountId, DraftId, JobId, SchoolId, UploadId};
pub use kept::Kept;
pub use letter::{LetterId, LetterKind, LetterStatus, MailSecurity};
pub use name::{BadName, Name};
pub use password::{BadPassword, Password, SHORTEST, SHORTEST_FOR_ADMINISTRATORS};
pub use rotation::{SNAPSHOT_WEEKS, lies_ahead, outlived};
pub use search::{Keys, all_parts, as_parts_of_three, parts, search_words};
pub use spot::Spot;
pub use status::{RecordStatus, UploadStatus};
pub use texts::Texts;
pub use typed::{emails_for_names, typed_row};
pub use user_type::{Administers, UserType};
pub use username::{Stem, Username};
pub use who_chooses::WhoChooses;
