//! Lists of members: a page of them by name, and who is found by a search.
//!
//! However large the district is, a page looks at about as many people as it shows: it goes along the people of each
//! school and kind by name, takes the first of all, and begins where the page before ended. A search looks its words up in
//! an index of all parts of three letters and of five, which is made when nothing else is to be done; who has come since is
//! looked through.

use super::member::{MEMBER, Member, member};
use crate::domain::{AccountId, SchoolId, Scope, Spot, UserType, as_parts_of_three, parts};
use rusqlite::{Connection, OptionalExtension, Statement, ToSql, Transaction, params};
use std::collections::BTreeSet;

/// Which members are asked for.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Words that must all be found in names, username or email: [`crate::domain::search_words`] makes them.
    pub words: Vec<String>,
    /// This kind of people only.
    pub kind: Option<UserType>,
    /// This school only.
    pub school: Option<SchoolId>,
}

/// Who was found by a search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// They, by name.
    pub members: Vec<AccountId>,
    /// Whether there are more than these.
    pub is_cut: bool,
}

/// The most people that a search finds. Who finds more types more.
pub const MOST_FOUND: usize = 500;
/// The most people who are looked through one by one, and the most groups of them. The index does not know schools.
const LOOKED_THROUGH: u32 = 20_000;
const GROUPS_LOOKED_THROUGH: usize = 100;

/// People of one kind at one school.
struct Group {
    school: SchoolId,
    kind: UserType,
    people: u32,
}

/// A page of the members that a filter lets through, by name; its words do not count.
///
/// # Errors
/// If the database cannot be read.
pub fn list(
    conn: &Connection,
    scope: Scope,
    filter: &Filter,
    spot: Spot<AccountId>,
    at_most: u32,
) -> rusqlite::Result<Vec<Member>> {
    let groups = groups(conn, scope, filter)?;
    let (skip, from, is_forward) = match spot {
        Spot::Skip(rows) => (rows, None, true),
        Spot::After(id) => (0, place_of(conn, scope, id)?, true),
        Spot::Before(id) => (0, place_of(conn, scope, id)?, false),
    };
    // Who is gone, or of another school, is before everybody: then the list begins anew.
    let is_forward = is_forward || from.is_none();
    let from = from.unwrap_or((String::new(), AccountId(0)));
    let mut next = conn.prepare_cached(if is_forward { NEXT } else { PREVIOUS })?;
    let mut heads = BTreeSet::new();
    for (at, group) in groups.iter().enumerate() {
        heads.extend(step(&mut next, group, &from)?.map(|place| (place, at)));
    }
    let mut ids = Vec::new();
    let last = skip.saturating_add(at_most);
    for n in 0..last {
        let Some((place, at)) = (if is_forward { heads.pop_first() } else { heads.pop_last() }) else {
            break;
        };
        if let Some(group) = groups.get(at) {
            heads.extend(step(&mut next, group, &place)?.map(|place| (place, at)));
        }
        if n >= skip {
            ids.push(place.1);
        }
    }
    if !is_forward {
        ids.reverse();
    }
    members(conn, &ids)
}

/// These members, in this order.
///
/// # Errors
/// If the database cannot be read, or one of them is gone.
pub fn members(conn: &Connection, ids: &[AccountId]) -> rusqlite::Result<Vec<Member>> {
    let mut statement = conn.prepare_cached(&format!("{MEMBER} WHERE a.id = ?1"))?;
    ids.iter().map(|id| statement.query_row([id], member)).collect()
}

/// How many members a filter lets through; its words do not count.
///
/// # Errors
/// If the database cannot be read.
pub fn count(conn: &Connection, scope: Scope, filter: &Filter) -> rusqlite::Result<u32> {
    conn.prepare_cached(&format!("SELECT coalesce(sum(people), 0) {AMONG}"))?
        .query_row(params![scope.school(), filter.school, filter.kind], |row| row.get(0))
}

/// The members in whom all words of a filter are found, by name, as far as it lets them through. Few people of a school are
/// looked through, and few of the district for one letter or two, which are found anywhere then.
///
/// # Errors
/// If the database cannot be read.
pub fn search(conn: &Connection, scope: Scope, filter: &Filter) -> rusqlite::Result<Found> {
    let groups = groups(conn, scope, filter)?;
    let people = groups.iter().map(|group| group.people).sum::<u32>();
    let has_few = people <= LOOKED_THROUGH && groups.len() <= GROUPS_LOOKED_THROUGH;
    let school = scope.school().or(filter.school);
    if !has_few || !(school.is_some() || filter.words.iter().any(|word| word.chars().count() < 3)) {
        return search_index(conn, scope, filter);
    }
    let mut found = Vec::new();
    if people > 0 && count(conn, Scope::District, &Filter::default())? <= LOOKED_THROUGH {
        // As they lie in the file: to find each by their name first takes three times as long.
        let at = conditions(&school, &filter.kind);
        look_through(conn, "account a NOT INDEXED", &at, &filter.words, &mut found)?;
    } else {
        for group in &groups {
            let at = [("a.school_id =", &group.school as &dyn ToSql), ("a.user_type =", &group.kind)];
            look_through(conn, "account a", &at, &filter.words, &mut found)?;
        }
    }
    Ok(by_name(found))
}

