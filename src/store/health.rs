//! Whether the database is whole, and whether what is in it fits together.

use rusqlite::Connection;

/// How much of everything there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counts {
    /// Schools.
    pub schools: i64,
    /// Teachers' accounts.
    pub teachers: i64,
    /// Students' accounts.
    pub students: i64,
    /// Parents' accounts.
    pub parents: i64,
    /// Uploads.
    pub uploads: i64,
    /// Records of all uploads.
    pub records: i64,
    /// Records whose turn has not come.
    pub pending: i64,
    /// Uploads whose records are gone, because they were past their time.
    pub without_lines: i64,
    /// Letters.
    pub letters: i64,
    /// Entries of the audit log.
    pub audit: i64,
}

/// Rules that no single table can keep: what would be wrong, and a query that counts where it is. The first can be
/// asked of any version of the database, the others of the present one.
const RULES: &[(&str, &str)] = &[
    ("references to rows that are not there", "SELECT count(*) FROM pragma_foreign_key_check"),
    (
        "uploads whose counts differ from their records",
        "SELECT count(*) FROM upload u WHERE (u.total, u.created, u.skipped, u.failed) IS NOT
         (SELECT count(*), count(*) FILTER (WHERE status = 'created'), count(*) FILTER (WHERE status = 'skipped'),
                 count(*) FILTER (WHERE status = 'failed') FROM record WHERE upload_id = u.id)
         AND lines_removed_at IS NULL",
    ),
    (
        "finished uploads with pending records",
        "SELECT count(*) FROM upload u WHERE status IN ('succeeded', 'failed', 'undone')
         AND EXISTS (SELECT 1 FROM record WHERE upload_id = u.id AND status = 'pending')",
    ),
    (
        "unfinished uploads that no job will finish",
        "SELECT count(*) FROM upload u WHERE status IN ('scheduled', 'in_progress')
         AND NOT EXISTS (SELECT 1 FROM job WHERE upload_id = u.id AND kind = 'create_accounts')",
    ),
    (
        "uploads to be undone that no job will undo",
        "SELECT count(*) FROM upload u WHERE undone_at IS NOT NULL AND status <> 'undone'
         AND NOT EXISTS (SELECT 1 FROM job WHERE upload_id = u.id AND kind = 'undo')",
    ),
    (
        "uploads that have lost other accounts than those that were removed",
        "SELECT count(*) FROM upload u WHERE removed IS NOT
         (SELECT count(*) FROM record WHERE upload_id = u.id AND status = 'created' AND account_id IS NULL)
         AND lines_removed_at IS NULL",
    ),
    (
        "undone uploads with accounts that nobody has used or changed",
        "SELECT count(*) FROM upload u WHERE status = 'undone' AND EXISTS
         (SELECT 1 FROM record r JOIN account a ON a.id = r.account_id
          WHERE r.upload_id = u.id AND a.used_at IS NULL AND a.changed_at IS NULL)",
    ),
    (
        "accounts that their record does not name",
        "SELECT count(*) FROM account a WHERE upload_id IS NOT NULL AND NOT EXISTS
         (SELECT 1 FROM record r WHERE r.upload_id = a.upload_id AND r.line = a.line AND r.account_id = a.id)
         AND NOT EXISTS (SELECT 1 FROM upload u WHERE u.id = a.upload_id AND u.lines_removed_at IS NOT NULL)",
    ),
    (
        "lines of removed accounts that still tell of somebody",
        "SELECT count(*) FROM record WHERE gone_at IS NOT NULL
         AND (first_name || last_name || email || username <> '' OR account_id IS NOT NULL OR status = 'pending')",
    ),
    (
        "unfinished uploads whose lines are removed",
        "SELECT count(*) FROM upload WHERE lines_removed_at IS NOT NULL AND status IN ('scheduled', 'in_progress')",
    ),
    (
        "letters to accounts that are not there",
        "SELECT count(*) FROM letter WHERE account_id IS NOT NULL
         AND NOT EXISTS (SELECT 1 FROM account a WHERE a.id = letter.account_id)",
    ),
    (
        "usernames beyond what their stem has given",
        "SELECT count(*) FROM account a LEFT JOIN username_stem s ON s.stem = rtrim(a.username, '0123456789')
         WHERE s.given IS NULL OR CAST(substr(a.username, length(s.stem) + 1) AS INTEGER) > s.given",
    ),
    (
        "accounts that no search or list finds",
        "SELECT count(*) FROM account WHERE search_key = '' OR name_order = ''",
    ),
    (
        "schools whose people are counted wrong",
        "SELECT count(*) FROM (SELECT school_id, user_type, count(*) AS people FROM account GROUP BY school_id, user_type) a
         FULL JOIN headcount h USING (school_id, user_type) WHERE coalesce(a.people, 0) <> coalesce(h.people, 0)",
    ),
    (
        "districts without an administrator who can sign in",
        "SELECT count(*) FROM district WHERE NOT EXISTS
         (SELECT 1 FROM account WHERE administers = 'district' AND suspended_at IS NULL)",
    ),
    (
        "sessions of suspended accounts, or in the Admin Account of people who have none",
        "SELECT count(*) FROM session s JOIN account a ON a.id = s.account_id
         WHERE a.suspended_at IS NOT NULL OR (s.face = 'admin' AND a.administers IS NULL)",
    ),
];

