//! Every address that takes a form, as the table of addresses has them: none takes one without its token, with another
//! one's, or from another site.

use crate::serving::Server;
use crate::visitor::{Form, Visitor};

/// The addresses that take forms, with 1 for every number.
fn addresses() -> Vec<String> {
    let table = include_str!("../../src/web/routes.rs");
    let posts = table.lines().filter_map(|line| line.trim().strip_prefix("(Post, [")?.split_once("])"));
    let part =
        |part: &str| part.trim().strip_prefix('"').map_or("1".to_owned(), |word| word.replace('"', ""));
    posts.map(|(parts, _)| parts.split(',').map(|word| format!("/{}", part(word))).collect()).collect()
}

fn status(visitor: &mut Visitor, address: &str, token: &str, headers: &[(&str, &str)]) -> u16 {
    let fields = [
        ("csrf", token),
        ("name", "Evil"),
        ("district", "Evil"),
        ("to", "teacher"),
        ("email", "e@x.example"),
    ];
    let form = Form::of(address, &fields[usize::from(token.is_empty())..]);
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(&form.fields).finish();
    let kind = [("Content-Type", "application/x-www-form-urlencoded")];
    visitor.ask("POST", address, &[&kind[..], headers].concat(), Some(body.into_bytes())).status
}

#[test]
fn no_address_takes_a_form_that_is_not_its_own() {
    let server = Server::of_a_district();
    let (mut ada, mut other, mut nobody) = (server.ada(), server.ada(), server.visitor());
    let own = ada.get("/admin/schools").form("/admin/schools").value("csrf").to_owned();
    let others = other.get("/admin/schools").form("/admin/schools").value("csrf").to_owned();
    let visits = nobody.get("/login").form("/login").value("csrf").to_owned();
    let before = server.snapshot();
    let addresses = addresses();
    assert!(addresses.len() > 25 && addresses.contains(&"/login".to_owned()), "{addresses:?}");
    let (mut tried, origin) = (0, ada.url.clone());
    for address in &addresses {
        for token in ["", "x", &others, &visits, &own[1..], &own.to_uppercase()] {
            assert_eq!(
                status(&mut ada, address, token, &[("Origin", &origin)]),
                403,
                "{address} with {token:?}"
            );
            tried += 1;
        }
        for header in [
            ("Origin", "https://evil.example"),
            ("Origin", "null"),
            ("Sec-Fetch-Site", "cross-site"),
            ("Sec-Fetch-Site", "same-site"),
        ] {
            assert_eq!(status(&mut ada, address, &own, &[header]), 403, "{address} from {header:?}");
            tried += 1;
        }
        for token in ["", &own, &others] {
            assert_eq!(status(&mut nobody, address, token, &[]), 403, "{address} by nobody with {token:?}");
            tried += 1;
        }
    }
    assert_eq!(server.snapshot(), before);
    assert_eq!(ada.get("/admin/schools").status, 200, "still signed in, in the same face");
    println!("{tried} forms at {} addresses refused", addresses.len());
    server.end();
}
