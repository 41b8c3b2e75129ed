//! What stands in the audit log: the things that people do to accounts, schools and the district.

macro_rules! deeds {
    ($($(#[$doc:meta])* $deed:ident $word:literal $says:literal;)*) => {
        /// Something that was done, or tried.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Deed { $($(#[$doc])* $deed,)* }

        impl Deed {
            /// Every deed.
            pub const ALL: &[Deed] = &[$(Deed::$deed),*];

            /// How the database spells it.
            #[must_use]
            pub fn word(self) -> &'static str {
                match self { $(Deed::$deed => $word,)* }
            }

            /// What was done, for the log's readers: who stands before it, whom it concerns after it.
            #[must_use]
            pub fn says(self) -> &'static str {
                match self { $(Deed::$deed => $says,)* }
            }
        }
    };
}

deeds! {
    /// Switched to the Admin Account.
    SwitchedToAdmin "switched_to_admin" "switched to the Admin Account";
    /// Changed the own email.
    ChangedOwnEmail "changed_own_email" "changed their own email";
    /// Changed the own password.
    ChangedOwnPassword "changed_own_password" "changed their own password";
    /// Changed somebody's name.
    RenamedMember "renamed_member" "changed the name of";
    /// Changed somebody's email.
    SetEmail "set_email" "changed the email of";
    /// Set a new password for somebody.
    SetPassword "set_password" "set a new password for";
    /// Looked at somebody's generated password.
    SawPassword "saw_password" "looked at the generated password of";
    /// Moved somebody to another school.
    MovedMember "moved_member" "moved to another school";
    /// Suspended somebody.
    Suspended "suspended" "suspended";
    /// Reinstated somebody.
    Reinstated "reinstated" "reinstated";
    /// Changed what somebody administers.
    SetAdministers "set_administers" "changed the rights of";
    /// Removed an account for good.
    RemovedAccount "removed_account" "removed";
    /// Added a school.
    AddedSchool "added_school" "added the school";
    /// Renamed a school.
    RenamedSchool "renamed_school" "renamed the school";
    /// Changed the district's settings.
    ChangedSettings "changed_settings" "changed the settings of";
    /// Changed how long things are kept.
    ChangedKept "changed_kept" "changed how long things are kept in";
    /// Named another mail server, or none.
    ChangedMailServer "changed_mail_server" "changed the mail server to";
    /// Sent a test letter.
    SentTestLetter "sent_test_letter" "sent a test letter by";
    /// Had a letter sent again.
    SentLetterNow "sent_letter_now" "had a letter sent now to";
    /// Took a backup of the whole database down.
    TookBackup "took_backup" "downloaded a backup";
    /// Uploaded a file.
    Uploaded "uploaded" "uploaded";
    /// Asked for an upload to be undone.
    AskedToUndo "asked_to_undo" "asked to undo the upload of";
    /// Undid an upload.
    UndidUpload "undid_upload" "undid the upload of";
    /// Printed sign-in cards.
    PrintedCards "printed_cards" "printed sign-in cards for";
    /// Asked for something that is not theirs.
    WasRefused "was_refused" "was refused";
}

impl Deed {
    /// The deed that this word names; `None` for any other word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Deed> {
        Deed::ALL.iter().copied().find(|deed| deed.word() == word)
    }
}
