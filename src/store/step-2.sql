-- From version 1 to 2: sign-ins, the audit log, suspension, search.
ALTER TABLE district ADD COLUMN students_choose_password INTEGER NOT NULL DEFAULT 0
    CHECK (students_choose_password IN (0, 1));
ALTER TABLE account ADD COLUMN suspended_at INTEGER;
ALTER TABLE account ADD COLUMN search_key TEXT NOT NULL DEFAULT '';

CREATE TABLE session (
    token_hash        BLOB    PRIMARY KEY CHECK (length(token_hash) = 32),
    account_id        INTEGER NOT NULL REFERENCES account (id),
    face              TEXT    NOT NULL CHECK (face IN ('teacher', 'admin')),
    password_is_long  INTEGER NOT NULL CHECK (password_is_long IN (0, 1)),
    signed_in_at      INTEGER NOT NULL,
    seen_at           INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX session_account ON session (account_id);
CREATE INDEX session_age ON session (signed_in_at);

CREATE TABLE browser (
    token_hash  BLOB    NOT NULL CHECK (length(token_hash) = 32),
    account_id  INTEGER NOT NULL REFERENCES account (id),
    seen_at     INTEGER NOT NULL,
    PRIMARY KEY (token_hash, account_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX browser_account ON browser (account_id, seen_at);

CREATE TABLE throttle (
    mark          BLOB    PRIMARY KEY CHECK (length(mark) = 32),
    today         INTEGER NOT NULL,
    day_began_at  INTEGER NOT NULL,
    failures      INTEGER NOT NULL,
    last_at       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX throttle_age ON throttle (last_at);

CREATE TABLE audit (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    at             INTEGER NOT NULL,
    by_account     INTEGER,
    by_name        TEXT    NOT NULL,
    deed           TEXT    NOT NULL,
    about_account  INTEGER,
    about          TEXT    NOT NULL,
    details        TEXT    NOT NULL
) STRICT;
CREATE INDEX audit_by ON audit (by_account, at);
