//! Systems whose notifications the program can't show yet.

use super::{Request, Response};
use crate::mailbox::Server;

/// Takes all requests, and does nothing.
pub(super) fn run(server: Server<Request, Response>) {
    for _ in server.requests() {}
}
