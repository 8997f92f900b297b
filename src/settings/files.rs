//! What is done with files.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// What is done with files that are sent and received.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct FileSettings {
    /// Where files are received; `None` for the system's folder of downloads.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub folder: Option<PathBuf>,
    /// Files of verified peers are accepted without a question up to this size, in bytes; `None` to ask about every one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accept_up_to: Option<u64>,
    /// Whether a picture is sent with the place where it was taken.
    pub keep_location: bool,
}
