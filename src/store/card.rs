//! Sign-in cards: whose they are, and what stands on each. Who is suspended gets none, and a district's administrator
//! none from a school's administrator, who could sign in with it.

use crate::domain::{AccountId, SchoolId, Scope, UploadId, UserType};
use rusqlite::types::Value;
use rusqlite::{Connection, Row, ToSql};

/// Whose cards are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whose {
    /// Those of the people whose accounts an upload made, in the order of its lines.
    Upload(UploadId),
    /// Those of a school's people, or of one kind of them, by name.
    School(SchoolId, Option<UserType>),
    /// Those of these people, by name.
    These(Vec<AccountId>),
}

/// What stands on a card.
#[derive(Clone, Debug)]
pub struct Card {
    /// Whose it is.
    pub id: AccountId,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// Username.
    pub username: String,
    /// What kind of person.
    pub kind: UserType,
    /// The name of their school.
    pub school_name: String,
    /// Which generated password holds; `None` once they have chosen one.
    pub generation: Option<i64>,
}

/// How many of those who were asked for get a card, and how many do not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Deal {
    /// Who gets a card.
    pub cards: u32,
    /// Who gets none, because they are suspended.
    pub suspended: u32,
    /// Who gets none, because a district's administrator is not a school's administrator's to look after.
    pub out_of_reach: u32,
}

/// How many of these people get a card.
///
/// # Errors
/// If the database cannot be read.
pub fn deal(conn: &Connection, scope: Scope, whose: &Whose) -> rusqlite::Result<Deal> {
    let query = format!(
        "SELECT count(*) FILTER (WHERE a.suspended_at IS NULL AND {WITHIN_REACH}),
                count(*) FILTER (WHERE a.suspended_at IS NOT NULL),
                count(*) FILTER (WHERE a.suspended_at IS NULL AND NOT {WITHIN_REACH})
         {}",
        people(whose)
    );
    let (school, asked, kind) = (scope.school(), asked(whose), kind(whose));
    conn.prepare_cached(&query)?.query_row(&values(&school, &asked, &kind)[..], |row| {
        Ok(Deal { cards: row.get(0)?, suspended: row.get(1)?, out_of_reach: row.get(2)? })
    })
}

/// Hands each card to `each`, one at a time, after the first `skip`.
///
/// # Errors
/// If the database cannot be read, or `each` fails.
pub fn for_each<E: From<rusqlite::Error>>(
    conn: &Connection,
    scope: Scope,
    whose: &Whose,
    skip: u32,
    at_most: u32,
    mut each: impl FnMut(Card) -> Result<(), E>,
) -> Result<(), E> {
    let order = match whose {
        Whose::Upload(_) => "r.line",
        Whose::School(..) | Whose::These(_) => "a.name_order, a.id",
    };
    let query = format!(
        "SELECT a.id, a.first_name, a.last_name, a.username, a.user_type, c.name, a.generation
         {} AND a.suspended_at IS NULL AND {WITHIN_REACH}
         ORDER BY {order} LIMIT :at_most OFFSET :skip",
        people(whose)
    );
    let mut statement = conn.prepare_cached(&query)?;
    let (school, asked, kind) = (scope.school(), asked(whose), kind(whose));
    let mut values = values(&school, &asked, &kind);
    values.extend([(":skip", &skip as &dyn ToSql), (":at_most", &at_most)]);
    let mut rows = statement.query(&values[..])?;
    while let Some(row) = rows.next()? {
        each(card(row)?)?;
    }
    Ok(())
}

const WITHIN_REACH: &str = "(:scope IS NULL OR a.administers IS NOT 'district')";

/// The people of a scope who are asked for, whether they get a card or not. All three name the same values.
fn people(whose: &Whose) -> &'static str {
    match whose {
        Whose::Upload(_) => {
            "FROM record r JOIN account a ON a.id = r.account_id JOIN school c ON c.id = a.school_id
             WHERE r.upload_id = :asked AND (:scope IS NULL OR a.school_id = :scope) AND :kind IS NULL"
        }
        Whose::School(..) => {
            "FROM account a JOIN school c ON c.id = a.school_id
             WHERE a.school_id = :asked AND (:scope IS NULL OR a.school_id = :scope)
               AND (:kind IS NULL OR a.user_type = :kind)"
        }
        Whose::These(_) => {
            "FROM account a JOIN school c ON c.id = a.school_id
             WHERE a.id IN (SELECT value FROM json_each(:asked)) AND (:scope IS NULL OR a.school_id = :scope)
               AND :kind IS NULL"
        }
    }
}

/// The number of the upload or the school; of people, all numbers as a JSON array.
fn asked(whose: &Whose) -> Value {
    match whose {
        Whose::Upload(id) => Value::Integer(id.0),
        Whose::School(id, _) => Value::Integer(id.0),
        Whose::These(ids) => {
            let ids: Vec<String> = ids.iter().map(|id| id.0.to_string()).collect();
            Value::Text(format!("[{}]", ids.join(",")))
        }
    }
}

fn kind(whose: &Whose) -> Option<UserType> {
    match whose {
        Whose::School(_, kind) => *kind,
        Whose::Upload(_) | Whose::These(_) => None,
    }
}

fn values<'a>(
    school: &'a Option<SchoolId>,
    asked: &'a Value,
    kind: &'a Option<UserType>,
) -> Vec<(&'a str, &'a dyn ToSql)> {
    vec![(":scope", school), (":asked", asked), (":kind", kind)]
}

fn card(row: &Row<'_>) -> rusqlite::Result<Card> {
    Ok(Card {
        id: row.get(0)?,
        first_name: row.get(1)?,
        last_name: row.get(2)?,
        username: row.get(3)?,
        kind: row.get(4)?,
        school_name: row.get(5)?,
        generation: row.get(6)?,
    })
}
