//! The rows of a scope in progress that will have to be written when it ends. They wait outside the database, so that an
//! interrupted scan leaves nothing there to sweep, and on disk once they are many, so that memory stays bounded.
//!
//! They come back in the order of their keys, which are digests and so come in none: inserted as they come, each row
//! would touch another page of the index, and a first scan of millions would take three times as long. Rows are dealt
//! out by the first bits of their keys, and each part is sorted when it is read.

use std::collections::HashSet;
use std::fs::File;
use std::io::Write as _;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use super::StoreError;
use super::digest::Digest;

/// What is held in memory before a scope begins to use a file, in bytes.
const IN_MEMORY: usize = 8 << 20;
/// The parts of a table: a first scan of a million things sorts a few MiB at a time.
const PARTS: usize = 64;

/// Which table a row is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Table {
    Entity,
    Link,
}

/// One row that waits, without its body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Waiting {
    pub(super) table: Table,
    pub(super) key: Digest,
    pub(super) hash: Digest,
    /// The version that it replaces.
    pub(super) replaces: Option<i64>,
    /// Index into the stage's own list of types.
    pub(super) type_index: u32,
    /// Known to be switched off.
    pub(super) disabled: bool,
    pub(super) last_used_at: Option<i64>,
    pub(super) use_tracked_since: Option<i64>,
}

/// A list of rows, in memory and then in an unnamed file that nobody else can open.
#[derive(Debug)]
pub(super) struct Spill {
    dir: PathBuf,
    file: Option<File>,
    /// Bytes in the file.
    flushed: u64,
    /// Bytes in memory.
    held: usize,
    /// Rows so far.
    rows: u64,
    parts: Vec<Part>,
}

/// The rows of one table whose keys begin alike.
#[derive(Debug, Default)]
struct Part {
    /// Where in the file, and how many bytes.
    chunks: Vec<(u64, usize)>,
    tail: Vec<u8>,
}

impl Spill {
    /// An empty list whose file, if it comes to one, will be in this directory: the one that has room for the database.
    pub(super) fn new(dir: &Path) -> Self {
        let parts = std::iter::repeat_with(Part::default).take(2 * PARTS).collect();
        Self { dir: dir.to_owned(), file: None, flushed: 0, held: 0, rows: 0, parts }
    }

    /// The number of the row that is pushed next.
    pub(super) fn next(&self) -> u64 {
        self.rows
    }

    /// Adds a row whose body `write` appends.
    pub(super) fn push(
        &mut self,
        row: &Waiting,
        write: impl FnOnce(&mut Vec<u8>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let number = self.rows;
        let table = usize::from(row.table == Table::Link) * PARTS;
        let tail = &mut self.parts[table + usize::from(row.key.0[0]) * PARTS / 256].tail;
        let before = tail.len();
        encode(number, row, tail);
        let length_at = tail.len();
        tail.extend_from_slice(&[0; 4]);
        write(tail)?;
        let length = u32::try_from(tail.len() - length_at - 4)
            .map_err(|_| StoreError::Spill(std::io::ErrorKind::FileTooLarge.into()))?;
        tail[length_at..length_at + 4].copy_from_slice(&length.to_le_bytes());
        self.rows += 1;
        self.held += tail.len() - before;
        if self.held >= IN_MEMORY {
            self.flush().map_err(StoreError::Spill)?;
        }
        Ok(())
    }

    /// How much waits, in bytes.
    pub(super) fn bytes(&self) -> u64 {
        self.flushed + self.held as u64
    }

    fn flush(&mut self) -> std::io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(tempfile::tempfile_in(&self.dir)?),
        };
        for part in self.parts.iter_mut().filter(|part| !part.tail.is_empty()) {
            file.write_all(&part.tail)?;
            part.chunks.push((self.flushed, part.tail.len()));
            self.flushed += part.tail.len() as u64;
            part.tail.clear();
        }
        self.held = 0;
        Ok(())
    }

    /// Hands each row and its body to `each`: entities before links, by key, and of several rows of one key the last.
    /// Rows whose number is among the overtaken do not count. Returns whether there were several of one key.
    pub(super) fn for_each(
        self,
        overtaken: &HashSet<u64>,
        mut each: impl FnMut(&Waiting, &str) -> Result<(), StoreError>,
    ) -> Result<bool, StoreError> {
        let mut repeated = false;
        let mut bytes = Vec::new();
        let mut order = Vec::new();
        for part in self.parts {
            bytes.clear();
            for (at, length) in part.chunks {
                let from = bytes.len();
                bytes.resize(from + length, 0);
                let file = self.file.as_ref().expect("chunks are in the file");
                file.read_exact_at(&mut bytes[from..], at).map_err(StoreError::Spill)?;
            }
            bytes.extend_from_slice(&part.tail);
            drop(part.tail);
            order.clear();
            let mut at = 0;
            while at < bytes.len() {
                let (number, row, end) = decode(&bytes, at);
                if overtaken.is_empty() || !overtaken.contains(&number) {
                    order.push((row.key.0, number, at));
                }
                at = end;
            }
            order.sort_unstable();
            for (place, (key, _, at)) in order.iter().enumerate() {
                if order.get(place + 1).is_some_and(|(next, ..)| next == key) {
                    repeated = true;
                    continue;
                }
                let (_, row, end) = decode(&bytes, *at);
                let body = std::str::from_utf8(&bytes[at + FIXED + 4..end])
                    .map_err(|error| StoreError::Spill(std::io::Error::new(std::io::ErrorKind::InvalidData, error)))?;
                each(&row, body)?;
            }
        }
        Ok(repeated)
    }
}

