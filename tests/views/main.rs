//! The window, found and operated as by a screen reader: by role and name, in both languages. Needs no display and no
//! GPU. The test plays the worker.

mod arrivals;
mod calendar;
mod changes;
mod clicks;
mod colours;
mod composer;
mod conversations;
mod emoji;
mod fields;
mod files;
mod fit;
mod header;
mod history;
mod history_dialog;
mod idle;
mod invites;
mod keyboard;
mod layout;
mod limits;
mod links;
mod markup;
#[path = "../support/messages.rs"]
mod messages;
mod names;
mod new_keys;
mod notifications;
mod people;
mod picked;
mod plain_contacts;
mod questions;
mod resizing;
mod screen;
mod scripts;
mod search;
mod settings;
mod status;
mod toasts;
mod transcript;
mod trust;
mod typing;
mod undelivered;
mod welcome;
