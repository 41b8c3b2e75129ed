//! Files handed in to be checked: looking at one, answering what it asks, choosing lines, and making the accounts.

use super::{ROWS, page_within, pager, problems};
use crate::actions::{self, Destination, Differences, FieldFault, FromDraft, NotDone};
use crate::domain::roster::{Answers, Column, Encoding, Question, Reading, Unreadable};
use crate::domain::{Admin, DraftId, RecordStatus, UploadId};
use crate::store::draft::{self, Draft, Planned, Which};
use crate::store::upload;
use crate::web::context::{Answer, Context, Stop, see_other};
use crate::web::form::SentFile;
use crate::web::http::Response;
use crate::web::pages::check::{
    CheckView, Foreseen, Stage, WaitingFile, check as check_page, checks as checks_page, which,
};
use crate::web::pages::{Notice, Problems};
use std::collections::HashSet;

/// How many files that wait are listed: more than anybody hands in within a day.
const MOST_FILES: u32 = 200;
/// How many lines with a namesake are shown to be ticked.
const MOST_NAMESAKES: u32 = 100;

pub(in crate::web) fn index(c: &mut Context<'_>) -> Answer {
    let (_, admin) = c.admin()?;
    list(c, &admin, 200)
}

fn list(c: &Context<'_>, admin: &Admin, status: u16) -> Answer {
    let waiting = |draft: Draft| WaitingFile {
        id: draft.id,
        file_name: draft.file_name,
        school: draft.school_name,
        kind: draft.kind,
        handed_in: c.short_time(draft.handed_in_at),
    };
    let files: Vec<_> = draft::list(&c.conn, admin, MOST_FILES)?.into_iter().map(waiting).collect();
    let notice = (status != 200).then(|| Notice {
        what: "Nothing was made yet.".to_owned(),
        then:
            "One of the files leaves something open. Open each, answer what it asks, and create its accounts."
                .to_owned(),
    });
    Ok(c.page(status, checks_page(&c.shell(notice), &files)))
}

/// Keeps the files of an upload's form to be checked. The answer says so, or, if whoever sent them wanted them made at
/// once, that something is asked first.
pub(super) fn hand_in(
    c: &mut Context<'_>,
    admin: &Admin,
    to: &Destination,
    files: Vec<SentFile>,
    wanted: bool,
) -> Answer {
    let mut ids = Vec::new();
    for file in files {
        let handed_in = (file.name.as_str(), file.bytes);
        ids.push(actions::hand_in_draft(&mut c.conn, c.site.key(), admin, to, handed_in, c.now)?);
    }
    match (ids.as_slice(), wanted) {
        ([id], true) => Ok(see_other(&format!("/admin/checks/{}", id.0))),
        (_, true) => Ok(see_other("/admin/checks")),
        ([id], false) => show_with(c, admin, *id, 422, Came::default()),
        (_, false) => list(c, admin, 422),
    }
}

pub(in crate::web) fn show(c: &mut Context<'_>, id: DraftId) -> Answer {
    let (_, admin) = c.admin()?;
    show_with(c, &admin, id, 200, Came::default())
}

pub(in crate::web) fn answer(c: &mut Context<'_>, id: DraftId) -> Answer {
    let (_, admin) = c.admin()?;
    let draft = draft::get(&c.conn, &admin, id)?.ok_or(NotDone::NotFound)?;
    let mut answers = Answers::from_text(&draft.answers).unwrap_or_default();
    let field = |name: &str| c.form.get(name);
    if field("again") == "yes" {
        answers = Answers::default();
    }
    if let Some(encoding) = Encoding::from_label(field("encoding")) {
        answers.encoding = Some(encoding);
    }
    if !field("sheet").is_empty() {
        answers.sheet = Some(field("sheet").to_owned());
    }
    match field("short_rows") {
        "blank" => answers.short_rows_are_blank = true,
        "refuse" => answers.short_rows_are_blank = false,
        _ => {}
    }
    let columns: Vec<_> = (0..)
        .map(|at| c.form.get(&format!("column-{at}")))
        .take_while(|word| !word.is_empty())
        .map(Column::from_heading)
        .collect();
    if !columns.is_empty() {
        answers.columns = Some(columns);
    }
    match actions::answer_draft(&mut c.conn, c.site.key(), &admin, id, &answers) {
        Ok(()) => Ok(see_other(&format!("/admin/checks/{}", id.0))),
        Err(NotDone::Refused(faults)) => refused(c, &admin, id, faults, Came { answers, ..Came::default() }),
        Err(other) => Err(other.into()),
    }
}

