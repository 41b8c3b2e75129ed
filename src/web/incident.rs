//! A panic in a handler: an incident with a number that the person sees and the log has, and nothing else of it.

use super::http::Response;
use std::cell::{Cell, RefCell};
use std::io::{self, Write};
use std::panic::{self, AssertUnwindSafe, catch_unwind};
use std::sync::Once;

thread_local! {
    /// Whether this thread is at work for somebody, so that a panic is an incident.
    static GUARDED: Cell<bool> = const { Cell::new(false) };
    /// Where the last panic of this thread was.
    static PLACE: RefCell<String> = const { RefCell::new(String::new()) };
}

/// The answer of a handler, or, if it panics, an apology with the number of the incident.
pub(super) fn guard(handler: impl FnOnce() -> Response) -> Response {
    keep_panics_to_ourselves();
    GUARDED.set(true);
    let answer = catch_unwind(AssertUnwindSafe(handler));
    GUARDED.set(false);
    answer.unwrap_or_else(|_panic| {
        let number = number();
        let place = PLACE.take();
        // Without standard error there is nobody to tell.
        let _ = writeln!(io::stderr(), "Incident {number}: a request was not answered; the fault is in {place}.");
        Response::bare(
            500,
            format!(
                "Something went wrong here, and it is not your doing. Try again; if it happens again, tell whoever \
                 runs Firstbell the incident number {number}.\n"
            ),
        )
    })
}

/// Has the message of a handler's panic, which may hold anything, names and emails too, printed nowhere. Panics of
/// other threads are printed as ever.
fn keep_panics_to_ourselves() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let as_ever = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            if GUARDED.get() {
                let place = panic.location().map(|at| format!("{}:{}", at.file(), at.line()));
                PLACE.set(place.unwrap_or_default());
            } else {
                as_ever(panic);
            }
        }));
    });
}

/// Six hexadecimal digits: enough to find a line in a log, few enough to read out on the telephone.
pub(super) fn number() -> String {
    let mut bytes = [0u8; 3];
    // Without random bytes the number is 000000, and the place in the log still says which it is.
    let _ = getrandom::fill(&mut bytes);
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
