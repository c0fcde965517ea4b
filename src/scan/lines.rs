//! Lines of a stream, with a cap on their length, their numbers and their places.

use std::io::{self, BufRead, Read as _};

/// The longest line that is read: no record is larger, and a source that sends more is broken or hostile.
pub(super) const MAX_LINE_BYTES: u64 = 1024 * 1024;

/// One step through a stream.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// A line is in the buffer, without its end.
    Line,
    /// A line was longer than the cap, and was passed over.
    TooLong,
    /// The stream ended.
    End,
}

/// Reads lines from a stream that begins at a known place.
pub(super) struct Lines<R> {
    reader: R,
    buffer: Vec<u8>,
    /// Where the next line begins, in bytes.
    pub(super) offset: u64,
    /// The number of the line that was read last, from 1.
    pub(super) number: u64,
}

impl<R: BufRead> Lines<R> {
    /// `offset` and `lines_before` say where in its file the reader stands.
    pub(super) fn new(reader: R, offset: u64, lines_before: u64) -> Self {
        Self { reader, buffer: Vec::new(), offset, number: lines_before }
    }

    /// The line that was read last.
    pub(super) fn line(&self) -> &[u8] {
        &self.buffer
    }

    /// Reads the next line.
    pub(super) fn step(&mut self) -> io::Result<Step> {
        self.buffer.clear();
        let read = (&mut self.reader).take(MAX_LINE_BYTES).read_until(b'\n', &mut self.buffer)? as u64;
        if read == 0 {
            return Ok(Step::End);
        }
        self.offset += read;
        self.number += 1;
        if self.buffer.last() == Some(&b'\n') {
            self.buffer.pop();
            return Ok(Step::Line);
        }
        if read < MAX_LINE_BYTES {
            return Ok(Step::Line);
        }
        self.offset += skip_line(&mut self.reader)?;
        self.buffer.clear();
        Ok(Step::TooLong)
    }
}

fn skip_line(reader: &mut impl BufRead) -> io::Result<u64> {
    let mut skipped = 0;
    loop {
        let available = match reader.fill_buf() {
            Ok(available) => available,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        let (used, is_end) = match available.iter().position(|b| *b == b'\n') {
            Some(at) => (at + 1, true),
            None => (available.len(), available.is_empty()),
        };
        reader.consume(used);
        skipped += used as u64;
        if is_end {
            return Ok(skipped);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_over_the_cap_is_passed_over_and_the_next_is_read() {
        let long = "x".repeat(3 * 1024 * 1024);
        let text = format!("a\n{long}\nb\nlast");
        let mut lines = Lines::new(text.as_bytes(), 0, 0);
        let mut seen = Vec::new();
        loop {
            match lines.step().unwrap() {
                Step::End => break,
                Step::TooLong => seen.push((lines.number, "too long".to_owned())),
                Step::Line => seen.push((lines.number, String::from_utf8(lines.line().to_vec()).unwrap())),
            }
        }
        assert_eq!(seen, [(1, "a".into()), (2, "too long".into()), (3, "b".into()), (4, "last".into())]);
        assert_eq!(lines.offset, text.len() as u64);
    }
}
