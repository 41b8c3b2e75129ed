//! Where an upload and each of its records stand. The words are the ones administrators see.

/// Where an upload stands: `scheduled` → `in_progress` → `succeeded`, or `failed`; then `undone`, if somebody asks
/// for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UploadStatus {
    /// Received, not begun.
    Scheduled,
    /// Being processed.
    InProgress,
    /// Finished: the results are ready to view. Some records may have failed all the same.
    Succeeded,
    /// The job itself could not be finished; the upload says why.
    Failed,
    /// Taken back: the accounts that nobody had used or changed are gone.
    Undone,
}

impl UploadStatus {
    /// The word for it, in the database and on every page.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            UploadStatus::Scheduled => "scheduled",
            UploadStatus::InProgress => "in_progress",
            UploadStatus::Succeeded => "succeeded",
            UploadStatus::Failed => "failed",
            UploadStatus::Undone => "undone",
        }
    }

    /// The status that this word names; `None` for any other word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<UploadStatus> {
        use UploadStatus::{Failed, InProgress, Scheduled, Succeeded, Undone};
        [Scheduled, InProgress, Succeeded, Failed, Undone].into_iter().find(|status| status.word() == word)
    }

    /// Whether nothing more will happen to the upload by itself.
    #[must_use]
    pub fn is_final(self) -> bool {
        matches!(self, UploadStatus::Succeeded | UploadStatus::Failed | UploadStatus::Undone)
    }
}

/// What became of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RecordStatus {
    /// Not judged yet: its job is scheduled or running.
    Pending,
    /// An account was made.
    Created,
    /// The email is in use already; no second account was made.
    Skipped,
    /// No account could be made; the message says why.
    Failed,
}

impl RecordStatus {
    /// The word for it, in the database, on every page and in the results CSV.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            RecordStatus::Pending => "pending",
            RecordStatus::Created => "created",
            RecordStatus::Skipped => "skipped",
            RecordStatus::Failed => "failed",
        }
    }

    /// The status that this word names; `None` for any other word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<RecordStatus> {
        [RecordStatus::Pending, RecordStatus::Created, RecordStatus::Skipped, RecordStatus::Failed]
            .into_iter()
            .find(|status| status.word() == word)
    }
}
