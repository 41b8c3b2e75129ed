//! What keeps passwords from being read: the key file, the seal of a password that waits for its turn, the
//! passwords that are derived and stored nowhere, the hashing of all others, the tokens that browsers hold, and the
//! certificate that they are shown.
//!
//! No SQL and no words for people; called from actions, jobs and the command line.

mod certificate;
mod generated;
mod hashing;
mod key;
mod token;
mod workplace;

pub use certificate::{Certificate, ends_soon, is_to_be_replaced};
pub use generated::GeneratedPassword;
pub use hashing::{Cost, HashLane, Hashed, PasswordHash, Urgency, not_hashed};
pub use key::{Key, SealBroken, SealedFor, Secret};
pub use token::{Token, chance, random_name};
