//! What the program talks with besides another program and the peers in `support`.

pub mod openssl;
pub mod original;
pub mod proxy;
