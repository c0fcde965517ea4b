//! One part of a recording, from its file to the sink.

use std::fs::File;
use std::io::{self, BufReader, Read as _, Seek as _, SeekFrom};
use std::path::Path;

use tokio::sync::mpsc;
use whosekey_sdk::protocol::Line;
use whosekey_sdk::{CollectError, Issue, Record, Sink};

use crate::scan::lines::{Lines, Step};
use crate::scan::replay::index::{IndexedFile, Part, bad_line, trimmed, unreadable};

/// Records handed over at once.
const PAGE_RECORDS: usize = 1_000;

/// Pages that may wait between the thread that parses and the sink.
const PAGES_AHEAD: usize = 4;

enum Piece {
    Page(Vec<Record>),
    Issue(Issue),
}

/// Streams a part whose last line must be its end marker.
pub(super) async fn stream(file: &IndexedFile, part: &Part, out: &mut dyn Sink) -> Result<(), CollectError> {
    let (pieces, mut arriving) = mpsc::channel(PAGES_AHEAD);
    let (path, bytes, modified, part) = (file.path.clone(), file.bytes, file.modified, part.clone());
    // Ends by itself when this function is dropped: the next piece then finds nobody.
    let reading = tokio::task::spawn_blocking(move || {
        let file = File::open(&path).map_err(|error| unreadable(&path, &error))?;
        let metadata = file.metadata().map_err(|error| unreadable(&path, &error))?;
        if metadata.len() != bytes || metadata.modified().ok() != modified {
            return Err(CollectError::Broken(bad_line(&path, part.lines_before, "the file changed while it was read")));
        }
        read(&path, file, &part, &pieces)
    });
    while let Some(piece) = arriving.recv().await {
        match piece {
            Piece::Page(records) => out.page(records).await?,
            Piece::Issue(issue) => out.issue(issue),
        }
    }
    reading.await.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))
}

fn read(path: &Path, mut file: File, part: &Part, pieces: &mpsc::Sender<Piece>) -> Result<(), CollectError> {
    let failed = |error: io::Error| unreadable(path, &error);
    file.seek(SeekFrom::Start(part.start)).map_err(failed)?;
    let reader = BufReader::with_capacity(1 << 18, file.take(part.end - part.start));
    let mut lines = Lines::new(reader, part.start, part.lines_before);
    let mut page = Page { pieces, records: Vec::with_capacity(PAGE_RECORDS) };
    let mut is_done = false;
    loop {
        match lines.step().map_err(failed)? {
            Step::End => break,
            Step::TooLong => page.issue(bad_line(path, lines.number, "longer than 1 MiB"))?,
            Step::Line => match serde_json::from_slice(lines.line()) {
                Ok(Line::Record { record }) => page.record(record)?,
                Ok(Line::Issue { issue }) => page.issue(issue)?,
                Ok(Line::Done { .. }) => is_done = true,
                Ok(_) => page.issue(bad_line(path, lines.number, "does not belong into a scope"))?,
                Err(_) if trimmed(lines.line(), lines.number).is_empty() => {}
                Err(error) => page.issue(bad_line(path, lines.number, &error.to_string()))?,
            },
        }
    }
    page.flush()?;
    if is_done {
        return Ok(());
    }
    Err(CollectError::Broken(bad_line(path, lines.number, "the scope has no end marker: the recording was cut")))
}

struct Page<'a> {
    pieces: &'a mpsc::Sender<Piece>,
    records: Vec<Record>,
}

impl Page<'_> {
    fn record(&mut self, record: Record) -> Result<(), CollectError> {
        self.records.push(record);
        if self.records.len() == PAGE_RECORDS { self.flush() } else { Ok(()) }
    }

    fn issue(&mut self, issue: Issue) -> Result<(), CollectError> {
        self.pieces.blocking_send(Piece::Issue(issue)).map_err(|_| CollectError::Stopped)
    }

    fn flush(&mut self) -> Result<(), CollectError> {
        if self.records.is_empty() {
            return Ok(());
        }
        let records = std::mem::replace(&mut self.records, Vec::with_capacity(PAGE_RECORDS));
        self.pieces.blocking_send(Piece::Page(records)).map_err(|_| CollectError::Stopped)
    }
}
