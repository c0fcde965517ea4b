//! A program's stderr: its log, made safe to show.

use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tokio::process::ChildStderr;
use tokio::time::Instant;

use crate::scan::process::answer::Redactor;
use crate::scan::process::signs::Signs;

/// The longest line that is shown, in bytes.
const LINE_BYTES: u64 = 2_000;

/// Lines shown in one [`WINDOW`]; those over it are counted.
const LINES_PER_WINDOW: u32 = 50;

const WINDOW: Duration = Duration::from_secs(10);

/// Reads to the end of the log; never fails, because a log is not data.
pub(super) async fn drain(source: String, stderr: ChildStderr, redactor: Arc<Redactor>, signs: Arc<Signs>) {
    let mut reader = BufReader::new(stderr);
    let mut line = Vec::new();
    let mut window = Instant::now();
    let (mut shown, mut hidden) = (0_u32, 0_u64);
    loop {
        line.clear();
        match (&mut reader).take(LINE_BYTES).read_until(b'\n', &mut line).await {
            Ok(0) | Err(_) => break,
            Ok(_) => signs.seen(),
        }
        if window.elapsed() > WINDOW {
            (window, shown) = (Instant::now(), 0);
        }
        if shown < LINES_PER_WINDOW {
            shown += 1;
            tracing::info!(source.name = source, "connector program: {}", safe(&line, &redactor));
        } else {
            hidden += 1;
        }
    }
    if hidden > 0 {
        tracing::warn!(source.name = source, "connector program: {hidden} more lines were not shown");
    }
}

/// One line, without the secrets that the program was given, and without anything that moves a terminal.
fn safe(line: &[u8], redactor: &Redactor) -> String {
    let text = redactor.redact(String::from_utf8_lossy(line).trim_end());
    text.chars().fold(String::with_capacity(text.len()), |mut safe, c| {
        if c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}') {
            safe.extend(c.escape_unicode());
        } else {
            safe.push(c);
        }
        safe
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use whosekey_sdk::Secret;

    #[test]
    fn a_log_line_shows_no_secret_and_moves_no_terminal() {
        let redactor = Redactor::new(&[("T".to_owned(), Secret::new("hunter2!".to_owned()))]);
        assert_eq!(safe(b"got hunter2!\x1b[31m\xff\n", &redactor), "got [redacted]\\u{1b}[31m\u{fffd}");
    }
}
