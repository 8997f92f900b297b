//! The real worker and its peers over real sockets. All in one program, because linking takes long. What is counted for
//! a whole process is in `tests/cost`.

mod changes;
mod closed_store;
mod connect;
mod delivery;
mod delivery_rules;
mod endings;
mod erasing;
mod files;
#[cfg(target_os = "linux")]
mod full_disks;
mod hostile_encrypted;
mod hostile_plain;
mod invites;
mod limits;
#[cfg(target_os = "linux")]
mod link_local;
mod man_in_the_middle;
mod new_keys;
mod offers;
mod one_conversation;
mod peers;
mod redial;
mod store_failures;
mod strangers;
#[path = "../support/mod.rs"]
mod support;
mod talk_encrypted;
mod talk_plain;
mod tls_refusals;
mod trust;
mod web_pages;
