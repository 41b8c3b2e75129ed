-- From version 4 to 5: every letter of a name in a script that puts much into one is found; all search keys are made anew.
INSERT INTO account_search (account_search) VALUES ('delete-all');
UPDATE searched SET up_to = 0;

-- The tables of very many rows say the same of their words in a way that SQLite holds against a row without making a table.
-- Only the text of a CHECK changes, not what it lets through, so the rows stay where they are.
PRAGMA writable_schema = ON;
UPDATE sqlite_schema SET sql = replace(sql, 'CHECK (user_type IN (''teacher'', ''student'', ''parent''))',
    'CHECK (user_type = ''student'' OR user_type IN (''teacher'', ''parent''))') WHERE type = 'table' AND name = 'account';
UPDATE sqlite_schema SET sql = replace(sql, 'CHECK (status IN (''pending'', ''created'', ''skipped'', ''failed''))',
    'CHECK (status IN (''pending'', ''created'') OR status IN (''skipped'', ''failed''))') WHERE type = 'table' AND name = 'record';
UPDATE sqlite_schema SET sql = replace(sql, 'CHECK (status IN (''created'', ''skipped'', ''failed''))',
    'CHECK (status = ''created'' OR status IN (''skipped'', ''failed''))') WHERE type = 'table' AND name = 'draft_record';
PRAGMA writable_schema = RESET;
