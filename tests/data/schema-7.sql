-- Firstbell's database: one file, one district.
--
-- This is always the present shape; src/store/migrations.rs brings older ones to it. Every table is STRICT. Times are
-- milliseconds since 1970 in UTC. Words such as 'teacher' or 'in_progress' are the ones that people see. A key is the
-- form under which two texts count as the same: Unicode NFC, lower case. What they are found as has no accents, either.
--
-- In tables of very many rows a CHECK lists two words at most in an IN: of more, SQLite makes a table of its own, anew for
-- every row, which took a third of an import.

-- The district itself: one row, made when it is set up.
CREATE TABLE district (
    id             INTEGER PRIMARY KEY CHECK (id = 1),
    name           TEXT    NOT NULL,
    time_zone      TEXT    NOT NULL,              -- IANA name; every date on a page is in it
    rows_per_file  INTEGER NOT NULL CHECK (rows_per_file > 0), -- the most people in an upload
    key_fingerprint TEXT   NOT NULL,              -- which key file belongs to this database
    set_up_at      INTEGER NOT NULL,
    students_choose_password INTEGER NOT NULL DEFAULT 0  -- 1: a student with a generated password must choose one
        CHECK (students_choose_password IN (0, 1)),
    address        TEXT,                          -- where browsers find Firstbell: what links in letters and cards begin with
    -- How long things are kept, in days, after they have ended.
    letters_kept   INTEGER NOT NULL DEFAULT 90   CHECK (letters_kept BETWEEN 1 AND 3650),
    results_kept   INTEGER NOT NULL DEFAULT 365  CHECK (results_kept BETWEEN 1 AND 3650),
    audit_kept     INTEGER NOT NULL DEFAULT 1095 CHECK (audit_kept BETWEEN 1 AND 3650),
    session_hours  INTEGER NOT NULL DEFAULT 12   CHECK (session_hours BETWEEN 1 AND 12), -- then everybody logs in anew
    looked_at      INTEGER,                       -- when it was last looked what is past its time
    looked_as_of   INTEGER,                       -- as of when that look judged: never far ahead of the look before it
    scrub_from     INTEGER                        -- from which page of this file on it has to be overwritten what was deleted
) STRICT;

-- A school of the district.
CREATE TABLE school (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    name      TEXT    NOT NULL,
    name_key  TEXT    NOT NULL UNIQUE,
    added_at  INTEGER NOT NULL
) STRICT;

-- A person's login. A number is never given again (AUTOINCREMENT): generated passwords are derived from it.
CREATE TABLE account (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    school_id      INTEGER NOT NULL REFERENCES school (id),
    user_type      TEXT    NOT NULL CHECK (user_type = 'student' OR user_type IN ('teacher', 'parent')),
    first_name     TEXT    NOT NULL,
    last_name      TEXT    NOT NULL,
    email          TEXT,                          -- as typed; only a student has none
    email_key      TEXT    UNIQUE,                -- no email twice in the district
    username       TEXT    NOT NULL UNIQUE,
    password_hash  TEXT,                          -- Argon2id, as a PHC string: a password that somebody supplied or chose
    generation     INTEGER,                       -- or: which generated password holds; it is derived, and stored nowhere
    administers    TEXT    CHECK (administers IN ('school', 'district')),
    upload_id      INTEGER REFERENCES upload (id),-- the upload and the line it came from, if it came from one
    line           INTEGER,
    created_at     INTEGER NOT NULL,
    suspended_at   INTEGER,                       -- since when nobody can sign in to it
    search_key     TEXT    NOT NULL DEFAULT '',   -- names, username and email as they are found: what a search looks through, two spaces before each word
    chooses_password INTEGER NOT NULL DEFAULT 0   -- 1: its owner has to choose a password before anything else
        CHECK (chooses_password IN (0, 1)),
    used_at        INTEGER,                       -- when its owner first signed in
    changed_at     INTEGER,                       -- when somebody first changed it after it was made
    name_order     TEXT    NOT NULL DEFAULT '',   -- the last name and the first as they are found, after which lists go
    CHECK ((email IS NULL) = (email_key IS NULL)),
    CHECK (email IS NOT NULL OR user_type = 'student'),
    CHECK ((password_hash IS NULL) <> (generation IS NULL)),
    CHECK (administers IS NULL OR user_type = 'teacher'),
    CHECK ((upload_id IS NULL) = (line IS NULL))
) STRICT;
-- A school's people by name, and who else is called so there.
CREATE INDEX account_by_name ON account (school_id, user_type, name_order);

