-- Firstbell's database: one file, one district.
--
-- This is always the present shape; src/store/migrations.rs brings older ones to it. Every table is STRICT. Times are
-- milliseconds since 1970 in UTC. Words such as 'teacher' or 'in_progress' are the ones that people see. A key is the
-- form under which two texts count as the same: Unicode NFC, lower case.

-- The district itself: one row, made when it is set up.
CREATE TABLE district (
    id             INTEGER PRIMARY KEY CHECK (id = 1),
    name           TEXT    NOT NULL,
    time_zone      TEXT    NOT NULL,              -- IANA name; every date on a page is in it
    rows_per_file  INTEGER NOT NULL CHECK (rows_per_file > 0), -- the most people in an upload
    key_fingerprint TEXT   NOT NULL,              -- which key file belongs to this database
    set_up_at      INTEGER NOT NULL,
    students_choose_password INTEGER NOT NULL DEFAULT 0  -- 1: a student with a generated password must choose one
        CHECK (students_choose_password IN (0, 1))
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
    user_type      TEXT    NOT NULL CHECK (user_type IN ('teacher', 'student', 'parent')),
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
    search_key     TEXT    NOT NULL DEFAULT '',   -- the key of names, username and email: what a search looks through
    CHECK ((email IS NULL) = (email_key IS NULL)),
    CHECK (email IS NOT NULL OR user_type = 'student'),
    CHECK ((password_hash IS NULL) <> (generation IS NULL)),
    CHECK (administers IS NULL OR user_type = 'teacher'),
    CHECK ((upload_id IS NULL) = (line IS NULL))
) STRICT;

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
    uploaded_by  INTEGER REFERENCES account (id), -- empty: from the server's command line
    status       TEXT    NOT NULL CHECK (status IN ('scheduled', 'in_progress', 'succeeded', 'failed')),
    failure      TEXT,                            -- why the job could not be finished
    total        INTEGER NOT NULL,                -- records, and of those…
    created      INTEGER NOT NULL DEFAULT 0,
    skipped      INTEGER NOT NULL DEFAULT 0,
    failed       INTEGER NOT NULL DEFAULT 0,
    received_at  INTEGER NOT NULL,
    started_at   INTEGER,
    finished_at  INTEGER,
    CHECK (created + skipped + failed <= total),
    CHECK ((status = 'failed') = (failure IS NOT NULL))
) STRICT;

-- A line of an upload and what became of it. Names and email are as they came.
CREATE TABLE record (
    upload_id        INTEGER NOT NULL REFERENCES upload (id),
    line             INTEGER NOT NULL,            -- where it starts in the file; the header is line 1
    first_name       TEXT    NOT NULL,
    last_name        TEXT    NOT NULL,
    email            TEXT    NOT NULL,
    sealed_password  BLOB,                        -- until its turn comes; the key is not in this file
    status           TEXT    NOT NULL CHECK (status IN ('pending', 'created', 'skipped', 'failed')),
    message          TEXT    NOT NULL,            -- on a pending record: why its line could not be read
    account_id       INTEGER REFERENCES account (id),
    PRIMARY KEY (upload_id, line),
    CHECK (sealed_password IS NULL OR status = 'pending'),
    CHECK (account_id IS NULL OR status = 'created')
) STRICT, WITHOUT ROWID;

-- What the job loop has still to do, oldest first. A job that is done is gone.
CREATE TABLE job (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    kind       TEXT    NOT NULL CHECK (kind IN ('create_accounts', 'write_results')),
    upload_id  INTEGER NOT NULL REFERENCES upload (id),
    attempts   INTEGER NOT NULL DEFAULT 0,        -- begun and not got anywhere; counted before the work
    UNIQUE (kind, upload_id)
) STRICT;

-- Who is signed in, and in which face. Of the token that their browser holds, its SHA-256 only.
CREATE TABLE session (
    token_hash        BLOB    PRIMARY KEY CHECK (length(token_hash) = 32),
    account_id        INTEGER NOT NULL REFERENCES account (id),
    face              TEXT    NOT NULL CHECK (face IN ('teacher', 'admin')),
    password_is_long  INTEGER NOT NULL CHECK (password_is_long IN (0, 1)), -- a chosen one, long enough for administrators
    signed_in_at      INTEGER NOT NULL,
    seen_at           INTEGER NOT NULL            -- to the minute
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

-- Who did what to whom, and when. It speaks of people as they were called then, and outlives them.
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
