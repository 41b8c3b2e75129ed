//! Mending: the failed lines of an upload as fields and as a file, and the form that hands them in anew.

use super::uploads::{download, find};
use super::{ROWS, address_of, page_within, pager, problems};
use crate::actions::{self, FieldFault, MendedLine, NotDone};
use crate::domain::{Admin, UploadId};
use crate::problem::Problem;
use crate::store::mend;
use crate::store::record::Record;
use crate::web::context::{Answer, Context, Stop, see_other};
use crate::web::form::Form;
use crate::web::http::Response;
use crate::web::pages::mend::{MendLine, MendView, mend as mend_page};
use crate::web::pages::{Pager, Problems, field_on_line};
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
    let taken = asked.iter().copied().filter(|line| !is_left_out(&c.form, *line));
    let lines: Vec<MendedLine<'_>> = taken.map(|line| typed(&c.form, line)).collect();
    match actions::mend_upload(&mut c.conn, c.site.key(), &admin, id, &lines, c.now) {
        Ok(upload) => {
            c.site.wake();
            Ok(see_other(&format!("/admin/uploads/{}?received=yes", upload.0)))
        }
        Err(NotDone::Refused(faults)) => refused(c, &admin, id, &asked, faults),
        Err(other) => Err(other.into()),
    }
}

fn is_left_out(form: &Form, line: u32) -> bool {
    form.get(&field_on_line("leave_out", line)) == "yes"
}

fn typed(form: &Form, line: u32) -> MendedLine<'_> {
    let field = |name: &str| form.get(&field_on_line(name, line));
    MendedLine {
        line,
        first_name: field("first_name"),
        last_name: field("last_name"),
        email: field("email"),
        password: field("password"),
    }
}

/// The form that is refused, with the lines that it was sent with, as far as they are still to be mended, and what was typed.
fn refused(
    c: &Context<'_>,
    admin: &Admin,
    id: UploadId,
    asked: &BTreeSet<u32>,
    faults: Vec<FieldFault>,
) -> Answer {
    let were_judged = faults.iter().all(|fault| fault.line.is_some());
    let mut view = view(c, admin, id)?;
    view.problems = problems(faults, |field| field);
    let asked: Vec<u32> = asked.iter().copied().collect();
    let sent = mend::left_among(&c.conn, admin.scope, id, &asked)?;
    // Others may have been taken up meanwhile, so that this page has other lines by now.
    if !sent.is_empty() && sent.iter().map(|record| record.line).ne(view.lines.iter().map(|line| line.line)) {
        view.lines = sent.into_iter().map(line).collect();
        view.pager = Pager::default();
    }
    for line in view.lines.iter_mut().filter(|line| asked.contains(&line.line)) {
        keep_what_was_typed(&c.form, line, were_judged);
    }
    Ok(c.page(422, mend_page(&c.shell(None), &view)))
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
        had_password: false,
        is_left_out: false,
        why: record.message,
    }
}

fn keep_what_was_typed(form: &Form, line: &mut MendLine, were_judged: bool) {
    let typed = typed(form, line.line);
    line.is_left_out = is_left_out(form, line.line);
    let row = typed.row();
    if were_judged && !line.is_left_out && row.is_some() {
        line.why.clear();
    }
    line.had_password = row.is_some_and(|row| row.password.is_some());
    line.first_name = typed.first_name.to_owned();
    line.last_name = typed.last_name.to_owned();
    line.email = typed.email.to_owned();
}
