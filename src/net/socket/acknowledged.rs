//! Whether the peer's system has received everything that we wrote, including the end.
//!
//! There is a call for this (`TCP_INFO`), but only in unsafe code. Linux also says it in a file.

use std::net::SocketAddr;

use mio::net::TcpStream;

/// The state of a connection whose end was acknowledged, while the peer has not ended its direction
/// (`TCP_FIN_WAIT2` in Linux's `tcp_states.h`).
const FIN_WAIT_2: &str = "05";

/// Whether the peer's system has acknowledged everything up to the end of our direction, and the peer has not closed
/// its own. `false` if that is not known, as on every system but Linux.
pub(super) fn is_end_acknowledged(stream: &TcpStream) -> bool {
    if !cfg!(target_os = "linux") {
        return false;
    }
    let (Ok(local), Ok(peer)) = (stream.local_addr(), stream.peer_addr()) else {
        return false;
    };
    let table = match local {
        SocketAddr::V4(_) => "/proc/net/tcp",
        SocketAddr::V6(_) => "/proc/net/tcp6",
    };
    match std::fs::read_to_string(table) {
        Ok(table) => state(&table, local, peer) == Some(FIN_WAIT_2),
        Err(error) => {
            tracing::debug!(%error, "can't read the states of connections");
            false
        }
    }
}

/// The state of a connection in this table of the system (see `proc_pid_net(5)`).
fn state(table: &str, local: SocketAddr, peer: SocketAddr) -> Option<&str> {
    let (local, peer) = (in_table(local), in_table(peer));
    table.lines().find_map(|line| {
        let mut columns = line.split_ascii_whitespace().skip(1);
        let is_it = columns.next() == Some(&local) && columns.next() == Some(&peer);
        columns.next().filter(|_| is_it)
    })
}

/// An address as the table has it: the address in words of 32 bits in the order of this computer's bytes, and the port.
fn in_table(address: SocketAddr) -> String {
    let word = |bytes: &[u8; 4]| format!("{:08X}", u32::from_ne_bytes(*bytes));
    let ip: String = match address {
        SocketAddr::V4(address) => word(&address.ip().octets()),
        SocketAddr::V6(address) => {
            let octets = address.ip().octets();
            octets.as_chunks().0.iter().map(word).collect()
        }
    };
    format!("{ip}:{:04X}", address.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_endian = "little")]
    #[test]
    fn a_connection_is_found_by_both_its_addresses() {
        let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid\n   \
            0: 0100007F:C350 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0\n   \
            1: 0100007F:C350 0100007F:D431 05 00000000:00000000 00:00000000 00000000     0\n  \
            12: 0000000000000000FFFF00000100007F:C350 0000000000000000FFFF00000200007F:D431 04 00000001:00000000\n";
        let find = |local: &str, peer: &str| {
            let [local, peer] = [local, peer].map(|text| text.parse().expect("an address"));
            state(table, local, peer)
        };
        assert_eq!(find("127.0.0.1:50000", "127.0.0.1:54321"), Some("05"));
        assert_eq!(find("127.0.0.1:54321", "127.0.0.1:50000"), None);
        assert_eq!(
            find("[::ffff:127.0.0.1]:50000", "[::ffff:127.0.0.2]:54321"),
            Some("04")
        );
        assert_eq!(state("", local(), local()), None);
    }

    fn local() -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], 1))
    }
}
