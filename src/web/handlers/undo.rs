//! Undoing an upload: the page that says what will happen, and the form on it.

use super::uploads::find;
use crate::actions;
use crate::domain::UploadId;
use crate::store::{mend, undo};
use crate::web::context::{Answer, Context, see_other};
use crate::web::pages::undo::{UndoView, undo as undo_page};

pub(in crate::web) fn show(c: &mut Context<'_>, id: UploadId) -> Answer {
    let (_, admin) = c.admin()?;
    let listed = find(c, &admin, id)?;
    if !listed.upload.can_be_undone() {
        return Ok(see_other(&format!("/admin/uploads/{}", id.0)));
    }
    let mended_in = mend::mended_in(&c.conn, admin.scope, id)?;
    let view = UndoView {
        id,
        received: c.time(listed.upload.received_at),
        file_name: listed.upload.file_name,
        school: listed.school_name,
        fates: undo::fates(&c.conn, id)?,
        mended_in: mended_in.into_iter().map(|mending| mending.id).collect(),
    };
    Ok(c.page(200, undo_page(&c.shell(None), &view)))
}

pub(in crate::web) fn ask(c: &mut Context<'_>, id: UploadId) -> Answer {
    let (_, admin) = c.admin()?;
    actions::ask_to_undo(&mut c.conn, &admin, id, c.now)?;
    c.site.wake();
    Ok(see_other(&format!("/admin/uploads/{}", id.0)))
}
