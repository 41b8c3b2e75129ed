//! How a database of an older version becomes one of this version.
//!
//! `schema.sql` is the present shape, and a new database is made from it. The first version is 1. Whoever changes the
//! shape raises [`VERSION`], adds the step that leads to it, and keeps the shape before it as
//! `tests/data/schema-N.sql`: a test brings every shape that ever was to the present one and compares.

use rusqlite::{Connection, Transaction};

/// The version of the shape in `schema.sql`, kept in the database as its `user_version`.
pub(super) const VERSION: i64 = 7;

/// Marks the file as Firstbell's (SQLite's `application_id`): "FBel".
pub(super) const APPLICATION: i64 = 0x4642_656C;

/// The present shape.
const SCHEMA: &str = include_str!("../../schema.sql");

/// A step: the version it leads to, the SQL that leads there from the one before, and what SQL alone cannot fill in.
pub(super) struct Step {
    pub(super) to: i64,
    pub(super) sql: &'static str,
    pub(super) fill: Option<Fill>,
}

/// Fills in what a new shape needs of what is there already.
type Fill = fn(&Transaction<'_>) -> rusqlite::Result<()>;

/// Every step since version 1, in order.
pub(super) const STEPS: &[Step] = &[
    Step { to: 2, sql: include_str!("step-2.sql"), fill: None },
    Step { to: 3, sql: include_str!("step-3.sql"), fill: None },
    Step { to: 4, sql: include_str!("step-4.sql"), fill: None },
    Step { to: 5, sql: include_str!("step-5.sql"), fill: Some(super::member::fill_keys) },
    Step { to: 6, sql: include_str!("step-6.sql"), fill: None },
    Step { to: 7, sql: include_str!("step-7.sql"), fill: Some(super::member::fill_accented_keys) },
];

/// The version of a database; 0 if it is empty.
pub(super) fn version(conn: &Connection) -> rusqlite::Result<i64> {
    conn.pragma_query_value(None, "user_version", |row| row.get(0))
}

/// Whether a file is Firstbell's, or empty and may become it.
pub(super) fn is_ours(conn: &Connection) -> rusqlite::Result<bool> {
    let application: i64 = conn.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let tables: i64 = conn.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    Ok(application == APPLICATION || tables == 0)
}

/// Gives an empty database its shape, in one transaction.
pub(super) fn create(conn: &mut Connection) -> rusqlite::Result<()> {
    let tx = super::begin(conn)?;
    tx.execute_batch(SCHEMA)?;
    tx.pragma_update(None, "application_id", APPLICATION)?;
    tx.pragma_update(None, "user_version", VERSION)?;
    tx.commit()
}

/// Takes every step that a database still lacks, all in one transaction: it has the old shape or the new one, and
/// nothing between, whenever the power goes.
pub(super) fn migrate(conn: &mut Connection, steps: &[Step]) -> rusqlite::Result<()> {
    // A table that others refer to is made anew under its old name. It cannot be asked for within a transaction.
    conn.pragma_update(None, "foreign_keys", false)?;
    let migrated = take_steps(conn, steps);
    conn.pragma_update(None, "foreign_keys", true)?;
    migrated
}

fn take_steps(conn: &mut Connection, steps: &[Step]) -> rusqlite::Result<()> {
    let tx = super::begin(conn)?;
    let from = version(&tx)?;
    for step in steps.iter().filter(|step| step.to > from) {
        tx.execute_batch(step.sql)?;
        if let Some(fill) = step.fill {
            fill(&tx)?;
        }
        tx.pragma_update(None, "user_version", step.to)?;
    }
    tx.commit()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The shapes that ever were, as they were.
    const PAST: &[&str] = &[
        include_str!("../../tests/data/schema-1.sql"),
        include_str!("../../tests/data/schema-2.sql"),
        include_str!("../../tests/data/schema-3.sql"),
        include_str!("../../tests/data/schema-4.sql"),
        include_str!("../../tests/data/schema-5.sql"),
        include_str!("../../tests/data/schema-6.sql"),
        include_str!("../../tests/data/schema-7.sql"),
    ];

    #[allow(clippy::disallowed_methods, reason = "a database that is none of a district's")]
    fn database(schema: &str, version: i64) -> Connection {
        let conn = Connection::open_in_memory().unwrap();
        conn.execute_batch(schema).unwrap();
        conn.pragma_update(None, "user_version", version).unwrap();
        conn
    }

    /// What a database is made of, without comments and spacing.
    fn shape(conn: &Connection) -> Vec<(String, String)> {
        let mut statement =
            conn.prepare("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name").unwrap();
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get::<_, String>(1)?))).unwrap();
        rows.map(|row| row.unwrap())
            .map(|(name, sql)| {
                let bare: String =
                    sql.lines().map(|line| line.split("--").next().unwrap_or_default()).collect();
                // SQLite puts a name into quotation marks when it renames a table.
                (name, bare.chars().filter(|c| !c.is_whitespace() && *c != '"').collect())
            })
            .collect()
    }

    #[test]
    fn every_shape_that_ever_was_becomes_the_present_one() {
        assert_eq!(PAST.len(), usize::try_from(VERSION).unwrap(), "keep the shape of every version");
        assert!(STEPS.iter().zip(2..).all(|(step, to)| step.to == to) && STEPS.len() + 1 == PAST.len());
        let present = shape(&database(SCHEMA, VERSION));
        for (version, past) in (1..).zip(PAST) {
            let mut conn = database(past, version);
            migrate(&mut conn, STEPS).unwrap();
            assert_eq!(shape(&conn), present, "from version {version}");
        }
    }

    #[test]
    fn people_of_an_older_database_are_found_by_a_search_and_stand_in_order() {
        let mut conn = database(PAST[0], 1);
        conn.execute_batch(
            "INSERT INTO school VALUES (1, 'Lincoln High', 'lincoln high', 0);
             INSERT INTO account (id, school_id, user_type, first_name, last_name, username, generation, created_at)
             VALUES (7, 1, 'student', 'ÉLODIE', 'Li', 'eli', 1, 0)",
        )
        .unwrap();
        migrate(&mut conn, STEPS).unwrap();
        let keys: (String, String) = conn
            .query_row("SELECT search_key, name_order FROM account", [], |row| Ok((row.get(0)?, row.get(1)?)))
            .unwrap();
        assert_eq!(keys, ("  elodie  li  eli".to_owned(), "li\telodie".to_owned()));
    }

    #[test]
    fn what_an_older_database_has_is_there_afterwards_and_holds_together() {
        let mut conn = database(PAST[1], 2);
        conn.execute_batch(
            "INSERT INTO district (id, name, time_zone, rows_per_file, key_fingerprint, set_up_at)
                 VALUES (1, 'Springfield', 'UTC', 1000, '', 0);
             INSERT INTO school VALUES (1, 'Lincoln High', 'lincoln high', 0);
             INSERT INTO upload (id, school_id, user_type, file_name, status, total, created, received_at)
                 VALUES (6, 1, 'student', 'gone.csv', 'succeeded', 1, 1, 0), (5, 1, 'student', 'a.csv', 'succeeded', 1, 1, 0);
             DELETE FROM upload WHERE id = 6;
             INSERT INTO account (id, school_id, user_type, first_name, last_name, username, generation, upload_id, line, created_at)
                 VALUES (7, 1, 'student', 'Ann', 'Li', 'ali', 1, 5, 2, 0);
             INSERT INTO record VALUES (5, 2, 'Ann', 'Li', '', NULL, 'created', 'Ready.', 7);
             INSERT INTO job (kind, upload_id) VALUES ('write_results', 5)",
        )
        .unwrap();
        migrate(&mut conn, STEPS).unwrap();
        let one = |query: &str| conn.query_row(query, [], |row| row.get::<_, String>(0)).unwrap();
        assert_eq!(one("SELECT username FROM record WHERE upload_id = 5"), "ali");
        assert_eq!(one("SELECT kind || upload_id FROM job"), "write_results5");
        let broken: i64 =
            conn.query_row("SELECT count(*) FROM pragma_foreign_key_check", [], |row| row.get(0)).unwrap();
        assert_eq!(broken, 0);
        conn.execute_batch(
            "INSERT INTO upload (school_id, user_type, file_name, status, total, received_at)
            VALUES (1, 'student', 'b.csv', 'scheduled', 0, 0)",
        )
        .unwrap();
        assert_eq!(conn.last_insert_rowid(), 7, "the number of an upload that is gone is not given again");
        assert!(conn.execute("DELETE FROM upload WHERE id = 5", []).is_err(), "others still refer to it");
    }

    #[test]
    fn steps_are_taken_once_in_order_and_all_or_none() {
        let mut conn = database("CREATE TABLE school (id INTEGER)", 1);
        let good = [
            Step { to: 2, sql: "ALTER TABLE school ADD COLUMN name TEXT", fill: None },
            Step { to: 3, sql: "ALTER TABLE school RENAME COLUMN name TO title", fill: None },
        ];
        migrate(&mut conn, &good).unwrap();
        migrate(&mut conn, &good).unwrap();
        assert_eq!(version(&conn).unwrap(), 3);
        let before = shape(&conn);
        let bad = [
            Step { to: 4, sql: "CREATE TABLE letter (id INTEGER)", fill: None },
            Step { to: 5, sql: "CREATE TABLE letter (id INTEGER)", fill: None },
        ];
        assert!(migrate(&mut conn, &bad).is_err());
        assert_eq!((version(&conn).unwrap(), shape(&conn)), (3, before));
    }
}
