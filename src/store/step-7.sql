-- From version 6 to 7: whether somebody has looked at what a check announced last is told by a number; people are found without
-- the accents of their names, and stand in lists where they would without them. The index of the search is made anew when
-- nothing else is to be done.
ALTER TABLE draft ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;
DROP TRIGGER account_is_called_otherwise;
DROP TRIGGER account_is_found_no_more;
DROP TABLE account_search;
CREATE VIRTUAL TABLE account_search USING fts5 (
    parts, content = '', tokenize = 'trigram case_sensitive 1', detail = 'none', columnsize = 0
);
INSERT INTO account_search (account_search, rank) VALUES ('secure-delete', 1);
UPDATE searched SET up_to = 0;
CREATE TRIGGER account_is_called_otherwise AFTER UPDATE OF search_key ON account
WHEN old.id <= (SELECT up_to FROM searched) BEGIN
    INSERT INTO account_search (account_search, rowid, parts) VALUES ('delete', old.id, all_parts(old.search_key));
    INSERT INTO account_search (rowid, parts) VALUES (new.id, all_parts(new.search_key));
END;
CREATE TRIGGER account_is_found_no_more AFTER DELETE ON account WHEN old.id <= (SELECT up_to FROM searched) BEGIN
    INSERT INTO account_search (account_search, rowid, parts) VALUES ('delete', old.id, all_parts(old.search_key));
END;
