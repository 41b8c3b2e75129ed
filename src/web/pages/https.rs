//! What the pages say about HTTPS: in Settings how it stands, at the set-up what the browser's warning means, and at every
//! door that it is off where it should not be.

use maud::{Markup, html};

/// How it stands with HTTPS.
#[derive(Clone, Debug, Default)]
pub enum HttpsView {
    /// HTTP without encryption.
    #[default]
    Off,
    /// With a certificate.
    On {
        /// Whether Firstbell made it itself.
        is_made: bool,
        /// Its SHA-256, as browsers show it.
        fingerprint: String,
        /// Its last day, written.
        until: String,
        /// Whether it has to be replaced by now.
        ends_soon: bool,
        /// The names and numbers that it is for.
        names: Vec<String>,
    },
}

/// The warning at the door of a site that is reached over a network without encryption.
pub(super) fn in_clear() -> Markup {
    html! {
        div.notice.careful {
            p {
                strong { "This page is not encrypted." }
                " A password that is typed here can be read on its way through the network. Ask whoever runs Firstbell for \
                  its address with https://."
            }
        }
    }
}

/// What the first visitor should know of a certificate that nobody vouches for.
pub(super) fn self_made() -> Markup {
    html! {
        p.soft {
            "If your browser has warned you, that is because Firstbell made its certificate itself, and nobody vouches for it yet. Before \
             you type the code, let the browser show you the certificate: its SHA-256 fingerprint has to be the one in the \
             window where Firstbell was started (capitals and colons do not count). If it is another, close this page: \
             somebody stands in between. With a certificate of the district’s own ("
            code.whole { "--tls-cert" } ", " code.whole { "--tls-key" } ") nobody is warned."
        }
    }
}

/// A fingerprint that breaks between its pairs only.
fn in_pairs(fingerprint: &str) -> Markup {
    html! { @for pair in fingerprint.split_inclusive(':') { (pair) wbr; } }
}

/// The panel in Settings.
pub(super) fn panel(view: &HttpsView) -> Markup {
    html! {
        h2 { "HTTPS" }
        @match view {
            HttpsView::Off => {
                p { strong { "Off." } " What browsers and Firstbell say to each other, passwords too, is not encrypted. That does \
                    no harm while only this machine reaches Firstbell, or a proxy on it that speaks HTTPS." }
                p.soft { "To turn it on, start Firstbell with " code.whole { "--tls auto" } ", or with a certificate of the district’s own, "
                    code.whole { "--tls-cert" } " and " code.whole { "--tls-key" } "; or write that into " code { "firstbell.toml" }
                    " in the data folder." }
            }
            HttpsView::On { is_made, fingerprint, until, ends_soon, names } => {
                p { strong { "On" } @if *is_made { ", with a certificate that Firstbell made itself." }
                    @else { ", with the district’s own certificate." } }
                dl.certificate {
                    div { dt { "Fingerprint (SHA-256)" } dd { code { (in_pairs(fingerprint)) } } }
                    div { dt { "Valid until" } dd { (until) @if *ends_soon { " " strong.bad { "Time to replace it." } } } }
                    @if !names.is_empty() { div { dt { "For" } dd { (names.join(", ")) } } }
                }
                @if *is_made {
                    p.soft { "Browsers warn of it until somebody vouches for it: have the district’s computers trust "
                        code { "firstbell-tls.crt" } " from the data folder, or use a certificate of the district’s own, "
                        code.whole { "--tls-cert" } " and " code.whole { "--tls-key" } ". Firstbell makes it anew a month before it ends, and when \
                        the machine gets another name; the fingerprint is another one then." }
                } @else {
                    p.soft { "Put the next one in the place of the two files before that day. Firstbell takes it up within seconds, \
                        and nobody is interrupted." }
                }
            }
        }
    }
}
