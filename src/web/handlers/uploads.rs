//! Bulk User Creation: the five steps, Upload History, and the results of a job.

use super::{ROWS, beside, checks, notice, page_within, pager, spot_of};
use crate::actions::{self, Destination, ReadFiles};
use crate::assets;
use crate::domain::roster::{Answers, ROWS_PER_FILE};
use crate::domain::{Admin, RecordStatus, SchoolId, Scope, UploadId, UploadStatus, UserType, WhoChooses};
use crate::problem::Problem;
use crate::store::record::{self, Record};
use crate::store::upload::{self, Listed};
use crate::store::{mend, school};
use crate::web::context::{Answer, Context, Stop, see_other, trouble_of, with_header};
use crate::web::form::MOST_PARTS;
use crate::web::http::Response;
use crate::web::pages::aftermath::{Aftermath, Undo};
use crate::web::pages::new_upload::{NewUploadView, Received, Schools, new_upload as new_upload_page};
use crate::web::pages::results::{KEPT, Only, Pace, RecordRow, ResultsView, results as results_page};
use crate::web::pages::uploads::{HistoryView, UploadRow, uploads as uploads_page};
use crate::web::pages::{Notice, Problems, SchoolChoice, number, problem::Trouble};

/// How many uploads stand below the five steps.
const LATEST: u32 = 10;

pub(in crate::web) fn sample(c: &mut Context<'_>) -> Answer {
    c.admin()?;
    let sample = assets::file("sample.csv").unwrap_or_default();
    Ok(download(Response::new(200, "text/csv; charset=utf-8", sample), "sample.csv"))
}

pub(in crate::web) fn new(c: &mut Context<'_>) -> Answer {
    let (_, admin) = c.admin()?;
    let received = c.parameter("received");
    let mut view = view(c, &admin, None, None, Problems::default())?;
    for id in received.split(',').filter_map(|id| id.parse().ok()).take(MOST_PARTS) {
        if let Some(listed) = upload::visible_to(&c.conn, admin.scope, UploadId(id))? {
            view.received.push(received_row(listed));
        }
    }
    let notice = notice(&c.parameter("done"));
    Ok(c.page(200, new_upload_page(&c.shell(notice), &view)))
}

pub(in crate::web) fn index(c: &mut Context<'_>) -> Answer {
    let (_, admin) = c.admin()?;
    let total = upload::how_many(&c.conn, admin.scope)?;
    let page = page_within(c, "/admin/uploads", total)?;
    let listed = upload::history(&c.conn, admin.scope, page.saturating_mul(ROWS), ROWS)?;
    let view = history(c, &admin, listed, pager("/admin/uploads", page, total));
    Ok(c.page(200, uploads_page(&c.shell(None), &view)))
}

pub(in crate::web) fn create(c: &mut Context<'_>) -> Answer {
    let (person, admin) = c.admin()?;
    let mut problems = Problems::default();
    let kind = UserType::ALL.into_iter().find(|kind| kind.many() == c.form.get("user_type"));
    if kind.is_none() {
        problems.add("user_type", "Say who is in the file: teachers, students or parents.");
    }
    let school = match admin.scope {
        Scope::School(own) => Some(own),
        Scope::District => {
            let chosen = SchoolId(c.form.get("school_id").parse().unwrap_or(0));
            school::get(&c.conn, admin.scope, chosen)?.map(|school| school.id)
        }
    };
    if school.is_none() {
        problems.add("school_id", "Choose the school that these people belong to.");
    }
    let who_chooses = WhoChooses::from_word(c.form.get("choose_password"));
    let limit = c.district.as_ref().map_or(1, |district| district.rows_per_file);
    let files = c.form.take_files();
    let named = files.iter().map(|file| (file.name.clone(), &*file.bytes));
    let read = match actions::read_files(c.site.key(), named, limit, &Answers::default()) {
        Ok(read) => Some(read),
        Err(Problem::Refused(why)) => {
            let why = match files.len() {
                0 | 1 => why,
                count => format!("{why} None of the {count} files was received."),
            };
            problems.add("file", why);
            None
        }
        Err(other) => return Err(other.into()),
    };
    if files.is_empty() {
        problems.add("file", "Choose the CSV file.");
    }
    let (Some(kind), Some(school), true) = (kind, school, problems.is_empty()) else {
        let view = NewUploadView { who_chooses, ..view(c, &admin, kind, school, problems)? };
        return Ok(c.page(422, new_upload_page(&c.shell(None), &view)));
    };
    let to = Destination { school, kind, by: Some(person.account), who_chooses };
    let is_check = c.form.get("then") == "check";
    let rosters = match read {
        Some(ReadFiles::Clear(rosters)) if !is_check => rosters,
        read => {
            drop(read);
            return checks::hand_in(c, &admin, &to, files, is_check);
        }
    };
    drop(files);
    let ids = actions::receive_upload(&mut c.conn, c.site.key(), &to, &rosters)?;
    c.site.wake();
    match ids.as_slice() {
        [id] => Ok(see_other(&format!("/admin/uploads/{}?received=yes", id.0))),
        ids => {
            let ids: Vec<String> = ids.iter().map(|id| id.0.to_string()).collect();
            Ok(see_other(&format!("/admin/uploads/new?received={}", ids.join(","))))
        }
    }
}

