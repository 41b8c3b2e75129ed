//! Letters: written in the transaction of what they tell of, put together when they are sent or read, and carried one
//! at a time.

mod carry;
mod compose;
mod manage;
mod write;

pub use carry::{Carried, carry_next, note_carried, skip_next};
pub use compose::read_letter;
pub use manage::{TypedMailServer, change_mail_server, send_letter_now, send_test_letter};
pub(super) use write::{
    about_email, about_password, about_rights, forgotten, password_link_path, receipt, report,
};