/// Damage to the file itself, a line each; empty if it is whole.
///
/// # Errors
/// If it is so damaged that it cannot be examined.
pub fn damage(conn: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut statement = conn.prepare("PRAGMA integrity_check")?;
    let lines = statement.query_map([], |row| row.get::<_, String>(0))?;
    lines.filter(|line| !matches!(line, Ok(line) if line == "ok")).collect()
}

/// References to rows that are not there, in one line; empty if all hold. Any version of a database can be asked.
///
/// # Errors
/// If the database cannot be read.
pub fn broken_references(conn: &Connection) -> rusqlite::Result<Vec<String>> {
    broken(conn, RULES.iter().take(1))
}

/// What does not fit together, a line each; empty if all does. Quotes nothing of anybody's.
///
/// # Errors
/// If the database cannot be read.
pub fn contradictions(conn: &Connection) -> rusqlite::Result<Vec<String>> {
    broken(conn, RULES.iter())
}

fn broken<'a>(
    conn: &Connection,
    rules: impl Iterator<Item = &'a (&'a str, &'a str)>,
) -> rusqlite::Result<Vec<String>> {
    let mut found = Vec::new();
    for (what, query) in rules {
        let count: i64 = conn.query_row(query, [], |row| row.get(0))?;
        if count > 0 {
            found.push(format!("{count} {what}"));
        }
    }
    Ok(found)
}

/// Counts everything.
///
/// # Errors
/// If the database cannot be read.
pub fn counts(conn: &Connection) -> rusqlite::Result<Counts> {
    conn.query_row(
        "SELECT (SELECT count(*) FROM school),
                (SELECT count(*) FROM account WHERE user_type = 'teacher'),
                (SELECT count(*) FROM account WHERE user_type = 'student'),
                (SELECT count(*) FROM account WHERE user_type = 'parent'),
                (SELECT count(*) FROM upload),
                (SELECT count(*) FROM record),
                (SELECT count(*) FROM record WHERE status = 'pending'),
                (SELECT count(*) FROM upload WHERE lines_removed_at IS NOT NULL),
                (SELECT count(*) FROM letter),
                (SELECT count(*) FROM audit)",
        [],
        |row| {
            Ok(Counts {
                schools: row.get(0)?,
                teachers: row.get(1)?,
                students: row.get(2)?,
                parents: row.get(3)?,
                uploads: row.get(4)?,
                records: row.get(5)?,
                pending: row.get(6)?,
                without_lines: row.get(7)?,
                letters: row.get(8)?,
                audit: row.get(9)?,
            })
        },
    )
}
