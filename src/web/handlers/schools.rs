//! Schools: the list with its counts, add, rename.

use super::{notice, problems};
use crate::actions::{self, NotDone};
use crate::domain::{Admin, SchoolId};
use crate::store::school;
use crate::web::context::{Answer, Context, Stop, see_other};
use crate::web::pages::Problems;
use crate::web::pages::schools::{RefusedRename, SchoolRow, SchoolsView, schools as schools_page};

pub(in crate::web) fn index(c: &mut Context<'_>) -> Answer {
    let (_, admin) = c.district_admin()?;
    let view = view(c, &admin)?;
    let notice = notice(&c.parameter("done"));
    Ok(c.page(200, schools_page(&c.shell(notice), &view)))
}

pub(in crate::web) fn create(c: &mut Context<'_>) -> Answer {
    let (_, admin) = c.district_admin()?;
    let name = c.form.get("name").to_owned();
    match actions::add_school(&mut c.conn, &admin, &name, c.now) {
        Ok(_) => Ok(see_other("/admin/schools?done=added")),
        Err(NotDone::Refused(faults)) => {
            let view = SchoolsView { name, problems: problems(faults, |_| "name"), ..view(c, &admin)? };
            Ok(c.page(422, schools_page(&c.shell(None), &view)))
        }
        Err(other) => Err(other.into()),
    }
}

pub(in crate::web) fn rename(c: &mut Context<'_>, id: SchoolId) -> Answer {
    let (_, admin) = c.district_admin()?;
    let name = c.form.get("name").to_owned();
    match actions::rename_school(&mut c.conn, &admin, id, &name, c.now) {
        Ok(()) => Ok(see_other("/admin/schools?done=renamed")),
        Err(NotDone::Refused(faults)) => {
            let refused = RefusedRename { id, name, problems: problems(faults, |_| "name") };
            let view = SchoolsView { refused: Some(refused), ..view(c, &admin)? };
            Ok(c.page(422, schools_page(&c.shell(None), &view)))
        }
        Err(other) => Err(other.into()),
    }
}

fn view(c: &Context<'_>, admin: &Admin) -> Result<SchoolsView, Stop> {
    let row = |school: school::School| SchoolRow {
        id: school.id,
        name: school.name,
        teachers: school.teachers.into(),
        students: school.students.into(),
        parents: school.parents.into(),
    };
    let rows = school::list(&c.conn, admin.scope)?.into_iter().map(row).collect();
    Ok(SchoolsView { rows, name: String::new(), problems: Problems::default(), refused: None })
}
