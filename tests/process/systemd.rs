//! The shipped unit, and what the binary tells the one who started it.

use std::os::unix::net::UnixDatagram;
use std::process::Command;
use std::time::Duration;

use crate::bridge::{Bridge, Folder, kanbridge, trello, variables};

fn heard(socket: &UnixDatagram) -> String {
    let mut buffer = [0; 64];
    let length = socket.recv(&mut buffer).unwrap();
    String::from_utf8_lossy(&buffer[..length]).into_owned()
}

#[tokio::test]
async fn systemd_is_told_when_the_doors_are_open_and_when_they_close() {
    let (trello, board) = trello(Duration::ZERO).await;
    let folder = Folder::new();
    let socket = UnixDatagram::bind(folder.0.join("notify")).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let mut variables = variables(&folder.0, &trello, &board);
    variables.push(("NOTIFY_SOCKET".to_owned(), folder.0.join("notify").display().to_string()));
    let mut bridge = Bridge::start(&folder.0, &variables).await;
    assert_eq!(heard(&socket), "READY=1");
    let pid = bridge.process.id().unwrap().to_string();
    assert!(Command::new("kill").arg(pid).status().unwrap().success());
    assert_eq!(heard(&socket), "STOPPING=1");
    assert!(bridge.process.wait().await.unwrap().success());
}

#[tokio::test]
async fn a_bridge_that_cannot_start_does_not_say_that_it_is_ready() {
    let folder = Folder::new();
    let socket = UnixDatagram::bind(folder.0.join("notify")).unwrap();
    socket.set_nonblocking(true).unwrap();
    let socket_variable = [("NOTIFY_SOCKET".to_owned(), folder.0.join("notify").display().to_string())];
    let output = kanbridge(&folder.0, &socket_variable).arg("serve").output().await.unwrap();
    assert!(!output.status.success());
    assert_eq!(socket.recv(&mut [0; 64]).unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
}

/// The score that the unit and the README state; in tenths, 0 is best.
const SCORE: &str = "12";

#[test]
#[ignore = "needs systemd-analyze"]
fn the_shipped_unit_keeps_its_score() {
    let unit = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/kanbridge.service");
    let output = Command::new("systemd-analyze")
        .args(["security", "--offline=true", "--no-pager", &format!("--threshold={SCORE}"), unit])
        .output()
        .expect("systemd-analyze is installed (Debian: systemd)");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}
