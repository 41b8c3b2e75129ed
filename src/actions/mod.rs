//! What people, or the clock, make happen: one file each. Whoever makes something happen opens the transaction, fixes
//! one time, and commits.
//!
//! Called from the job loop, the command line and the web; nothing else writes to the database.

mod authenticate;
mod check_upload;
mod create_accounts;
mod give_up;
mod office;
mod receive_upload;
mod reset_password;
mod set_up;
mod settle;
mod write_results;

pub use authenticate::{authenticate, find_login};
pub use check_upload::check_upload;
pub use create_accounts::{Progress, create_accounts};
pub use give_up::give_up;
pub use office::{Office, other_key};
pub use receive_upload::{Destination, NamedRoster, read_files, receive_upload};
pub use reset_password::reset_password;
pub use set_up::{NewDistrict, set_up, set_up_already};
pub use write_results::{ResultsCsv, write_results};
