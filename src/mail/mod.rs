//! Letters as mail: what they say, what they look like, and how one is handed over to the mail server.
//!
//! A letter is made of [`Words`]; from them come the plain part, the HTML part and the page that shows it. Nothing here
//! knows the database, and nothing else knows `lettre`. Called from actions, and by the pages that show a letter.

mod handover;
mod html;
mod message;
mod plain;
mod words;
mod writing;

pub use handover::{Handover, LAST_ANSWER, LAST_ANSWER_TO_A_TEST, Server, hand_over};
pub use html::html;
pub use message::{Attachment, Envelope, Message, message};
pub use plain::plain;
pub use words::{Block, ProblemLine, Words};
pub use writing::{
    Counted, File, House, PROBLEMS_SHOWN, Results, administrator, email_changed, forgot_password,
};
pub use writing::{new_password, received, report, test};
