-- From version 3 to 4: how long things are kept.
ALTER TABLE district ADD COLUMN letters_kept INTEGER NOT NULL DEFAULT 90 CHECK (letters_kept BETWEEN 1 AND 3650);
ALTER TABLE district ADD COLUMN results_kept INTEGER NOT NULL DEFAULT 365 CHECK (results_kept BETWEEN 1 AND 3650);
ALTER TABLE district ADD COLUMN audit_kept INTEGER NOT NULL DEFAULT 1095 CHECK (audit_kept BETWEEN 1 AND 3650);
ALTER TABLE district ADD COLUMN session_hours INTEGER NOT NULL DEFAULT 12 CHECK (session_hours BETWEEN 1 AND 12);

ALTER TABLE session ADD COLUMN proven_at INTEGER;
