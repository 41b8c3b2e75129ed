//! The QR code of an address: defined once on a page, and shown on it as often as is wanted.

use fast_qr::{ECL, QRBuilder, QRCode};
use maud::{Markup, html};

/// The code of an address, to be shown with [`shown`]; nothing if it is too long for one.
pub(super) fn defined(address: &str) -> Markup {
    // Level M is read with 15 in 100 of it smudged, and keeps the squares large.
    let Ok(code) = QRBuilder::new(address).ecl(ECL::M).build() else { return html! {} };
    html! {
        svg.unseen aria-hidden="true" focusable="false" {
            symbol #qr viewBox={ "0 0 " (code.size) " " (code.size) } { path d=(path(&code)) {} }
        }
    }
}

/// The code that is defined on this page. It says nothing that does not stand beside it in words.
pub(super) fn shown() -> Markup {
    html! { svg.qr aria-hidden="true" focusable="false" shape-rendering="crispEdges" { use href="#qr" {} } }
}

/// The dark squares of a code, as many as lie side by side in one stroke.
fn path(code: &QRCode) -> String {
    let mut path = String::new();
    for (y, row) in code.data.chunks(code.size.max(1)).take(code.size).enumerate() {
        let mut x = 0;
        for run in row.chunk_by(|one, next| one.value() == next.value()) {
            if run.first().is_some_and(|module| module.value()) {
                path.push_str(&format!("M{x} {y}h{n}v1h-{n}z", n = run.len()));
            }
            x += run.len();
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_dark_square_is_drawn_once_and_no_other() {
        let code = QRBuilder::new("https://accounts.springfield.example").ecl(ECL::M).build().unwrap();
        let mut drawn = vec![false; code.size * code.size];
        for stroke in path(&code).split('M').skip(1) {
            let (x, rest) = stroke.split_once(' ').unwrap();
            let (y, rest) = rest.split_once('h').unwrap();
            let (n, _) = rest.split_once('v').unwrap();
            let [x, y, n]: [usize; 3] = [x, y, n].map(|number| number.parse().unwrap());
            for at in x..x + n {
                assert!(!drawn[y * code.size + at], "{at} {y} is drawn twice");
                drawn[y * code.size + at] = true;
            }
        }
        let dark: Vec<bool> =
            (0..code.size).flat_map(|y| code[y].iter().map(|module| module.value())).collect();
        assert_eq!(drawn, dark);
    }

    #[test]
    fn an_address_of_any_length_that_is_kept_has_a_code() {
        let longest = format!("https://{}.example", "a".repeat(184));
        assert!(defined(&longest).into_string().contains("<path d=\"M0 0h7v1h-7z"));
        assert_eq!(defined(&"a".repeat(5_000)).into_string(), "");
    }
}
