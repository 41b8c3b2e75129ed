-- From version 3 to 4: how long things are kept.
ALTER TABLE district ADD COLUMN letters_kept INTEGER NOT NULL DEFAULT 90 CHECK (letters_kept BETWEEN 1 AND 3650);
ALTER TABLE district ADD COLUMN results_kept INTEGER NOT NULL DEFAULT 365 CHECK (results_kept BETWEEN 1 AND 3650);
ALTER TABLE district ADD COLUMN audit_kept INTEGER NOT NULL DEFAULT 1095 CHECK (audit_kept BETWEEN 1 AND 3650);
ALTER TABLE district ADD COLUMN session_hours INTEGER NOT NULL DEFAULT 12 CHECK (session_hours BETWEEN 1 AND 12);

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