-- How many people of a kind a school has: counting a million takes longer than anybody waits. Who makes an account
-- counts it; a trigger for that would cost each of a million more than all its counting.
CREATE TABLE headcount (
    school_id  INTEGER NOT NULL REFERENCES school (id),
    user_type  TEXT    NOT NULL,
    people     INTEGER NOT NULL,
    PRIMARY KEY (school_id, user_type)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER account_moves AFTER UPDATE OF school_id, user_type ON account BEGIN
    UPDATE headcount SET people = people - 1 WHERE school_id = old.school_id AND user_type = old.user_type;
    INSERT INTO headcount (school_id, user_type, people) VALUES (new.school_id, new.user_type, 1)
        ON CONFLICT (school_id, user_type) DO UPDATE SET people = people + 1;
END;
CREATE TRIGGER account_goes AFTER DELETE ON account BEGIN
    UPDATE headcount SET people = people - 1 WHERE school_id = old.school_id AND user_type = old.user_type;
END;

-- What a search looks its words up in: every part of three letters of every search key, and every part of five as three signs.
-- The program makes them of a key (all_parts). Who has come since the last number in it is looked through, until the job
-- loop has nothing else to do.
CREATE VIRTUAL TABLE account_search USING fts5 (
    parts, content = '', tokenize = 'trigram case_sensitive 1', detail = 'none', columnsize = 0
);
INSERT INTO account_search (account_search, rank) VALUES ('secure-delete', 1);
CREATE TABLE searched (
    id     INTEGER PRIMARY KEY CHECK (id = 1),
    up_to  INTEGER NOT NULL                       -- the last account in it
) STRICT;
INSERT INTO searched VALUES (1, 0);
CREATE TRIGGER account_is_called_otherwise AFTER UPDATE OF search_key ON account
WHEN old.id <= (SELECT up_to FROM searched) BEGIN
    INSERT INTO account_search (account_search, rowid, parts) VALUES ('delete', old.id, all_parts(old.search_key));
    INSERT INTO account_search (rowid, parts) VALUES (new.id, all_parts(new.search_key));
END;
CREATE TRIGGER account_is_found_no_more AFTER DELETE ON account WHEN old.id <= (SELECT up_to FROM searched) BEGIN
    INSERT INTO account_search (account_search, rowid, parts) VALUES ('delete', old.id, all_parts(old.search_key));
END;

-- How many usernames were ever given on each stem: 'jsmith' 3 means jsmith, jsmith2 and jsmith3. It only grows, so no
-- username is given twice, not even after its account is gone.
CREATE TABLE username_stem (
    stem   TEXT    PRIMARY KEY,
    given  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- An accepted file. Its number is the Job ID that administrators see.
CREATE TABLE upload (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    school_id    INTEGER NOT NULL REFERENCES school (id),
    user_type    TEXT    NOT NULL CHECK (user_type IN ('teacher', 'student', 'parent')),
    file_name    TEXT    NOT NULL,
    file_mark    BLOB    CHECK (length(file_mark) = 32), -- the same for the same file; only the key can make it
    uploaded_by  INTEGER,                         -- whose account, which may be gone; empty: from the server's command line
    mends        INTEGER REFERENCES upload (id),  -- the upload whose failed lines these are, corrected
    chooses_password INTEGER NOT NULL DEFAULT 0   -- 1: its people have to choose a password when they first sign in;
        CHECK (chooses_password IN (0, 1, 2)),    -- 2: those whose password is generated
    status       TEXT    NOT NULL CHECK (status IN ('scheduled', 'in_progress', 'succeeded', 'failed', 'undone')),
    failure      TEXT,                            -- why the job could not be finished
    total        INTEGER NOT NULL,                -- records, and of those…
    created      INTEGER NOT NULL DEFAULT 0,
    skipped      INTEGER NOT NULL DEFAULT 0,
    failed       INTEGER NOT NULL DEFAULT 0,
    removed      INTEGER NOT NULL DEFAULT 0,      -- of the accounts that were made: those that were removed again
    received_at  INTEGER NOT NULL,
    started_at   INTEGER,
    finished_at  INTEGER,
    undone_by    INTEGER,                         -- who asked for it to be undone, and when
    undone_at    INTEGER,
    lines_removed_at INTEGER,                     -- since when its records are gone: they were past their time
    reported     INTEGER NOT NULL DEFAULT 1       -- 0: its import has not printed yet what became of it
        CHECK (reported IN (0, 1)),
    CHECK (created + skipped + failed <= total),
    CHECK (removed <= created),
    CHECK ((status = 'failed') = (failure IS NOT NULL)),
    CHECK (status <> 'undone' OR undone_at IS NOT NULL)
) STRICT;
CREATE INDEX upload_file ON upload (file_mark);

-- A line of an upload and what became of it. Names and email are as they came, until the account is removed.
CREATE TABLE record (
    upload_id        INTEGER NOT NULL REFERENCES upload (id),
    line             INTEGER NOT NULL,            -- where it starts in the file; the header is line 1
    first_name       TEXT    NOT NULL,
    last_name        TEXT    NOT NULL,
    email            TEXT    NOT NULL,
    sealed_password  BLOB,                        -- until its turn comes; the key is not in this file
    status           TEXT    NOT NULL CHECK (status IN ('pending', 'created') OR status IN ('skipped', 'failed')),
    message          TEXT    NOT NULL,            -- on a pending record: why its line could not be read
    account_id       INTEGER REFERENCES account (id),
    username         TEXT    NOT NULL DEFAULT '', -- the account's, also when it is gone; on a pending record: the one that a check announced
    is_left_out      INTEGER NOT NULL DEFAULT 0 CHECK (is_left_out IN (0, 1)), -- 1: the administrator chose to skip it
    gone_at          INTEGER,                     -- when somebody removed the account of whom it tells: its cells are empty since
    PRIMARY KEY (upload_id, line),
    CHECK (sealed_password IS NULL OR status = 'pending'),
    CHECK (account_id IS NULL OR status = 'created')
) STRICT, WITHOUT ROWID;
-- What somebody has to look at, in a file of any length.
CREATE INDEX record_problem ON record (upload_id, status) WHERE status IN ('skipped', 'failed');
-- Whose account goes, is looked for here.
CREATE INDEX record_account ON record (account_id) WHERE account_id IS NOT NULL;

-- A file that was handed in to be checked, or that is not clear yet. Nothing is made of it before somebody says so.
CREATE TABLE draft (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    school_id    INTEGER NOT NULL REFERENCES school (id),
    user_type    TEXT    NOT NULL CHECK (user_type IN ('teacher', 'student', 'parent')),
    file_name    TEXT    NOT NULL,
    sealed_file  BLOB    NOT NULL,                -- all of it, passwords included; the key is not in this file
    answers      TEXT    NOT NULL,                -- what was answered to questions about the file
    chooses_password INTEGER NOT NULL CHECK (chooses_password IN (0, 1, 2)),
    handed_in_by INTEGER NOT NULL REFERENCES account (id),
    handed_in_at INTEGER NOT NULL,
    revision     INTEGER NOT NULL DEFAULT 0       -- counts up whenever something else is announced for its lines
) STRICT;

-- What a check announced for a line of a draft.
CREATE TABLE draft_record (
    draft_id    INTEGER NOT NULL REFERENCES draft (id),
    line        INTEGER NOT NULL,
    first_name  TEXT    NOT NULL,
    last_name   TEXT    NOT NULL,
    email       TEXT    NOT NULL,
    username    TEXT    NOT NULL,
    status      TEXT    NOT NULL CHECK (status = 'created' OR status IN ('skipped', 'failed')),
    message     TEXT    NOT NULL,
    is_namesake INTEGER NOT NULL CHECK (is_namesake IN (0, 1)), -- 1: somebody of this name, school and type is there
    is_left_out INTEGER NOT NULL CHECK (is_left_out IN (0, 1)), -- 1: the administrator chose to skip it
    PRIMARY KEY (draft_id, line)
) STRICT, WITHOUT ROWID;

-- What the job loop has still to do, oldest first. A job that is done is gone.
CREATE TABLE job (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    kind       TEXT    NOT NULL CHECK (kind IN ('create_accounts', 'write_results', 'undo')),
    upload_id  INTEGER NOT NULL REFERENCES upload (id),
    attempts   INTEGER NOT NULL DEFAULT 0,        -- begun and not got anywhere; counted before the work
    UNIQUE (kind, upload_id)
) STRICT;

-- The mail server that takes the district's letters: one row, or none before somebody fills it in.
CREATE TABLE mail_server (
    id        INTEGER PRIMARY KEY CHECK (id = 1),
    host      TEXT    NOT NULL,
    port      INTEGER NOT NULL CHECK (port BETWEEN 1 AND 65535),
    security  TEXT    NOT NULL CHECK (security IN ('starttls', 'tls', 'none')),
    username  TEXT    NOT NULL,                   -- empty: the server asks for none
    sealed_password BLOB,                         -- the key is not in this file
    sender    TEXT    NOT NULL                    -- the address that letters come from
) STRICT;

-- A letter: an email that is kept until it is delivered, and for a while after. What it says is made from what it is
-- about when it is sent or read.
CREATE TABLE letter (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    kind         TEXT    NOT NULL CHECK (kind IN ('received', 'report', 'new_password', 'email_changed',
                                                  'administrator', 'forgot_password', 'test')),
    to_name      TEXT    NOT NULL,
    to_email     TEXT    NOT NULL,
    upload_id    INTEGER REFERENCES upload (id),  -- of a receipt or a report: what it is about
    particulars  TEXT    NOT NULL,                -- what else it has to say: the right that somebody was given
    sealed_link  BLOB,                            -- the secret of a link, until the letter is delivered
    message_id   TEXT    NOT NULL UNIQUE,         -- the part before the @: the same at every try
    status       TEXT    NOT NULL CHECK (status IN ('queued', 'sent', 'failed')),
    tries        INTEGER NOT NULL DEFAULT 0,
    in_doubt     INTEGER NOT NULL DEFAULT 0,      -- how often it was handed over and no answer came
    answer       TEXT    NOT NULL DEFAULT '',     -- the mail server's last words, or why there were none
    queued_at    INTEGER NOT NULL,
    first_tried_at INTEGER,
    next_try_at  INTEGER NOT NULL,
    ended_at     INTEGER,
    account_id   INTEGER,                         -- whose account it is for
    CHECK ((status = 'queued') = (ended_at IS NULL)),
    CHECK (sealed_link IS NULL OR status = 'queued')
) STRICT;
CREATE INDEX letter_due ON letter (status, next_try_at);
CREATE INDEX letter_upload ON letter (upload_id);
-- The letters to somebody whose account goes are looked for here.
CREATE INDEX letter_account ON letter (account_id) WHERE account_id IS NOT NULL;
CREATE INDEX letter_status ON letter (status);

-- A link to a new password that was asked for at the login page. Of its secret, the SHA-256 only.
CREATE TABLE password_link (
    token_hash  BLOB    PRIMARY KEY CHECK (length(token_hash) = 32),
    account_id  INTEGER NOT NULL REFERENCES account (id),
    made_at     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX password_link_account ON password_link (account_id);

-- Who is signed in, and in which face. Of the token that their browser holds, its SHA-256 only.
CREATE TABLE session (
    token_hash        BLOB    PRIMARY KEY CHECK (length(token_hash) = 32),
    account_id        INTEGER NOT NULL REFERENCES account (id),
    face              TEXT    NOT NULL CHECK (face IN ('teacher', 'admin')),
    password_is_long  INTEGER NOT NULL CHECK (password_is_long IN (0, 1)), -- a chosen one, long enough for administrators
    signed_in_at      INTEGER NOT NULL,
    seen_at           INTEGER NOT NULL,           -- to the minute
    proven_at         INTEGER                     -- when the password was last given once more, for what needs that
) STRICT, WITHOUT ROWID;
CREATE INDEX session_account ON session (account_id);
CREATE INDEX session_age ON session (signed_in_at);

-- Browsers that an account has signed in from: other people's wrong guesses do not hold those up. SHA-256 of a token.
CREATE TABLE browser (
    token_hash  BLOB    NOT NULL CHECK (length(token_hash) = 32),
    account_id  INTEGER NOT NULL REFERENCES account (id),
    seen_at     INTEGER NOT NULL,
    PRIMARY KEY (token_hash, account_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX browser_account ON browser (account_id, seen_at);

-- Wrong passwords, for each login name that was typed. The name stands here under a mark that only the key can make:
-- people type passwords into the wrong field.
CREATE TABLE throttle (
    mark          BLOB    PRIMARY KEY CHECK (length(mark) = 32),
    today         INTEGER NOT NULL,               -- guesses of the day, those under way included
    day_began_at  INTEGER NOT NULL,
    failures      INTEGER NOT NULL,               -- wrong ones since the last right one
    last_at       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX throttle_age ON throttle (last_at);

-- Who did what to whom, and when. It speaks of people as they were called then, until their account is removed.
CREATE TABLE audit (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    at             INTEGER NOT NULL,
    by_account     INTEGER,                       -- empty: from the server's command line
    by_name        TEXT    NOT NULL,
    deed           TEXT    NOT NULL,
    about_account  INTEGER,
    about          TEXT    NOT NULL,              -- the person or the thing; may be empty
    details        TEXT    NOT NULL               -- never a secret; may be empty
) STRICT;
CREATE INDEX audit_by ON audit (by_account, at);