/// The same by the index, and among those who are not in it yet: one letter or two are found where words begin.
///
/// # Errors
/// If the database cannot be read.
pub fn search_index(conn: &Connection, scope: Scope, filter: &Filter) -> rusqlite::Result<Found> {
    let school = scope.school().or(filter.school);
    let at = conditions(&school, &filter.kind);
    let words: Vec<String> = filter.words.iter().map(|word| as_parts_of_three(word)).collect();
    let parts: BTreeSet<String> = filter.words.iter().flat_map(|word| parts(word)).collect();
    let quoted: Vec<String> = parts.iter().map(|part| format!("\"{}\"", part.replace('"', "\"\""))).collect();
    let asked = quoted.join(" AND ");
    let indexed = [&[("account_search MATCH", &asked as &dyn ToSql)], &at[..]].concat();
    let people = "account_search s CROSS JOIN account a ON a.id = s.rowid";
    let mut found = Vec::new();
    look_through(conn, people, &indexed, &words, &mut found)?;
    let since = "(SELECT * FROM account WHERE id > (SELECT up_to FROM searched)) a";
    look_through(conn, since, &at, &words, &mut found)?;
    Ok(by_name(found))
}

/// As many of these as a search finds, by name.
fn by_name(mut found: Vec<Place>) -> Found {
    found.sort_unstable();
    let is_cut = found.len() > MOST_FOUND;
    let members = found.into_iter().take(MOST_FOUND).map(|(_, id)| id).collect();
    Found { members, is_cut }
}

/// Puts further people into the index of the search, and says whether there were any.
///
/// # Errors
/// If the database cannot be written.
pub fn index_further(tx: &Transaction<'_>, at_most: u32) -> rusqlite::Result<bool> {
    tx.prepare_cached(
        "INSERT INTO account_search (rowid, parts)
         SELECT id, all_parts(search_key) FROM account WHERE id > (SELECT up_to FROM searched) ORDER BY id LIMIT ?1",
    )?
    .execute([at_most])?;
    let changed = tx.execute(
        "UPDATE searched SET up_to = (SELECT max(id) FROM
             (SELECT id FROM account WHERE id > (SELECT up_to FROM searched) ORDER BY id LIMIT ?1))
         WHERE up_to < (SELECT max(id) FROM account)",
        [at_most],
    )?;
    Ok(changed == 1)
}

/// Whether there is anybody who is not in the index of the search.
///
/// # Errors
/// If the database cannot be read.
pub fn any_to_index(conn: &Connection) -> rusqlite::Result<bool> {
    conn.prepare_cached("SELECT EXISTS (SELECT 1 FROM account WHERE id > (SELECT up_to FROM searched))")?
        .query_row([], |row| row.get(0))
}

const NEXT: &str = "SELECT name_order, id FROM account
     WHERE school_id = ?1 AND user_type = ?2 AND (name_order, id) > (?3, ?4) ORDER BY name_order, id LIMIT 1";
const PREVIOUS: &str = "SELECT name_order, id FROM account
     WHERE school_id = ?1 AND user_type = ?2 AND (name_order, id) < (?3, ?4)
     ORDER BY name_order DESC, id DESC LIMIT 1";

/// Where somebody stands in a list.
type Place = (String, AccountId);

fn place_of(conn: &Connection, scope: Scope, id: AccountId) -> rusqlite::Result<Option<Place>> {
    conn.prepare_cached(
        "SELECT name_order, id FROM account WHERE id = ?1 AND (?2 IS NULL OR school_id = ?2)",
    )?
    .query_row(params![id, scope.school()], |row| Ok((row.get(0)?, row.get(1)?)))
    .optional()
}

/// Who of a group stands next to a place.
fn step(next: &mut Statement<'_>, group: &Group, from: &Place) -> rusqlite::Result<Option<Place>> {
    next.query_row(params![group.school, group.kind, from.0, from.1], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()
}

const AMONG: &str = "FROM headcount
     WHERE people > 0 AND (?1 IS NULL OR school_id = ?1) AND (?2 IS NULL OR school_id = ?2)
       AND (?3 IS NULL OR user_type = ?3)";

fn groups(conn: &Connection, scope: Scope, filter: &Filter) -> rusqlite::Result<Vec<Group>> {
    let mut statement = conn.prepare_cached(&format!("SELECT school_id, user_type, people {AMONG}"))?;
    let rows = statement.query_map(params![scope.school(), filter.school, filter.kind], |row| {
        Ok(Group { school: row.get(0)?, kind: row.get(1)?, people: row.get(2)? })
    })?;
    rows.collect()
}

/// What holds for everybody whom a scope and a filter let through, its words aside.
fn conditions<'a>(
    school: &'a Option<SchoolId>,
    kind: &'a Option<UserType>,
) -> Vec<(&'static str, &'a dyn ToSql)> {
    let school = school.as_ref().map(|school| ("a.school_id =", school as &dyn ToSql));
    let kind = kind.as_ref().map(|kind| ("a.user_type =", kind as &dyn ToSql));
    school.into_iter().chain(kind).collect()
}

/// Adds who has all the words among these people, until there are more than can be found.
fn look_through(
    conn: &Connection,
    people: &str,
    at: &[(&str, &dyn ToSql)],
    words: &[String],
    found: &mut Vec<Place>,
) -> rusqlite::Result<()> {
    let mut query = format!("SELECT a.name_order, a.id FROM {people} WHERE true");
    query.extend(at.iter().map(|(condition, _)| format!(" AND {condition} ?")));
    query.extend(words.iter().map(|_| " AND instr(a.search_key, ?) > 0"));
    query += " LIMIT ?";
    let room = i64::try_from((MOST_FOUND + 1).saturating_sub(found.len())).unwrap_or_default();
    let mut values: Vec<&dyn ToSql> = at.iter().map(|(_, value)| *value).collect();
    values.extend(words.iter().map(|word| word as &dyn ToSql));
    values.push(&room);
    let mut statement = conn.prepare_cached(&query)?;
    let rows = statement.query_map(&values[..], |row| Ok((row.get(0)?, row.get(1)?)))?;
    for row in rows {
        found.push(row?);
    }
    Ok(())
}
