//! The three kinds of people who get accounts, and the right that some teachers hold beside.

/// What kind of person an account is for. A file holds one kind only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UserType {
    /// A teacher; the only kind that can administer.
    Teacher,
    /// A student; the only kind that needs no email.
    Student,
    /// A parent.
    Parent,
}

impl UserType {
    /// Every kind, in the order in which pages and messages list them.
    pub const ALL: [UserType; 3] = [UserType::Teacher, UserType::Student, UserType::Parent];

    /// One person of this kind: `teacher`. Also how the database spells it.
    #[must_use]
    pub fn one(self) -> &'static str {
        match self {
            UserType::Teacher => "teacher",
            UserType::Student => "student",
            UserType::Parent => "parent",
        }
    }

    /// Several people of this kind: `teachers`. Also how the command line and the upload form spell it.
    #[must_use]
    pub fn many(self) -> &'static str {
        match self {
            UserType::Teacher => "teachers",
            UserType::Student => "students",
            UserType::Parent => "parents",
        }
    }

    /// The kind whose singular this is; `None` for any other word.
    #[must_use]
    pub fn from_one(word: &str) -> Option<UserType> {
        UserType::ALL.into_iter().find(|kind| kind.one() == word)
    }

    /// Whether an account of this kind must have an email. Students need none: their teacher is at hand to
    /// give them a new password. Nobody is at hand for a teacher or a parent.
    #[must_use]
    pub fn needs_email(self) -> bool {
        self != UserType::Student
    }
}

/// What a teacher's account may administer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Administers {
    /// The teacher's own school.
    School,
    /// Every school of the district.
    District,
}

impl Administers {
    /// How the database spells it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Administers::School => "school",
            Administers::District => "district",
        }
    }

    /// The right that this word names; `None` for any other word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Administers> {
        [Administers::School, Administers::District].into_iter().find(|right| right.word() == word)
    }
}
