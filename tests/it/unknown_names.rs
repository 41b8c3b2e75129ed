//! Whoever guesses at the login page learns nothing: an unknown name and a wrong password are answered with the same status,
//! words and length, and take the same time. `FIRSTBELL_ROUNDS` says how many of each are tried.

use crate::serving::Server;
use crate::support::{Site, rounds};
use crate::visitor::{Answer, Visitor};
use std::time::{Duration, Instant};

/// From so many trials on the times are compared: fewer say nothing.
const ENOUGH: u32 = 500;

/// What can be told from an answer: all but when it was given, the name that was typed and the tokens that are drawn anew.
fn told(answer: &Answer, login: &str) -> (u16, Vec<(String, String)>, String, usize) {
    let kept =
        |(name, _): &&(String, String)| !["date", "set-cookie"].contains(&name.to_lowercase().as_str());
    let headers = answer.headers.iter().filter(kept).cloned().collect();
    let pieces = answer.html().replace(login, "LOGIN");
    let pieces = pieces.split("value=\"").map(|piece| {
        let (value, rest) = piece.split_once('"').unwrap_or(("", piece));
        if value.len() > 30 { rest.to_owned() } else { piece.to_owned() }
    });
    (answer.status, headers, pieces.collect(), answer.body.len())
}

fn guess(visitor: &mut Visitor, login: &str) -> (Answer, Duration) {
    let form = visitor.get("/login").form("/login").with("login", login).with("password", "a wrong guess");
    let begun = Instant::now();
    let answer = visitor.send(form);
    (answer, begun.elapsed())
}

/// How likely one of the first takes longer than one of the others: a half, if nothing can be told (the area under the
/// curve of a test that tells them apart by time).
fn area_under_curve(some: &[Duration], others: &[Duration]) -> f64 {
    let mut others = others.to_vec();
    others.sort();
    let below = |time: &Duration| others.partition_point(|other| other < time);
    let up_to = |time: &Duration| others.partition_point(|other| other <= time);
    let halves: usize = some.iter().map(|time| below(time) + up_to(time)).sum();
    halves as f64 / 2.0 / (some.len() * others.len()) as f64
}

#[test]
fn an_unknown_name_and_a_wrong_password_cannot_be_told_apart() {
    let trials = rounds(12);
    let site = Site::set_up();
    // Every other one has a password of their own; the rest have generated ones.
    let password = |n: u32| if n.is_multiple_of(2) { "a lamp in the office" } else { "" };
    let lines: String = (0..trials).map(|n| format!("Ann,Zimmer,,{}\n", password(n))).collect();
    let ran = site.import("students", &site.roster("a.csv", &lines));
    assert_eq!(ran.status, Some(0), "{}", ran.err);
    let server = Server::open(site);
    let mut visitor = server.visitor();
    guess(&mut visitor, "warming-up");
    let (mut unknown, mut chosen, mut generated) = (vec![], vec![], vec![]);
    for n in 1..=trials {
        let number = if n == 1 { String::new() } else { n.to_string() };
        let (there, not_there) = (format!("azimmer{number}"), format!("bzimmer{number}"));
        let mut answers = [(&there, None), (&not_there, None)];
        // Whose turn comes first changes, so that it tells nothing either.
        let order = if n % 4 < 2 { [0, 1] } else { [1, 0] };
        for at in order {
            let (answer, took) = guess(&mut visitor, answers[at].0);
            assert_eq!(answer.status, 422);
            match (at, n.is_multiple_of(2)) {
                (1, _) => unknown.push(took),
                // The first line, number 1, has a password of its own.
                (_, false) => chosen.push(took),
                (_, true) => generated.push(took),
            }
            answers[at].1 = Some(told(&answer, answers[at].0));
        }
        assert_eq!(answers[0].1, answers[1].1, "{there} and {not_there}");
    }
    if trials >= ENOUGH {
        let all = [&chosen[..], &generated].concat();
        for (what, times) in [("any", &all), ("a chosen", &chosen), ("a generated", &generated)] {
            let area = area_under_curve(times, &unknown);
            println!("{what} password against {trials} unknown names: AUC {area:.3}");
            assert!((0.42..0.58).contains(&area), "{what} password: {area}");
        }
    }
    server.end();
}