pub(in crate::web) fn show(c: &mut Context<'_>, id: UploadId) -> Answer {
    let (_, admin) = c.admin()?;
    let listed = find(c, &admin, id)?;
    let asked = c.parameter("status");
    let only = match RecordStatus::from_word(&asked) {
        Some(status) => Only::Status(status),
        None if asked == KEPT => Only::Kept,
        None => Only::All,
    };
    let address = match only.word() {
        Some(word) => format!("/admin/uploads/{}?status={word}", id.0),
        None => format!("/admin/uploads/{}", id.0),
    };
    let total = match only {
        Only::Kept => listed.upload.counts.created.saturating_sub(listed.upload.removed),
        Only::All | Only::Status(_) => record::count(&c.conn, admin.scope, id, only.status())?,
    };
    let page = page_within(c, &address, total)?;
    let records = match only {
        Only::Kept => record::kept(&c.conn, admin.scope, id, page.saturating_mul(ROWS), ROWS)?,
        Only::All | Only::Status(_) => {
            record::page(&c.conn, admin.scope, id, only.status(), spot_of(c, page), ROWS)?
        }
    };
    let notice = (c.parameter("received") == "yes").then(|| Notice {
        what: format!("We received {}.", listed.upload.file_name),
        then: format!("It is job {}.", id.0),
    });
    let view = ResultsView {
        id,
        before: uploaded_before(c, &admin, id)?,
        after: aftermath(c, &admin, &listed)?,
        received: c.time(listed.upload.received_at),
        finished: listed.finished_at.map(|time| c.time(time)),
        pace: pace(c, &listed),
        held_up: c.site.trouble().map(|problem| trouble_of(&problem)),
        school: listed.school_name,
        by: listed.by_name,
        file_name: listed.upload.file_name,
        kind: listed.upload.kind,
        status: listed.upload.status,
        failure: listed.upload.failure,
        lines_removed: listed.upload.lines_removed_at.map(|at| c.day(at)),
        total: listed.upload.total,
        counts: listed.upload.counts,
        only,
        pager: match only {
            Only::Kept => pager(&address, page, total),
            Only::All | Only::Status(_) => {
                beside(pager(&address, page, total), records.iter().map(|record| record.line))
            }
        },
        rows: records.into_iter().map(record_row).collect(),
    };
    Ok(c.page(200, results_page(&c.shell(notice), &view)))
}

pub(in crate::web) fn results(c: &mut Context<'_>, id: UploadId) -> Answer {
    let (_, admin) = c.admin()?;
    // Where there are no lines any more, there is no file of them.
    if find(c, &admin, id)?.upload.lines_removed_at.is_some() {
        return Err(Stop::Trouble(Trouble::NotFound));
    }
    let csv = actions::results_csv(&c.conn, id)?;
    let answer = Response::new(200, "text/csv; charset=utf-8", csv);
    Ok(download(answer, &format!("results-{}.csv", id.0)))
}

pub(super) fn find(c: &Context<'_>, admin: &Admin, id: UploadId) -> Result<Listed, Stop> {
    upload::visible_to(&c.conn, admin.scope, id)?.ok_or(Stop::Trouble(Trouble::NotFound))
}

pub(super) fn download(answer: Response, name: &str) -> Response {
    with_header(answer, "Content-Disposition", &format!("attachment; filename=\"{name}\""))
}

/// The upload of the very same file that was before a job, and when.
fn uploaded_before(c: &Context<'_>, admin: &Admin, id: UploadId) -> Result<Option<(UploadId, String)>, Stop> {
    let Some(mark) = upload::file_mark(&c.conn, id)? else { return Ok(None) };
    let before = upload::of_the_same_file(&c.conn, admin.scope, &mark, Some(id))?;
    Ok(before.map(|(job, when)| (job, c.time(when))))
}