const FIXED: usize = 8 + 1 + 16 + 16 + 4 + 9 + 9 + 9;

fn encode(number: u64, row: &Waiting, out: &mut Vec<u8>) {
    out.extend_from_slice(&number.to_le_bytes());
    out.push(u8::from(row.table == Table::Link) | u8::from(row.disabled) << 1);
    out.extend_from_slice(&row.key.0);
    out.extend_from_slice(&row.hash.0);
    out.extend_from_slice(&row.type_index.to_le_bytes());
    for number in [row.replaces, row.last_used_at, row.use_tracked_since] {
        out.push(u8::from(number.is_some()));
        out.extend_from_slice(&number.unwrap_or_default().to_le_bytes());
    }
}

/// The row at this place, its number, and where the next one begins.
fn decode(bytes: &[u8], at: usize) -> (u64, Waiting, usize) {
    let row = &bytes[at..at + FIXED + 4];
    let number = |at: usize| -> Option<i64> {
        let value = i64::from_le_bytes(row[at + 1..at + 9].try_into().expect("eight bytes were taken"));
        (row[at] == 1).then_some(value)
    };
    let digest = |at: usize| Digest(row[at..at + 16].try_into().expect("sixteen bytes were taken"));
    let word = |at: usize| u32::from_le_bytes(row[at..at + 4].try_into().expect("four bytes were taken"));
    let waiting = Waiting {
        table: if row[8] & 1 == 1 { Table::Link } else { Table::Entity },
        disabled: row[8] & 2 == 2,
        key: digest(9),
        hash: digest(25),
        type_index: word(41),
        replaces: number(45),
        last_used_at: number(54),
        use_tracked_since: number(63),
    };
    let written = u64::from_le_bytes(row[..8].try_into().expect("eight bytes were taken"));
    (written, waiting, at + FIXED + 4 + word(FIXED) as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(n: u32) -> Waiting {
        Waiting {
            table: if n.is_multiple_of(2) { Table::Entity } else { Table::Link },
            key: Digest([(n * 37 % 101) as u8 * 2; 16]),
            hash: Digest([!(n as u8); 16]),
            replaces: n.is_multiple_of(3).then_some(i64::from(n) - 9),
            type_index: n,
            disabled: n.is_multiple_of(5),
            last_used_at: n.is_multiple_of(7).then_some(i64::MIN),
            use_tracked_since: Some(i64::MAX),
        }
    }

    #[test]
    fn rows_come_back_sorted_and_of_one_key_the_last_from_memory_and_from_the_file() {
        let dir = tempfile::tempdir().unwrap();
        for body_bytes in [10, 100_000] {
            let mut spill = Spill::new(dir.path());
            // The key of each thing comes twice; the second row of the last thing is overtaken.
            for n in 0..202 {
                spill
                    .push(&row(n % 101), |out| {
                        out.extend_from_slice(n.to_string().repeat(body_bytes).as_bytes());
                        Ok(())
                    })
                    .unwrap();
            }
            assert_eq!(spill.file.is_some(), body_bytes == 100_000);
            let mut seen = Vec::new();
            spill
                .for_each(&HashSet::from([201]), |waiting, text| {
                    let n = waiting.type_index;
                    let written = if n == 100 { n } else { n + 101 };
                    assert_eq!((*waiting, text), (row(n), written.to_string().repeat(body_bytes).as_str()));
                    seen.push((waiting.table == Table::Link, waiting.key.0));
                    Ok(())
                })
                .unwrap();
            assert_eq!(seen.len(), 101);
            assert!(seen.is_sorted());
        }
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0, "the file has no name");
    }
}
