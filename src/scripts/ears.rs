//! Hearing what a process says, with bounded memory: what is too much is read and dropped, so that the process is not
//! stopped by a full pipe.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt};

const CHUNK: usize = 16 << 10;

/// The beginning of what was said, and whether there was more.
#[derive(Debug, Default)]
pub(super) struct Beginning {
    pub(super) bytes: Vec<u8>,
    pub(super) cut: bool,
}

impl Beginning {
    fn add(&mut self, said: &[u8], most: usize) {
        let room = most - self.bytes.len();
        self.bytes.extend_from_slice(&said[..said.len().min(room)]);
        self.cut |= said.len() > room;
    }
}

/// Keeps the first `most` bytes.
pub(super) async fn hear(mut from: impl AsyncRead + Unpin, most: usize, into: &mut Beginning) -> io::Result<()> {
    let mut chunk = vec![0; CHUNK];
    loop {
        match from.read(&mut chunk).await? {
            0 => return Ok(()),
            read => into.add(&chunk[..read], most),
        }
    }
}

/// Gives each line as it comes, the first `most` bytes of it.
pub(super) async fn hear_lines(
    mut from: impl AsyncRead + Unpin,
    most: usize,
    mut each: impl FnMut(&Beginning),
) -> io::Result<()> {
    let mut chunk = vec![0; CHUNK];
    let mut line = Beginning::default();
    loop {
        let read = from.read(&mut chunk).await?;
        let mut pieces = chunk[..read].split(|byte| *byte == b'\n');
        line.add(pieces.next().unwrap_or_default(), most);
        for piece in pieces {
            each(&line);
            line = Beginning::default();
            line.add(piece, most);
        }
        if read == 0 {
            if !line.bytes.is_empty() {
                each(&line);
            }
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn lines_come_whole_however_they_arrive_and_long_ones_cut() {
        let mut heard = Vec::new();
        let each = |line: &Beginning| heard.push((String::from_utf8_lossy(&line.bytes).into_owned(), line.cut));
        let said = "one\n\ntwo and more\nlast".as_bytes();
        hear_lines(said, 5, each).await.unwrap();
        let line = |text: &str, cut| (text.to_owned(), cut);
        assert_eq!(heard, [line("one", false), line("", false), line("two a", true), line("last", false)]);
    }

    #[tokio::test]
    async fn what_is_too_much_is_read_and_dropped() {
        let mut heard = Beginning::default();
        hear(vec![b'x'; 100_000].as_slice(), 1000, &mut heard).await.unwrap();
        assert_eq!((heard.bytes.len(), heard.cut), (1000, true));
    }
}
