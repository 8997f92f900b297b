//! Opens links in the programs that the person has chosen for them.

use std::thread;

use crate::text::links::Target;

/// Opens what a link leads to.
pub type OpenLink = Box<dyn Fn(Target)>;

/// Opens a link in the browser, or in the mail program. Returns at once: on some systems it takes a second to find out which
/// program that is.
pub fn open_link(target: Target) {
    let open = move || {
        if let Err(error) = open::that_detached(target.url()) {
            tracing::warn!(kind = ?error.kind(), "a link can't be opened");
        }
    };
    let spawned = thread::Builder::new()
        .name("open link".to_owned())
        .spawn(open);
    if let Err(error) = spawned {
        tracing::warn!(%error, "no thread to open a link");
    }
}