pub(in crate::web) fn choose(c: &mut Context<'_>, id: DraftId) -> Answer {
    let (_, admin) = c.admin()?;
    let lines =
        |field: &str| c.form.all(field).filter_map(|line| line.parse().ok()).collect::<HashSet<u32>>();
    let (shown, ticked) = (lines("shown"), lines("left_out"));
    let all = match c.form.get("all") {
        "leave_out" => Some(true),
        "create" => Some(false),
        _ => None,
    };
    let choice = |planned: &Planned| match all {
        Some(leaves_out) => planned.is_namesake && leaves_out,
        None if shown.contains(&planned.line) => ticked.contains(&planned.line),
        None => planned.is_left_out,
    };
    let seen = c.form.get("revision").parse().ok();
    match actions::choose_lines(&mut c.conn, c.site.key(), &admin, (id, seen), choice) {
        Ok(()) => Ok(see_other(&format!("/admin/checks/{}", id.0))),
        Err(NotDone::Refused(faults)) => refused(c, &admin, id, faults, Came::default()),
        Err(other) => Err(other.into()),
    }
}

pub(in crate::web) fn create(c: &mut Context<'_>, id: DraftId) -> Answer {
    let (_, admin) = c.admin()?;
    let seen = c.form.get("revision").parse().ok();
    match actions::create_from_draft(&mut c.conn, c.site.key(), &admin, (id, seen), c.now) {
        Ok(FromDraft::Received(UploadId(job))) => {
            c.site.wake();
            Ok(see_other(&format!("/admin/uploads/{job}?received=yes")))
        }
        Ok(FromDraft::Changed(differences)) => {
            show_with(c, &admin, id, 422, Came { differences, ..Came::default() })
        }
        Err(NotDone::Refused(faults)) => refused(c, &admin, id, faults, Came::default()),
        Err(other) => Err(other.into()),
    }
}

pub(in crate::web) fn discard(c: &mut Context<'_>, id: DraftId) -> Answer {
    let (_, admin) = c.admin()?;
    actions::discard_draft(&mut c.conn, &admin, id)?;
    Ok(see_other("/admin/uploads/new?done=discarded"))
}

/// What came of a form on the page of a check, to be said there.
#[derive(Default)]
struct Came {
    problems: Problems,
    /// What was answered, and could not be taken.
    answers: Answers,
    differences: Differences,
}

fn refused(c: &Context<'_>, admin: &Admin, id: DraftId, faults: Vec<FieldFault>, came: Came) -> Answer {
    let problems = problems(faults, |field| field);
    show_with(c, admin, id, 422, Came { problems, ..came })
}

fn show_with(c: &Context<'_>, admin: &Admin, id: DraftId, status: u16, came: Came) -> Answer {
    let (draft, reading, mark) = actions::read_draft(&c.conn, c.site.key(), admin, id)?;
    let before = upload::of_the_same_file(&c.conn, admin.scope, &mark, None)?;
    let (understood, stage) = stage(c, id, reading, &came.answers, came.differences)?;
    let answers = Answers::from_text(&draft.answers).unwrap_or_default();
    let view = CheckView {
        id,
        revision: draft.revision,
        file_name: draft.file_name,
        school: draft.school_name,
        kind: draft.kind,
        before: before.map(|(job, when)| (job, c.time(when))),
        understood,
        is_answered: Answers { short_rows_are_blank: false, ..answers.clone() } != Answers::default(),
        short_rows_are_blank: answers.short_rows_are_blank,
        stage,
        problems: came.problems,
    };
    let answer: Response = c.page(status, check_page(&c.shell(None), &view));
    Ok(answer)
}

fn stage(
    c: &Context<'_>,
    id: DraftId,
    reading: Result<Reading, Unreadable>,
    answers: &Answers,
    differences: Differences,
) -> Result<(Option<crate::domain::roster::Understood>, Stage), Stop> {
    let roster = match reading {
        Err(why) => return Ok((None, Stage::Unreadable(why.to_string()))),
        Ok(Reading::Unclear(mut unclear)) => {
            for question in &mut unclear.questions {
                if let (Question::Columns { guess, .. }, Some(chosen)) = (question, &answers.columns) {
                    guess.clone_from(chosen);
                }
            }
            return Ok((Some(unclear.understood), Stage::Asked(unclear.questions)));
        }
        Ok(Reading::Clear(roster)) => roster,
    };
    let status = RecordStatus::from_word(&c.parameter("status"));
    let counts = draft::counts(&c.conn, id)?;
    let total = match status {
        None => counts.created + counts.skipped + counts.failed,
        Some(RecordStatus::Created) => counts.created,
        Some(RecordStatus::Skipped) => counts.skipped,
        Some(RecordStatus::Failed) => counts.failed,
        Some(RecordStatus::Pending) => 0,
    };
    let address = match status {
        Some(status) => format!("/admin/checks/{}?status={}", id.0, status.word()),
        None => format!("/admin/checks/{}", id.0),
    };
    let page = page_within(c, &address, total)?;
    let foreseen = Foreseen {
        counts,
        changed_lines: differences.lines,
        changed: differences.first.into_iter().map(|it| (it.before, it.now)).collect(),
        namesakes: draft::page(&c.conn, id, Which::Namesakes, 0, MOST_NAMESAKES)?,
        rows: draft::page(&c.conn, id, which(status), page.saturating_mul(ROWS), ROWS)?,
        which: status,
        pager: pager(&address, page, total),
    };
    Ok((Some(roster.understood), Stage::Foreseen(Box::new(foreseen))))
}
