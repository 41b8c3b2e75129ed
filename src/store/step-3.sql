-- From version 2 to 3: mail, checks before an upload, mending, undoing. Tables whose rules have changed are made anew.
ALTER TABLE district ADD COLUMN address TEXT;

ALTER TABLE account ADD COLUMN chooses_password INTEGER NOT NULL DEFAULT 0 CHECK (chooses_password IN (0, 1));
ALTER TABLE account ADD COLUMN used_at INTEGER;
ALTER TABLE account ADD COLUMN changed_at INTEGER;
-- Until now this followed from what somebody is.
UPDATE account SET chooses_password = 1
    WHERE generation IS NOT NULL AND (user_type <> 'student' OR (SELECT students_choose_password FROM district));
-- Nobody knows any more who has used an account or changed it: none of them is ever taken away.
UPDATE account SET used_at = created_at, changed_at = created_at;
CREATE INDEX account_namesake ON account (school_id, user_type, search_key);

ALTER TABLE record ADD COLUMN username TEXT NOT NULL DEFAULT '';
ALTER TABLE record ADD COLUMN is_left_out INTEGER NOT NULL DEFAULT 0 CHECK (is_left_out IN (0, 1));
UPDATE record SET username = (SELECT a.username FROM account a WHERE a.id = record.account_id)
    WHERE account_id IS NOT NULL;
CREATE INDEX record_account ON record (account_id) WHERE account_id IS NOT NULL;

CREATE TABLE new_upload (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    school_id    INTEGER NOT NULL REFERENCES school (id),
    user_type    TEXT    NOT NULL CHECK (user_type IN ('teacher', 'student', 'parent')),
    file_name    TEXT    NOT NULL,
    file_mark    BLOB    CHECK (length(file_mark) = 32),
    uploaded_by  INTEGER REFERENCES account (id),
    mends        INTEGER REFERENCES upload (id),
    chooses_password INTEGER NOT NULL DEFAULT 0
        CHECK (chooses_password IN (0, 1, 2)),
    status       TEXT    NOT NULL CHECK (status IN ('scheduled', 'in_progress', 'succeeded', 'failed', 'undone')),
    failure      TEXT,
    total        INTEGER NOT NULL,
    created      INTEGER NOT NULL DEFAULT 0,
    skipped      INTEGER NOT NULL DEFAULT 0,
    failed       INTEGER NOT NULL DEFAULT 0,
    removed      INTEGER NOT NULL DEFAULT 0,
    received_at  INTEGER NOT NULL,
    started_at   INTEGER,
    finished_at  INTEGER,
    undone_by    INTEGER,
    undone_at    INTEGER,
    CHECK (created + skipped + failed <= total),
    CHECK (removed <= created),
    CHECK ((status = 'failed') = (failure IS NOT NULL)),
    CHECK (status <> 'undone' OR undone_at IS NOT NULL)
) STRICT;
INSERT INTO new_upload (id, school_id, user_type, file_name, uploaded_by, status, failure, total, created, skipped,
                        failed, received_at, started_at, finished_at)
    SELECT id, school_id, user_type, file_name, uploaded_by, status, failure, total, created, skipped, failed,
           received_at, started_at, finished_at FROM upload;
-- Numbers are never given again, not even those of uploads that are gone.
DELETE FROM sqlite_sequence WHERE name = 'new_upload';
INSERT INTO sqlite_sequence (name, seq) SELECT 'new_upload', seq FROM sqlite_sequence WHERE name = 'upload';
DROP TABLE upload;
ALTER TABLE new_upload RENAME TO upload;
CREATE INDEX upload_file ON upload (file_mark);

CREATE TABLE new_job (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    kind       TEXT    NOT NULL CHECK (kind IN ('create_accounts', 'write_results', 'undo')),
    upload_id  INTEGER NOT NULL REFERENCES upload (id),
    attempts   INTEGER NOT NULL DEFAULT 0,
    UNIQUE (kind, upload_id)
) STRICT;
INSERT INTO new_job SELECT id, kind, upload_id, attempts FROM job;
DROP TABLE job;
ALTER TABLE new_job RENAME TO job;

CREATE TABLE draft (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    school_id    INTEGER NOT NULL REFERENCES school (id),
    user_type    TEXT    NOT NULL CHECK (user_type IN ('teacher', 'student', 'parent')),
    file_name    TEXT    NOT NULL,
    sealed_file  BLOB    NOT NULL,
    answers      TEXT    NOT NULL,
    chooses_password INTEGER NOT NULL CHECK (chooses_password IN (0, 1, 2)),
    handed_in_by INTEGER NOT NULL REFERENCES account (id),
    handed_in_at INTEGER NOT NULL
) STRICT;

CREATE TABLE draft_record (
    draft_id    INTEGER NOT NULL REFERENCES draft (id),
    line        INTEGER NOT NULL,
    first_name  TEXT    NOT NULL,
    last_name   TEXT    NOT NULL,
    email       TEXT    NOT NULL,
    username    TEXT    NOT NULL,
    status      TEXT    NOT NULL CHECK (status IN ('created', 'skipped', 'failed')),
    message     TEXT    NOT NULL,
    is_namesake INTEGER NOT NULL CHECK (is_namesake IN (0, 1)),
    is_left_out INTEGER NOT NULL CHECK (is_left_out IN (0, 1)),
    PRIMARY KEY (draft_id, line)
) STRICT, WITHOUT ROWID;

CREATE TABLE mail_server (
    id        INTEGER PRIMARY KEY CHECK (id = 1),
    host      TEXT    NOT NULL,
    port      INTEGER NOT NULL CHECK (port BETWEEN 1 AND 65535),
    security  TEXT    NOT NULL CHECK (security IN ('starttls', 'tls', 'none')),
    username  TEXT    NOT NULL,
    sealed_password BLOB,
    sender    TEXT    NOT NULL
) STRICT;

CREATE TABLE letter (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    kind         TEXT    NOT NULL CHECK (kind IN ('received', 'report', 'new_password', 'email_changed',
                                                  'administrator', 'forgot_password', 'test')),
    to_name      TEXT    NOT NULL,
    to_email     TEXT    NOT NULL,
    upload_id    INTEGER REFERENCES upload (id),
    particulars  TEXT    NOT NULL,
    sealed_link  BLOB,
    message_id   TEXT    NOT NULL UNIQUE,
    status       TEXT    NOT NULL CHECK (status IN ('queued', 'sent', 'failed')),
    tries        INTEGER NOT NULL DEFAULT 0,
    in_doubt     INTEGER NOT NULL DEFAULT 0,
    answer       TEXT    NOT NULL DEFAULT '',
    queued_at    INTEGER NOT NULL,
    first_tried_at INTEGER,
    next_try_at  INTEGER NOT NULL,
    ended_at     INTEGER,
    CHECK ((status = 'queued') = (ended_at IS NULL)),
    CHECK (sealed_link IS NULL OR status = 'queued')
) STRICT;
CREATE INDEX letter_due ON letter (status, next_try_at);
CREATE INDEX letter_upload ON letter (upload_id);

CREATE TABLE password_link (
    token_hash  BLOB    PRIMARY KEY CHECK (length(token_hash) = 32),
    account_id  INTEGER NOT NULL REFERENCES account (id),
    made_at     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX password_link_account ON password_link (account_id);
