//! The window, found and worked as a screen reader would: by role and name, in both languages. No
//! display and no GPU is needed; the worker is played by the test.

mod conversations;
mod invites;
mod keeping;
mod kept;
mod keyboard;
#[path = "../support/messages.rs"]
mod messages;
mod people;
mod rest;
mod screen;
mod search;
mod states;
mod transcript;
mod trust;
mod typing;
mod waiting;
mod writing;
