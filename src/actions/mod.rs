//! What people, or the clock, make happen: one file each. Whoever makes something happen opens the transaction, fixes
//! one time, and commits.
//!
//! Called from the job loop, the command line and the web; nothing else writes to the database.

mod add_school;
mod authenticate;
mod back_up;
mod change_kept;
mod change_own_email;
mod change_own_password;
mod change_settings;
mod create_accounts;
mod create_from_draft;
mod drafts;
mod failed_lines;
mod forecast;
mod forgotten_password;
mod form;
mod give_up;
mod guess;
mod judging;
mod let_go;
mod letters;
mod make_findable;
mod mend_upload;
mod move_member;
mod note_refusal;
mod office;
mod plan;
mod print_cards;
mod reach;
mod receive_upload;
mod remove_member;
mod rename_member;
mod reset_password;
mod set_administers;
mod set_member_email;
mod set_member_password;
mod set_up;
mod settle;
mod show_password;
mod sign_in;
mod sign_out;
mod suspend;
mod switch_face;
mod undo_upload;
mod who_is;
mod write_results;

pub use add_school::{add_school, rename_school};
pub use authenticate::{authenticate, find_login};
pub use back_up::{WantsBackup, back_up, newest_backup};
pub use change_kept::{TypedKept, change_kept};
pub use change_own_email::change_own_email;
pub use change_own_password::change_own_password;
pub use change_settings::{TypedSettings, change_settings};
pub use create_accounts::{Progress, create_accounts};
pub use create_from_draft::{Difference, Differences, FromDraft, create_from_draft};
pub use drafts::{answer_draft, choose_lines, discard_draft, hand_in_draft, read_draft, sweep_drafts};
pub use failed_lines::write_failed_lines;
pub use forecast::check_upload;
pub use forgotten_password::{ask_for_link, choose_by_link, whose_link};
pub use form::{FieldFault, NotDone, wait_words};
pub use give_up::give_up;
pub use let_go::let_go;
pub use letters::{
    Carried, TypedMailServer, carry_next, change_mail_server, note_carried, read_letter, send_letter_now,
    send_test_letter, skip_next,
};
pub use make_findable::make_findable;
pub use mend_upload::{MendedLine, mend_upload};
pub use move_member::move_member;
pub use note_refusal::note_refusal;
pub use office::{Office, other_key};
pub use plan::Plan;
pub use print_cards::{CARDS_A_PART, CardsCsv, Medium, Print, PrintOrder, PrintedCard, print_cards};
pub use reach::out_of_reach;
pub use receive_upload::{
    Destination, NamedRoster, ReadFiles, Received, interrupted, read_files, receive_or_go_on, receive_upload,
    report_done,
};
pub use remove_member::{may_be_removed, remove_member};
pub use rename_member::rename_member;
pub use reset_password::reset_password;
pub use set_administers::set_administers;
pub use set_member_email::set_member_email;
pub use set_member_password::{NewPassword, set_member_password};
pub use set_up::{NewDistrict, set_up, set_up_already};
pub use show_password::show_password;
pub use sign_in::{SignIn, SignedIn, sign_in};
pub use sign_out::sign_out;
pub use suspend::{reinstate, suspend};
pub use switch_face::{Switched, switch_face};
pub use undo_upload::{ask_to_undo, undo_upload};
pub use who_is::{is_admin, who_is};
pub use write_results::{ResultsCsv, results_csv, write_results};
