//! Mending: the failed lines of an upload as fields and as a file, and the form that hands them in anew.

use super::uploads::{download, find};
use super::{ROWS, address_of, page_within, pager, problems};
use crate::actions::{self, MendedLine, NotDone};
use crate::domain::{Admin, UploadId};
use crate::problem::Problem;
use crate::store::mend;
use crate::store::record::Record;
use crate::web::context::{Answer, Context, Stop, see_other};
use crate::web::http::Response;
use crate::web::pages::Problems;
use crate::web::pages::mend::{MendLine, MendView, mend as mend_page};
use std::collections::BTreeSet;

pub(in crate::web) fn show(c: &mut Context<'_>, id: UploadId) -> Answer {
    let (_, admin) = c.admin()?;
    let view = view(c, &admin, id)?;
    Ok(c.page(200, mend_page(&c.shell(None), &view)))
}

pub(in crate::web) fn hand_in(c: &mut Context<'_>, id: UploadId) -> Answer {
    let (_, admin) = c.admin()?;
    let asked: BTreeSet<u32> =
        c.form.get("lines").split(',').filter_map(|line| line.parse().ok()).take(ROWS as usize).collect();
    let field = |name: &str, line: u32| c.form.get(&format!("{name}-{line}"));
    let taken = asked.iter().copied().filter(|line| field("leave_out", *line) != "yes");
    let lines: Vec<MendedLine<'_>> = taken
        .map(|line| MendedLine {
            line,
            first_name: field("first_name", line),
            last_name: field("last_name", line),
            email: field("email", line),
            password: field("password", line),
        })
        .collect();
    match actions::mend_upload(&mut c.conn, c.site.key(), &admin, id, &lines, c.now) {
        Ok(upload) => {
            c.site.wake();
            Ok(see_other(&format!("/admin/uploads/{}?received=yes", upload.0)))
        }
        Err(NotDone::Refused(faults)) => {
            let mut view = view(c, &admin, id)?;
            view.problems = problems(faults, |_| "lines");
            for line in view.lines.iter_mut().filter(|line| asked.contains(&line.line)) {
                keep_what_was_typed(c, line);
            }
            Ok(c.page(422, mend_page(&c.shell(None), &view)))
        }
        Err(other) => Err(other.into()),
    }
}

/// The failed lines that can be mended, as a file that can be corrected and uploaded.
pub(in crate::web) fn file(c: &mut Context<'_>, id: UploadId) -> Answer {
    let (_, admin) = c.admin()?;
    find(c, &admin, id)?;
    let records = mend::left(&c.conn, admin.scope, id, 0, u32::MAX)?;
    let mut csv = Vec::new();
    actions::write_failed_lines(&mut csv, &records)
        .map_err(|cause| Problem::File { doing: "Writing the failed lines".to_owned(), cause })?;
    let answer = Response::new(200, "text/csv; charset=utf-8", csv);
    Ok(download(answer, &format!("failed-{}.csv", id.0)))
}

fn view(c: &Context<'_>, admin: &Admin, id: UploadId) -> Result<MendView, Stop> {
    let upload = find(c, admin, id)?.upload;
    let total = mend::count_left(&c.conn, admin.scope, id)?;
    let first = format!("/admin/uploads/{}/mend", id.0);
    let page = page_within(c, &first, total)?;
    let records = mend::left(&c.conn, admin.scope, id, page.saturating_mul(ROWS), ROWS)?;
    Ok(MendView {
        id,
        address: if page == 0 { first.clone() } else { address_of(&first, page) },
        file_name: upload.file_name,
        kind: upload.kind,
        total,
        lines: records.into_iter().map(line).collect(),
        pager: pager(&first, page, total),
        problems: Problems::default(),
    })
}

/// How much of a cell is put into the form. What is longer is no name and no email, and fifty lines of it would be no form.
const SHOWN: usize = 300;

fn line(record: Record) -> MendLine {
    let shown = |cell: String| cell.chars().take(SHOWN).collect();
    MendLine {
        line: record.line,
        first_name: shown(record.first_name),
        last_name: shown(record.last_name),
        email: shown(record.email),
        is_left_out: false,
        why: record.message,
    }
}

fn keep_what_was_typed(c: &Context<'_>, line: &mut MendLine) {
    let typed = |field: &str| c.form.get(&format!("{field}-{}", line.line)).to_owned();
    let [first_name, last_name, email] = ["first_name", "last_name", "email"].map(typed);
    line.is_left_out = typed("leave_out") == "yes";
    (line.first_name, line.last_name, line.email) = (first_name, last_name, email);
}
