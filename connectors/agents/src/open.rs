//! Opening files of trees that may be hostile: no link is followed, nothing but a regular file is read, and no more of
//! it than the limit.

use std::fs::OpenOptions;
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

/// The bytes of a regular file, wiped when dropped.
pub(crate) fn read_regular(path: &Path, max_bytes: u64) -> Result<Zeroizing<Vec<u8>>, OpenError> {
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
    if metadata.len() > max_bytes {
        return Err(OpenError::TooLarge(max_bytes));
    }
    // The file may grow while it is read, and some of /proc have no length.
    let mut bytes = Zeroizing::new(Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or(0) + 1));
    file.take(max_bytes + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > max_bytes {
        return Err(OpenError::TooLarge(max_bytes));
    }
    Ok(bytes)
}
