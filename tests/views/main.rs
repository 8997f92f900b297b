//! The window, found and worked as a screen reader would: by role and name, in both languages. No
//! display and no GPU is needed; the worker is played by the test.

mod invites;
mod keyboard;
mod people;
mod rest;
mod screen;
mod states;
mod transcript;
mod trust;
mod typing;
mod writing;
