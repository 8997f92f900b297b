//! Panics in libraries that open the window, find fonts, lay text out and paint it: a last resort that keeps the window
//! open, or says in one line why there is none.
//!
//! Our own code does not panic, and the release profile unwinds.

use std::{
    cell::Cell,
    panic::{self, AssertUnwindSafe},
    thread,
};

/// Threads of libraries whose panics reach us as an error or as a panic in [`caught`].
const LIBRARY_THREADS: [&str; 1] = ["egui_system_font_provider"];

thread_local! {
    static IS_CAUGHT: Cell<bool> = const { Cell::new(false) };
}

/// What `work` returns. `None` if it panics.
///
/// egui's locks are not poisoned by a panic, and a `Ui` that is dropped halfway leaves only what was painted so far.
pub(super) fn caught<T>(work: impl FnOnce() -> T) -> Option<T> {
    let outer = IS_CAUGHT.replace(true);
    let result = panic::catch_unwind(AssertUnwindSafe(work));
    IS_CAUGHT.set(outer);
    result.ok()
}

/// What `work` returns. The message if it panics before it has called [`end_of_opening`]; a later panic goes on.
pub(super) fn caught_while_opening<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    IS_CAUGHT.set(true);
    let result = panic::catch_unwind(AssertUnwindSafe(work));
    let is_opening = IS_CAUGHT.replace(false);
    result.map_err(|panic| {
        if !is_opening {
            panic::resume_unwind(panic);
        }
        let message = panic.downcast_ref::<String>().map(String::as_str);
        let message = message.or_else(|| panic.downcast_ref().copied());
        message.unwrap_or("a library panicked").to_owned()
    })
}

/// Panics are reported again.
pub(super) fn end_of_opening() {
    IS_CAUGHT.set(false);
}

/// Logs panics that are caught. All others are reported as before. To be called once, at the start.
pub(super) fn log_caught() {
    let report = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        let is_in_library = || {
            let thread = thread::current();
            thread
                .name()
                .is_some_and(|name| LIBRARY_THREADS.contains(&name))
        };
        if IS_CAUGHT.get() || is_in_library() {
            tracing::error!(%panic, "a library panicked");
        } else {
            report(panic);
        }
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_ends_only_the_work_in_which_it_happens() {
        assert_eq!(caught(|| 1), Some(1));
        assert_eq!(caught(|| panic!("tried")), None::<()>);
        assert!(!IS_CAUGHT.get());
        let opening = caught_while_opening(|| panic!("no {}", "display"));
        assert_eq!(opening, Err::<(), _>("no display".to_owned()));
        assert_eq!(caught_while_opening(|| 1), Ok(1));
        let later = caught(|| {
            caught_while_opening(|| {
                end_of_opening();
                panic!("tried");
            })
        });
        assert_eq!(later, None::<Result<(), _>>);
        let nested = caught(|| caught(|| panic!("tried")).is_none() && IS_CAUGHT.get());
        assert_eq!(nested, Some(true));
    }
}
