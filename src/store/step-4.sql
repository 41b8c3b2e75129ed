-- From version 3 to 4: how long things are kept, and removing an account.
ALTER TABLE district ADD COLUMN letters_kept INTEGER NOT NULL DEFAULT 90 CHECK (letters_kept BETWEEN 1 AND 3650);
ALTER TABLE district ADD COLUMN results_kept INTEGER NOT NULL DEFAULT 365 CHECK (results_kept BETWEEN 1 AND 3650);
ALTER TABLE district ADD COLUMN audit_kept INTEGER NOT NULL DEFAULT 1095 CHECK (audit_kept BETWEEN 1 AND 3650);
ALTER TABLE district ADD COLUMN session_hours INTEGER NOT NULL DEFAULT 12 CHECK (session_hours BETWEEN 1 AND 12);
ALTER TABLE district ADD COLUMN looked_at INTEGER;
ALTER TABLE district ADD COLUMN looked_as_of INTEGER;
ALTER TABLE district ADD COLUMN scrub_from INTEGER;

ALTER TABLE record ADD COLUMN gone_at INTEGER;

CREATE TABLE new_upload (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    school_id    INTEGER NOT NULL REFERENCES school (id),
    user_type    TEXT    NOT NULL CHECK (user_type IN ('teacher', 'student', 'parent')),
    file_name    TEXT    NOT NULL,
    file_mark    BLOB    CHECK (length(file_mark) = 32),
    uploaded_by  INTEGER,
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
    lines_removed_at INTEGER,
    CHECK (created + skipped + failed <= total),
    CHECK (removed <= created),
    CHECK ((status = 'failed') = (failure IS NOT NULL)),
    CHECK (status <> 'undone' OR undone_at IS NOT NULL)
) STRICT;
INSERT INTO new_upload
    SELECT id, school_id, user_type, file_name, file_mark, uploaded_by, mends, chooses_password, status, failure, total,
           created, skipped, failed, removed, received_at, started_at, finished_at, undone_by, undone_at, NULL FROM upload;
-- Numbers are never given again, not even those of uploads that are gone.
DELETE FROM sqlite_sequence WHERE name = 'new_upload';
INSERT INTO sqlite_sequence (name, seq) SELECT 'new_upload', seq FROM sqlite_sequence WHERE name = 'upload';
DROP TABLE upload;
ALTER TABLE new_upload RENAME TO upload;
CREATE INDEX upload_file ON upload (file_mark);

ALTER TABLE letter ADD COLUMN account_id INTEGER;
CREATE INDEX letter_account ON letter (account_id) WHERE account_id IS NOT NULL;
-- Whom a letter was for: who sent the file, whose username stands in it, or whose email it went to.
UPDATE letter SET account_id = CASE
    WHEN upload_id IS NOT NULL THEN (SELECT u.uploaded_by FROM upload u WHERE u.id = letter.upload_id)
    WHEN particulars <> '' THEN (SELECT a.id FROM account a
        WHERE a.username = substr(particulars, 1, instr(particulars || char(10), char(10)) - 1))
    ELSE (SELECT a.id FROM account a WHERE a.email_key = lower(to_email)) END;

ALTER TABLE session ADD COLUMN proven_at INTEGER;

-- Lists and counts that take the same time however large the district is.
ALTER TABLE account ADD COLUMN name_order TEXT NOT NULL DEFAULT '';
DROP INDEX account_namesake;
CREATE INDEX account_by_name ON account (school_id, user_type, name_order);
CREATE TABLE headcount (
    school_id  INTEGER NOT NULL REFERENCES school (id),
    user_type  TEXT    NOT NULL,
    people     INTEGER NOT NULL,
    PRIMARY KEY (school_id, user_type)
) STRICT, WITHOUT ROWID;
INSERT INTO headcount SELECT school_id, user_type, count(*) FROM account GROUP BY school_id, user_type;
CREATE TRIGGER account_moves AFTER UPDATE OF school_id, user_type ON account BEGIN
    UPDATE headcount SET people = people - 1 WHERE school_id = old.school_id AND user_type = old.user_type;
    INSERT INTO headcount (school_id, user_type, people) VALUES (new.school_id, new.user_type, 1)
        ON CONFLICT (school_id, user_type) DO UPDATE SET people = people + 1;
END;
CREATE TRIGGER account_goes AFTER DELETE ON account BEGIN
    UPDATE headcount SET people = people - 1 WHERE school_id = old.school_id AND user_type = old.user_type;
END;
CREATE VIRTUAL TABLE account_search USING fts5 (
    search_key, content = 'account', content_rowid = 'id', tokenize = 'trigram case_sensitive 1', detail = 'none', columnsize = 0
);
INSERT INTO account_search (account_search, rank) VALUES ('secure-delete', 1);
CREATE TABLE searched (
    id     INTEGER PRIMARY KEY CHECK (id = 1),
    up_to  INTEGER NOT NULL
) STRICT;
INSERT INTO searched VALUES (1, 0);
CREATE TRIGGER account_is_called_otherwise AFTER UPDATE OF search_key ON account
WHEN old.id <= (SELECT up_to FROM searched) BEGIN
    INSERT INTO account_search (account_search, rowid, search_key) VALUES ('delete', old.id, old.search_key);
    INSERT INTO account_search (rowid, search_key) VALUES (new.id, new.search_key);
END;
CREATE TRIGGER account_is_found_no_more AFTER DELETE ON account WHEN old.id <= (SELECT up_to FROM searched) BEGIN
    INSERT INTO account_search (account_search, rowid, search_key) VALUES ('delete', old.id, old.search_key);
END;
CREATE INDEX record_problem ON record (upload_id, status) WHERE status IN ('skipped', 'failed');
CREATE INDEX letter_status ON letter (status);
