//! Opening files of trees that may be hostile: no link is followed, nothing but a regular file is read, and no more of
//! it than the limit.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _};
use std::path::Path;

use zeroize::Zeroizing;

/// Why a file was not read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OpenError {
    #[error("not a regular file")]
    NotAFile,
    #[error("larger than {0} bytes")]
    TooLarge(u64),
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Opens a regular file.
fn open_regular(path: &Path) -> Result<(File, u64), OpenError> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use rustix::fs::OFlags;
        use std::os::unix::fs::OpenOptionsExt as _;
        // NONBLOCK: opening a named pipe without a writer would wait for ever.
        let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOCTTY;
        options.custom_flags(flags.bits().cast_signed());
    }
    let file = options.open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(OpenError::NotAFile);
    }
    Ok((file, metadata.len()))
}

/// The bytes of a regular file, wiped when dropped.
pub(crate) fn read_regular(path: &Path, max_bytes: u64) -> Result<Zeroizing<Vec<u8>>, OpenError> {
    let (file, length) = open_regular(path)?;
    if length > max_bytes {
        return Err(OpenError::TooLarge(max_bytes));
    }
    // The file may grow while it is read, and some of /proc have no length.
    let mut bytes = Zeroizing::new(Vec::with_capacity(usize::try_from(length).unwrap_or(0) + 1));
    file.take(max_bytes + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > max_bytes {
        return Err(OpenError::TooLarge(max_bytes));
    }
    Ok(bytes)
}

/// How much of a file that is too large is looked through, and how much at a time.
const MAX_LOOK: u64 = 32 << 20;
const WINDOW: usize = 256 * 1024;
/// Longer than any mark, so that none is cut in two.
const OVERLAP: usize = 64;

/// Whether `is_it` says so of any part of a large file. Its memory is bounded by the window.
pub(crate) fn any_part(path: &Path, is_it: impl Fn(&[u8]) -> bool) -> bool {
    let Ok((file, _)) = open_regular(path) else { return false };
    let mut rest = file.take(MAX_LOOK);
    let mut window = Zeroizing::new(Vec::with_capacity(WINDOW + OVERLAP));
    loop {
        match rest.by_ref().take(WINDOW as u64).read_to_end(&mut window) {
            Ok(read) if read > 0 => {}
            _ => return false,
        }
        if is_it(&window) {
            return true;
        }
        let seen = window.len().saturating_sub(OVERLAP);
        window.drain(..seen);
    }
}
