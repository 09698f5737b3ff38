//! Telling systemd how we fare: a datagram to the socket that it names in `NOTIFY_SOCKET`
//! (<https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html>). Without systemd nothing happens.

use std::ffi::OsStr;
use std::io;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};

/// The doors are open.
pub(super) const READY: &str = "READY=1";
/// We are on our way out.
pub(super) const STOPPING: &str = "STOPPING=1";

/// Tells `state`. That it cannot be told is no reason to stop, but one to say so: systemd will wait in vain.
pub(super) fn tell(state: &str) {
    let Some(socket) = std::env::var_os("NOTIFY_SOCKET").filter(|socket| !socket.is_empty()) else { return };
    if let Err(error) = send(&socket, state) {
        tracing::warn!(%error, "systemd's NOTIFY_SOCKET cannot be told that {state}");
    }
}

fn send(socket: &OsStr, state: &str) -> io::Result<()> {
    // A name that begins with @ lives in no file system.
    let address = match socket.as_bytes().split_first() {
        Some((b'@', name)) => SocketAddr::from_abstract_name(name)?,
        _ => SocketAddr::from_pathname(socket)?,
    };
    UnixDatagram::unbound()?.send_to_addr(state.as_bytes(), &address).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(socket: &UnixDatagram) -> String {
        let mut buffer = [0; 64];
        let length = socket.recv(&mut buffer).unwrap();
        String::from_utf8_lossy(&buffer[..length]).into_owned()
    }

    #[test]
    fn both_kinds_of_socket_hear_it() {
        let name = format!("kanbridge-{}", uuid::Uuid::now_v7());
        let path = std::env::temp_dir().join(&name);
        let file = UnixDatagram::bind(&path).unwrap();
        send(path.as_os_str(), READY).unwrap();
        assert_eq!(heard(&file), "READY=1");
        std::fs::remove_file(&path).unwrap();

        let hidden = UnixDatagram::bind_addr(&SocketAddr::from_abstract_name(&name).unwrap()).unwrap();
        send(OsStr::new(&format!("@{name}")), STOPPING).unwrap();
        assert_eq!(heard(&hidden), "STOPPING=1");
        assert!(send(path.as_os_str(), READY).is_err(), "nobody listens");
    }
}
