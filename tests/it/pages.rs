//! The pages, every one with samples on it: what must hold on each, whatever is on it.

use crate::samples::{HOSTILE, all};
use std::collections::BTreeSet;

/// The tags of a page as they stand, without their angle brackets: `input id="x" type="text"`.
fn tags(page: &str) -> Vec<&str> {
    page.split('<').skip(1).map(|rest| rest.split('>').next().unwrap()).collect()
}

fn tags_named<'a>(page: &'a str, names: &[&str]) -> Vec<&'a str> {
    tags(page).into_iter().filter(|tag| names.contains(&tag.split([' ', '/']).next().unwrap())).collect()
}

/// The value of an attribute of a tag.
fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    tag.split(&format!(" {name}=\"")).nth(1).map(|rest| rest.split('"').next().unwrap())
}

fn ids(page: &str) -> Vec<&str> {
    tags(page).into_iter().filter_map(|tag| attribute(tag, "id")).collect()
}

#[test]
fn a_hostile_name_is_text_on_every_page() {
    let mut shown = 0;
    for (name, page) in all() {
        assert!(!page.contains("<script>alert"), "{name} lets a script in");
        assert!(!page.contains("<img"), "{name} lets an image in");
        shown += page.matches("&lt;script&gt;alert(1)&lt;/script&gt;").count();
    }
    assert!(shown > 20, "{HOSTILE} is to be seen on the pages, as text: {shown} times");
}

#[test]
fn nothing_is_inline_and_nothing_comes_from_another_host() {
    for (name, page) in all() {
        assert_eq!(page.matches("<script").count(), 1, "{name} has a script of its own");
        assert!(!page.contains("<style"), "{name} has a style of its own");
        for tag in tags(&page) {
            let attributes = tag.split('"').step_by(2).skip(1).chain(tag.split('"').take(1));
            for attribute in attributes.flat_map(str::split_whitespace) {
                assert!(!attribute.starts_with("style="), "{name}: {tag}");
                assert!(!(attribute.starts_with("on") && attribute.ends_with('=')), "{name}: {tag}");
            }
            for address in ["href", "src", "action"].iter().filter_map(|a| attribute(tag, a)) {
                assert!(address.starts_with(['/', '#', '?']) && !address.starts_with("//"), "{name}: {tag}");
            }
        }
    }
}

#[test]
fn every_form_that_posts_carries_the_token() {
    for (name, page) in all() {
        for form in page.split("<form").skip(1) {
            let form = form.split("</form>").next().unwrap();
            if form.contains("method=\"post\"") {
                assert!(form.contains("type=\"hidden\" name=\"csrf\" value=\"a-token\""), "{name}: {form}");
            } else {
                assert!(!form.contains("csrf"), "{name} would put the token into an address: {form}");
            }
        }
    }
}

#[test]
fn every_field_has_its_label_and_no_password_comes_back() {
    for (name, page) in all() {
        let labels: BTreeSet<&str> =
            tags_named(&page, &["label"]).into_iter().filter_map(|tag| attribute(tag, "for")).collect();
        for field in tags_named(&page, &["input", "select"]) {
            if attribute(field, "type") == Some("hidden") || field.ends_with(" hidden") {
                continue;
            }
            let id = attribute(field, "id").unwrap_or_else(|| panic!("{name}: {field} has no id"));
            assert!(labels.contains(id), "{name}: {field} has no label");
            assert!(
                attribute(field, "type") != Some("password") || attribute(field, "value").is_none(),
                "{name}: a password comes back in {field}"
            );
        }
    }
}

#[test]
fn every_problem_stands_beside_its_field_and_on_top() {
    for (name, page) in all() {
        let ids: BTreeSet<&str> = ids(&page).into_iter().collect();
        let beside = tags(&page)
            .into_iter()
            .filter_map(|tag| attribute(tag, "id"))
            .filter(|id| id.ends_with("-problem"))
            .count();
        let summary = page
            .split("<div class=\"summary\"")
            .nth(1)
            .map_or("", |rest| rest.split("</div>").next().unwrap());
        let links: Vec<&str> =
            tags_named(summary, &["a"]).into_iter().filter_map(|tag| attribute(tag, "href")).collect();
        assert_eq!(links.len(), beside, "{name}: as many links as problems");
        assert_eq!(summary.contains("role=\"alert\""), beside > 0, "{name}");
        for link in links {
            assert!(ids.contains(link.trim_start_matches('#')), "{name}: {link} leads nowhere");
        }
        for described in tags(&page).into_iter().filter_map(|tag| attribute(tag, "aria-describedby")) {
            assert!(described.split(' ').all(|id| ids.contains(id)), "{name}: {described} is not there");
        }
    }
}

#[test]
fn every_page_has_one_heading_its_landmarks_and_no_id_twice() {
    for (name, page) in all() {
        assert_eq!(page.matches("<h1").count(), 1, "{name}");
        assert_eq!(page.matches("<main").count(), 1, "{name}");
        assert!(page.contains("<a class=\"skip\" href=\"#main\">"), "{name}");
        assert!(page.contains("<html lang=\"en\">"), "{name}");
        assert_eq!(page.matches("<table").count(), page.matches("<caption").count(), "{name}");
        let mut seen = BTreeSet::new();
        for id in ids(&page) {
            assert!(seen.insert(id), "{name} has the id {id} twice");
        }
    }
}

#[test]
fn the_script_is_small_and_the_styles_name_no_host() {
    let script = firstbell::assets::file("firstbell.js").unwrap();
    assert!(script.len() <= 3 * 1024, "{} bytes", script.len());
    for styles in ["firstbell.css", "cards.css"] {
        let styles = firstbell::assets::file(styles).unwrap();
        assert!(!String::from_utf8_lossy(&styles).contains("url("));
    }
}
