//! Text on its way between bytes and eyes: encodings, line endings, and what makes a peer's text safe to show.
//!
//! The lowest room: knows bytes and characters; must not know sockets, files, time or the window.

pub mod bidi;
pub mod blank;
pub mod charset;
pub mod detect;
pub mod find;
pub mod fold;
pub mod line_end;
pub mod links;
pub mod markup;
pub mod name;
mod plausibility;
pub mod quoted;
pub mod typed;
pub mod visible;
