-- From version 6 to 7: an import that was interrupted is known by what it has not reported; whether somebody has looked at what a check announced last is told by a number; people are found without
-- the accents of their names, and stand in lists where they would without them. The index of the search is made anew when
-- nothing else is to be done.
ALTER TABLE upload ADD COLUMN reported INTEGER NOT NULL DEFAULT 1 CHECK (reported IN (0, 1));
ALTER TABLE draft ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;
UPDATE searched SET up_to = 0;
INSERT INTO account_search (account_search) VALUES ('delete-all');
