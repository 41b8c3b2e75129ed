//! Usernames as the database gives them: unique for ever, at the same price for the first and the hundred-thousandth.

use crate::support::Site;
use firstbell::domain::{Name, Stem};
use firstbell::store::{self, account};
use std::collections::HashSet;

fn stem(first: &str, last: &str) -> Stem {
    Stem::of(&Name::parse(first).unwrap(), &Name::parse(last).unwrap())
}

#[test]
fn a_hundred_thousand_john_smiths_are_counted_through() {
    let site = Site::set_up();
    let mut office = site.office();
    let tx = store::begin(&mut office.conn).unwrap();
    let mut given = HashSet::new();
    for nth in 1..=100_000 {
        let username = account::give_username(&tx, &stem("John", "Smith")).unwrap();
        let expected = if nth == 1 { "jsmith".to_owned() } else { format!("jsmith{nth}") };
        assert_eq!(username.as_str(), expected);
        assert!(given.insert(username));
    }
    tx.commit().unwrap();
    office.close();
    site.end();
}

#[test]
fn a_username_that_was_given_once_is_never_given_again() {
    let site = Site::set_up();
    let file = site.roster("a.csv", "John,Smith,,\nJane,Smith,,\n");
    site.import("students", &file);
    let office = site.office();
    office
        .conn
        .execute_batch(
            "UPDATE record SET account_id = NULL; UPDATE upload SET removed = created;
             DELETE FROM account WHERE last_name = 'Smith'",
        )
        .unwrap();
    office.close();
    assert_eq!(site.import("students", &file).results()[0].username, "jsmith3");
    site.end();
}

#[test]
fn nobody_gets_a_rude_or_reserved_username() {
    let site = Site::set_up();
    let lines = "Anna,Dmin,,\nRob,Oot,,\nSally,Ystem,,\nFred,Uck,,\nSue,Hit,,\nAnn,Ss,,\nAdmin,Admin,,\n1,2,,\nRoot,1,,\n";
    let results = site.import("students", &site.roster("a.csv", lines)).results();
    let names: Vec<&str> = results.iter().map(|line| line.username.as_str()).collect();
    assert_eq!(names.iter().collect::<HashSet<_>>().len(), names.len(), "{names:?}");
    for name in &names {
        assert!(!["admin", "root", "system", "fuck", "shit", "ass"].contains(name), "{names:?}");
        assert!(
            name.len() >= 2 && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()),
            "{names:?}"
        );
    }
    assert_eq!(
        names[7..],
        ["member", "member2"],
        "nothing to transliterate, and nothing but a reserved word"
    );
    site.end();
}
