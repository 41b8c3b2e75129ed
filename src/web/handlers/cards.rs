//! Sign-in cards: the page to print, and the CSV for a mail merge.

use super::page_of;
use crate::actions::{self, CARDS_A_PART, CardsCsv, Medium, PrintOrder, PrintedCard};
use crate::domain::{AccountId, SchoolId, Scope, UploadId, UserType};
use crate::problem::Problem;
use crate::secrets::GeneratedPassword;
use crate::store::card::Whose;
use crate::web::context::{Answer, Context, with_header};
use crate::web::http::Response;
use crate::web::pages::cards::{CardRow, CardsView, Layout, Paper, Size, cards as cards_page};
use crate::web::pages::{Pager, number};
use std::io;

pub(in crate::web) fn show(c: &mut Context<'_>) -> Answer {
    let (_, admin) = c.admin()?;
    let (whose, layout, part) = (whose(c), layout(c), page_of(&c.parameter("part")));
    let medium = if layout.is_list { Medium::List(part) } else { Medium::Cards(part) };
    let order = PrintOrder { whose, medium };
    let mut printed = Vec::new();
    let print = actions::print_cards(&mut c.conn, c.site.key(), &admin, &order, c.now, |card| {
        printed.push(card);
        Ok(())
    })?;
    let district = c.district.as_ref();
    let view = CardsView {
        of: print.of,
        deal: print.deal,
        layout,
        address: district.and_then(|district| district.address.clone()),
        can_set_address: admin.scope == Scope::District,
        printed: c.time(c.now),
        cards: printed.iter().map(row).collect(),
        pager: parts(&address("/admin/cards", &order.whose, Some(layout)), part, print.deal.cards),
        csv: address("/admin/cards.csv", &order.whose, None),
        whose: order.whose,
    };
    Ok(c.page(200, cards_page(&c.shell(None), &view)))
}

pub(in crate::web) fn csv(c: &mut Context<'_>) -> Answer {
    let (_, admin) = c.admin()?;
    let order = PrintOrder { whose: whose(c), medium: Medium::Csv };
    let address = c.district.as_ref().and_then(|district| district.address.as_deref()).unwrap_or_default();
    let written = |cause: io::Error| Problem::File { doing: "Writing the cards".to_owned(), cause };
    let mut bytes = Vec::new();
    let mut csv = CardsCsv::begin(&mut bytes, address).map_err(written)?;
    actions::print_cards(&mut c.conn, c.site.key(), &admin, &order, c.now, |card| {
        csv.add(&card).map_err(written)
    })?;
    csv.end().map_err(written)?;
    let answer = Response::new(200, "text/csv; charset=utf-8", bytes);
    let name = match order.whose {
        Whose::Upload(id) => format!("sign-in-cards-job-{}.csv", id.0),
        Whose::School(..) | Whose::These(_) => "sign-in-cards.csv".to_owned(),
    };
    Ok(with_header(answer, "Content-Disposition", &format!("attachment; filename=\"{name}\"")))
}

/// Whose cards the address asks for. A number that is none is nobody's.
fn whose(c: &Context<'_>) -> Whose {
    let number = |text: &str| text.parse::<i64>().unwrap_or(0);
    let (upload, school) = (c.parameter("upload"), c.parameter("school"));
    match (upload.is_empty(), school.is_empty()) {
        (false, _) => Whose::Upload(UploadId(number(&upload))),
        (true, false) => Whose::School(SchoolId(number(&school)), kind(c)),
        (true, true) => {
            let pairs = form_urlencoded::parse(c.request.query.as_bytes());
            Whose::These(
                pairs.filter(|(name, _)| name == "member").map(|(_, id)| AccountId(number(&id))).collect(),
            )
        }
    }
}

fn kind(c: &Context<'_>) -> Option<UserType> {
    let word = c.parameter("type");
    UserType::ALL.into_iter().find(|kind| kind.many() == word)
}

/// How the address asks for them; where it does not say, as most will want them.
fn layout(c: &Context<'_>) -> Layout {
    let (size, paper) = (c.parameter("size"), c.parameter("paper"));
    Layout {
        size: Size::ALL.into_iter().find(|each| each.word() == size).unwrap_or(Size::Eight),
        paper: Paper::ALL.into_iter().find(|each| each.word() == paper).unwrap_or_else(|| usual_paper(c)),
        is_list: c.parameter("as") == "list",
    }
}

/// In most of the Americas paper is Letter, elsewhere A4.
fn usual_paper(c: &Context<'_>) -> Paper {
    let zone = c.district.as_ref().map_or("", |district| district.time_zone.as_str());
    if zone.starts_with("America/") || zone == "Pacific/Honolulu" { Paper::Letter } else { Paper::A4 }
}

/// The address of the same people's cards.
fn address(path: &str, whose: &Whose, layout: Option<Layout>) -> String {
    let start = format!("{path}?");
    let mut query = form_urlencoded::Serializer::for_suffix(start.clone(), start.len());
    match whose {
        Whose::Upload(id) => {
            query.append_pair("upload", &id.0.to_string());
        }
        Whose::School(id, kind) => {
            query.append_pair("school", &id.0.to_string());
            query.append_pair("type", kind.map_or("", UserType::many));
        }
        Whose::These(ids) => {
            query.extend_pairs(ids.iter().map(|id| ("member", id.0.to_string())));
        }
    }
    if let Some(Layout { size, paper, is_list }) = layout {
        query.append_pair("as", if is_list { "list" } else { "cards" });
        query.append_pair("size", size.word());
        query.append_pair("paper", paper.word());
    }
    query.finish()
}

/// The way through the parts of a print that is too long for one page.
fn parts(address: &str, part: u32, total: u32) -> Pager {
    let first = part.saturating_mul(CARDS_A_PART);
    let last = first.saturating_add(CARDS_A_PART).min(total);
    let at = |part: u32| format!("{address}&part={}", part + 1);
    let count = |n: u32| number(n.into());
    Pager {
        previous: (part > 0).then(|| at(part - 1)),
        next: (last < total).then(|| at(part + 1)),
        position: match first < total {
            true => format!("cards {} to {} of {}", count(first + 1), count(last), count(total)),
            false => format!("nothing here; there are {}", count(total)),
        },
    }
}

fn row(PrintedCard { card, password }: &PrintedCard) -> CardRow<'_> {
    CardRow {
        name: format!("{} {}", card.first_name, card.last_name),
        school: &card.school_name,
        username: &card.username,
        password: password.as_ref().map(GeneratedPassword::expose),
    }
}
