//! What ends a message on the wire.

use serde::{Deserialize, Serialize};

/// How a message ended on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LineEnd {
    /// By a pause, as the original programs send.
    None,
    /// `\n`, as `nc` sends.
    Lf,
    /// `\r\n`, as `telnet` sends.
    CrLf,
    /// `\r` alone, as devices send.
    Cr,
    /// A NUL byte, as programs in C send that write the end of a string too.
    Nul,
}

impl LineEnd {
    /// Its bytes.
    pub fn bytes(self) -> &'static [u8] {
        match self {
            Self::None => b"",
            Self::Lf => b"\n",
            Self::CrLf => b"\r\n",
            Self::Cr => b"\r",
            Self::Nul => b"\0",
        }
    }
}