/// What came after a job, and what can still be done.
fn aftermath(c: &Context<'_>, admin: &Admin, listed: &Listed) -> Result<Aftermath, Stop> {
    let upload = &listed.upload;
    let undo = match (upload.status, upload.undone_at) {
        (UploadStatus::Undone, Some(at)) => {
            Undo::Done { when: c.time(at), by: listed.undone_by_name.clone() }
        }
        (_, Some(_)) => Undo::Running,
        (_, None) if upload.can_be_undone() => Undo::Possible,
        (_, None) => Undo::No,
    };
    let (mended_in, to_mend) = if upload.status.is_final() && upload.counts.failed > 0 {
        let mended_in = mend::mended_in(&c.conn, admin.scope, upload.id)?;
        (mended_in, mend::count_left(&c.conn, admin.scope, upload.id)?)
    } else {
        (Vec::new(), 0)
    };
    Ok(Aftermath { mends: upload.mends, mended_in, to_mend, removed: upload.removed, undo })
}

fn view(
    c: &Context<'_>,
    admin: &Admin,
    kind: Option<UserType>,
    chosen: Option<SchoolId>,
    problems: Problems,
) -> Result<NewUploadView, Stop> {
    let latest = upload::history(&c.conn, admin.scope, 0, LATEST)?;
    let total = upload::how_many(&c.conn, admin.scope)?;
    let mut pager = crate::web::pages::Pager::default();
    if total > LATEST {
        pager.next = Some("/admin/uploads".to_owned());
        pager.position = format!("the latest {LATEST} of {}", number(total.into()));
    }
    let school = match admin.scope {
        Scope::School(own) => Schools::Own(school::name(&c.conn, own)?),
        Scope::District => {
            let choice = |(id, name)| SchoolChoice { id, name };
            let all: Vec<_> = school::choices(&c.conn, admin.scope)?.into_iter().map(choice).collect();
            let only = if let [school] = all.as_slice() { Some(school.id) } else { None };
            Schools::Choose { chosen: chosen.or(only), all }
        }
    };
    let rows_per_file = c.district.as_ref().map_or(1, |district| district.rows_per_file);
    Ok(NewUploadView {
        school,
        rows_per_file,
        longest: longest(c, rows_per_file),
        kind,
        who_chooses: None,
        students_choose: c.district.as_ref().is_some_and(|district| district.students_choose_password),
        problems,
        received: Vec::new(),
        history: history(c, admin, latest, pager),
    })
}

/// How long the longest file takes, where it is longer than anybody waits for.
fn longest(c: &Context<'_>, rows_per_file: u32) -> Option<u64> {
    let time = c.site.lane().time_for(rows_per_file)?;
    (rows_per_file > ROWS_PER_FILE).then(|| time.as_secs().max(1))
}

fn history(
    c: &Context<'_>,
    admin: &Admin,
    listed: Vec<Listed>,
    pager: crate::web::pages::Pager,
) -> HistoryView {
    let row = |listed: Listed| UploadRow {
        id: listed.upload.id,
        file_name: listed.upload.file_name,
        school: listed.school_name,
        kind: listed.upload.kind,
        by: listed.by_name,
        received: c.short_time(listed.upload.received_at),
        status: listed.upload.status,
        total: listed.upload.total,
        counts: listed.upload.counts,
        removed: listed.upload.removed,
        mends: listed.upload.mends,
        lines_removed: listed.upload.lines_removed_at.map(|at| c.day(at)),
    };
    HistoryView {
        rows: listed.into_iter().map(row).collect(),
        pager,
        shows_school: admin.scope == Scope::District,
    }
}

fn received_row(listed: Listed) -> Received {
    Received {
        id: listed.upload.id,
        file_name: listed.upload.file_name,
        total: listed.upload.total,
        kind: listed.upload.kind,
        school: listed.school_name,
    }
}

fn record_row(record: Record) -> RecordRow {
    RecordRow {
        line: record.line,
        name: format!("{} {}", record.first_name, record.last_name).trim().to_owned(),
        email: record.email,
        username: (!record.username.is_empty()).then_some(record.username),
        status: record.status,
        message: record.message,
    }
}

/// How fast a running job has gone so far, and how long the rest takes at that pace.
fn pace(c: &Context<'_>, listed: &Listed) -> Option<Pace> {
    let started = listed.started_at.filter(|_| listed.upload.status == UploadStatus::InProgress)?;
    let millis =
        u64::try_from(c.now.as_millisecond() - started.as_millisecond()).ok().filter(|millis| *millis > 0)?;
    let done = u64::from(listed.upload.counts.done());
    let left = u64::from(listed.upload.total).saturating_sub(done);
    let per_second = u32::try_from(done * 1_000 / millis).unwrap_or(u32::MAX);
    (done > 0).then(|| Pace { per_second, seconds_left: (left * millis).div_ceil(done * 1_000) })
}
