//! The right in which an administrator acts: what it does not reach does not exist for them.

use super::{AccountId, Administers, SchoolId};

/// How far an administrator's right reaches. Every query for administrators takes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Every school.
    District,
    /// This school, and nothing of any other.
    School(SchoolId),
}

/// An administrator at work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Admin {
    /// Their account.
    pub account: AccountId,
    /// How far their right reaches.
    pub scope: Scope,
}

impl Scope {
    /// The scope of a right that a teacher of this school holds.
    #[must_use]
    pub fn of(right: Administers, school: SchoolId) -> Scope {
        match right {
            Administers::District => Scope::District,
            Administers::School => Scope::School(school),
        }
    }

    /// The one school that there is; `None` for all of them.
    #[must_use]
    pub fn school(self) -> Option<SchoolId> {
        match self {
            Scope::District => None,
            Scope::School(school) => Some(school),
        }
    }
}
