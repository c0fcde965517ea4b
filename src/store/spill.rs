//! The rows of a scope in progress that will have to be written when it ends. They wait outside the database, so that an
//! interrupted scan leaves nothing there to sweep, and on disk once they are many, so that memory stays bounded.

use std::fs::File;
use std::io::{BufReader, Read, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use super::StoreError;
use super::digest::Digest;

/// What is held in memory before a scope begins to use a file, in bytes.
const IN_MEMORY: usize = 4 << 20;

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

/// An append-only list of rows, in memory and then in an unnamed file that nobody else can open.
#[derive(Debug)]
pub(super) struct Spill {
    dir: PathBuf,
    file: Option<File>,
    flushed: u64,
    tail: Vec<u8>,
}

impl Spill {
    /// An empty list whose file, if it comes to one, will be in this directory: the one that has room for the database.
    pub(super) fn new(dir: &Path) -> Self {
        Self { dir: dir.to_owned(), file: None, flushed: 0, tail: Vec::new() }
    }

    /// Appends a row whose body `write` appends; returns where it stands.
    pub(super) fn push(
        &mut self,
        row: &Waiting,
        write: impl FnOnce(&mut Vec<u8>) -> Result<(), StoreError>,
    ) -> Result<u64, StoreError> {
        let at = self.flushed + self.tail.len() as u64;
        encode(row, &mut self.tail);
        let length_at = self.tail.len();
        self.tail.extend_from_slice(&[0; 4]);
        write(&mut self.tail)?;
        let length = self.tail.len() - length_at - 4;
        let length = u32::try_from(length).map_err(|_| StoreError::Spill(std::io::ErrorKind::FileTooLarge.into()))?;
        self.tail[length_at..length_at + 4].copy_from_slice(&length.to_le_bytes());
        if self.tail.len() >= IN_MEMORY {
            self.flush().map_err(StoreError::Spill)?;
        }
        Ok(at)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(tempfile::tempfile_in(&self.dir)?),
        };
        file.write_all(&self.tail)?;
        self.flushed += self.tail.len() as u64;
        self.tail.clear();
        Ok(())
    }

    /// Hands each row, where it stands and its body to `each`, in the order in which they came.
    pub(super) fn for_each(
        self,
        mut each: impl FnMut(u64, &Waiting, &str) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let Self { file, flushed, tail, .. } = self;
        if let Some(mut file) = file {
            file.seek(SeekFrom::Start(0)).map_err(StoreError::Spill)?;
            read_all(BufReader::with_capacity(1 << 20, file.take(flushed)), 0, flushed, &mut each)?;
        }
        read_all(tail.as_slice(), flushed, flushed + tail.len() as u64, &mut each)
    }
}

const FIXED: usize = 1 + 16 + 16 + 4 + 9 + 9 + 9;

fn encode(row: &Waiting, out: &mut Vec<u8>) {
    let flags = u8::from(row.table == Table::Link) | u8::from(row.disabled) << 1;
    out.push(flags);
    out.extend_from_slice(&row.key.0);
    out.extend_from_slice(&row.hash.0);
    out.extend_from_slice(&row.type_index.to_le_bytes());
    for number in [row.replaces, row.last_used_at, row.use_tracked_since] {
        out.push(u8::from(number.is_some()));
        out.extend_from_slice(&number.unwrap_or_default().to_le_bytes());
    }
}

fn decode(bytes: &[u8; FIXED]) -> Waiting {
    let array = |at: usize| -> [u8; 16] { bytes[at..at + 16].try_into().expect("sixteen bytes were taken") };
    let number = |at: usize| -> Option<i64> {
        let value = i64::from_le_bytes(bytes[at + 1..at + 9].try_into().expect("eight bytes were taken"));
        (bytes[at] == 1).then_some(value)
    };
    Waiting {
        table: if bytes[0] & 1 == 1 { Table::Link } else { Table::Entity },
        disabled: bytes[0] & 2 == 2,
        key: Digest(array(1)),
        hash: Digest(array(17)),
        type_index: u32::from_le_bytes(bytes[33..37].try_into().expect("four bytes were taken")),
        replaces: number(37),
        last_used_at: number(46),
        use_tracked_since: number(55),
    }
}

fn read_all(
    mut from: impl Read,
    mut at: u64,
    end: u64,
    each: &mut impl FnMut(u64, &Waiting, &str) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let mut fixed = [0; FIXED];
    let mut length = [0; 4];
    let mut body = Vec::new();
    while at < end {
        from.read_exact(&mut fixed).map_err(StoreError::Spill)?;
        from.read_exact(&mut length).map_err(StoreError::Spill)?;
        body.resize(u32::from_le_bytes(length) as usize, 0);
        from.read_exact(&mut body).map_err(StoreError::Spill)?;
        let text = std::str::from_utf8(&body)
            .map_err(|error| StoreError::Spill(std::io::Error::new(std::io::ErrorKind::InvalidData, error)))?;
        each(at, &decode(&fixed), text)?;
        at += (FIXED + 4 + body.len()) as u64;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_back_in_order_from_memory_and_from_the_file() {
        let dir = tempfile::tempdir().unwrap();
        for body_bytes in [10, 100_000] {
            let mut spill = Spill::new(dir.path());
            let row = |n: u32| Waiting {
                table: if n.is_multiple_of(2) { Table::Entity } else { Table::Link },
                key: Digest([n as u8; 16]),
                hash: Digest([!(n as u8); 16]),
                replaces: n.is_multiple_of(3).then_some(i64::from(n) - 9),
                type_index: n,
                disabled: n.is_multiple_of(5),
                last_used_at: n.is_multiple_of(7).then_some(i64::MIN),
                use_tracked_since: Some(i64::MAX),
            };
            let body = |n: u32| n.to_string().repeat(body_bytes);
            let at: Vec<u64> = (0..101)
                .map(|n| {
                    spill.push(&row(n), |out| {
                        out.extend_from_slice(body(n).as_bytes());
                        Ok(())
                    })
                })
                .collect::<Result<_, _>>()
                .unwrap();
            assert_eq!(spill.file.is_some(), body_bytes == 100_000);
            let mut next = 0;
            spill
                .for_each(|offset, waiting, text| {
                    assert_eq!((offset, *waiting, text), (at[next as usize], row(next), body(next).as_str()));
                    next += 1;
                    Ok(())
                })
                .unwrap();
            assert_eq!(next, 101);
        }
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0, "the file has no name");
    }
}
