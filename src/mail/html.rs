//! The HTML part of a letter. Mail programs read old HTML, so it is tables and styles in place; what dark mode needs
//! stands in the head, for those that read it.

use super::words::{Block, ProblemLine, Words};
use maud::{DOCTYPE, Markup, PreEscaped, html as markup};

const PAGE: &str = "margin:0;padding:24px 12px;background:#f6f5f1;color:#1b2027;\
                    font:16px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans',sans-serif";
const SHEET: &str = "max-width:600px;margin:0 auto;padding:28px;background:#ffffff;border:1px solid #dedcd4;border-radius:8px";
const DISTRICT: &str = "margin:0 0 20px;font-weight:600;color:#27509e";
const TEXT: &str = "margin:0 0 16px";
const LEAD: &str = "margin:0 0 16px;font-size:20px;line-height:1.3;font-weight:600";
const FACTS: &str = "margin:0 0 20px;border-collapse:collapse";
const WORD: &str = "padding:2px 20px 2px 0;text-align:left;vertical-align:top;font-weight:400;color:#596270";
const FACT: &str = "padding:2px 0;vertical-align:top;overflow-wrap:anywhere";
const LINES: &str = "width:100%;margin:0 0 20px;border-collapse:collapse;font-size:15px";
const HEAD: &str = "padding:6px 12px 6px 0;text-align:left;border-bottom:2px solid #dedcd4;font-weight:600";
const CELL: &str =
    "padding:8px 12px 8px 0;vertical-align:top;border-bottom:1px solid #dedcd4;overflow-wrap:anywhere";
const BUTTON: &str = "display:inline-block;padding:11px 20px;border-radius:6px;background:#27509e;color:#ffffff;\
                      font-weight:600;text-decoration:none";
const CLOSING: &str = "max-width:600px;margin:16px auto 0;padding:0 28px;font-size:14px;color:#596270";

/// For mail programs that follow the reader's choice of a dark screen.
const DARK: &str = "@media (prefers-color-scheme: dark) {\
    body { background: #14171c !important; color: #e9ebee !important; }\
    .sheet { background: #1d2127 !important; border-color: #343a43 !important; }\
    .district { color: #9dbcf8 !important; }\
    .soft { color: #a5adb8 !important; }\
    th, td { border-color: #343a43 !important; }\
    .button { background: #9dbcf8 !important; color: #10203d !important; } }";

/// A letter as HTML. `from` is the district's name, which stands on top.
#[must_use]
pub fn html(words: &Words, from: &str) -> String {
    markup! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="supported-color-schemes" content="light dark";
                title { (words.subject) }
                style { (PreEscaped(DARK)) }
            }
            body style=(PAGE) {
                div.sheet style=(SHEET) {
                    p.district style=(DISTRICT) { bdi { (from) } }
                    @for block in &words.blocks { (part(block)) }
                }
                p.soft style=(CLOSING) { (words.closing) }
            }
        }
    }
    .into_string()
}

fn part(block: &Block) -> Markup {
    markup! {
        @match block {
            Block::Text(text) => p style=(TEXT) { (text) },
            Block::Lead(text) => p style=(LEAD) { (text) },
            Block::Facts(facts) => {
                table style=(FACTS) {
                    @for (word, what) in facts {
                        tr { th.soft scope="row" style=(WORD) { (word) } td style=(FACT) { bdi { (what) } } }
                    }
                }
            }
            Block::Lines(lines) => {
                table style=(LINES) {
                    tr { @for word in ["Line", "Name", "What is wrong"] { th scope="col" style=(HEAD) { (word) } } }
                    @for line in lines { (row(line)) }
                }
            }
            Block::Link(label, address) => p style=(TEXT) { a.button href=(address) style=(BUTTON) { (label) } },
        }
    }
}

fn row(line: &ProblemLine) -> Markup {
    markup! {
        tr {
            td style=(CELL) { (line.line) }
            td style=(CELL) { bdi { (line.name) } }
            td style=(CELL) { strong { (line.status.word()) } ": " (line.message) }
        }
    }
}
