//! Where data goes: to stdout, or whole to a file; and how an error reads.

use std::fs::{OpenOptions, Permissions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use anyhow::Context as _;

use crate::report::escape;

/// Writes through `write` to stdout (`-` says so too), or to a file that appears only when it is whole, readable by its
/// owner alone: a report is a map of every identity.
pub(crate) fn write(
    output: Option<&Path>,
    write: impl FnOnce(&mut dyn Write) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let Some(path) = output.filter(|path| *path != Path::new("-")) else {
        return stream(io::stdout().lock(), write);
    };
    match std::fs::metadata(path) {
        Ok(there) if there.is_dir() => anyhow::bail!("{} is a folder", path.display()),
        // A device or a pipe (`/dev/stdout`, `/dev/null`) is written to; a file renamed over it would take its place.
        Ok(there) if !there.is_file() => {
            let file = OpenOptions::new().write(true).open(path);
            stream(file.with_context(|| format!("{} cannot be written", path.display()))?, write)
        }
        Ok(_) => replace(&path.canonicalize()?, write),
        Err(_) => replace(path, write),
    }
}

fn stream(to: impl Write, write: impl FnOnce(&mut dyn Write) -> anyhow::Result<()>) -> anyhow::Result<()> {
    let mut buffer = BufWriter::with_capacity(1 << 16, to);
    write(&mut buffer)?;
    Ok(buffer.flush()?)
}

/// Writes beside `path` and renames.
fn replace(path: &Path, write: impl FnOnce(&mut dyn Write) -> anyhow::Result<()>) -> anyhow::Result<()> {
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file =
        tempfile::NamedTempFile::new_in(directory).with_context(|| format!("{} cannot be written", path.display()))?;
    {
        let mut buffer = BufWriter::with_capacity(1 << 16, &mut file);
        write(&mut buffer)?;
        buffer.flush().with_context(|| format!("{} cannot be written", path.display()))?;
    }
    file.as_file().set_permissions(Permissions::from_mode(0o600))?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error).with_context(|| format!("{} cannot be written", path.display()))?;
    Ok(())
}

/// Writes bytes to stdout.
pub(crate) fn to_stdout(bytes: &[u8]) -> anyhow::Result<()> {
    write(None, |out| Ok(out.write_all(bytes)?))
}

/// Says something to the person at the terminal, on stderr.
pub(crate) fn note(text: &str) {
    let mut stderr = io::stderr().lock();
    for line in text.lines() {
        // Nobody is left to tell when stderr is closed.
        let _ = writeln!(stderr, "{}", escape::visible(line));
    }
}

/// Says an error and its causes, on one line unless a cause has several.
pub(crate) fn error(error: &anyhow::Error) {
    note(&format!("whosekey: {error:#}"));
}

/// Whether the reader of our output went away.
pub(crate) fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
            || cause
                .downcast_ref::<serde_json::Error>()
                .is_some_and(|e| e.io_error_kind() == Some(io::ErrorKind::BrokenPipe))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_appears_only_when_it_is_whole() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("report.json");
        let failed = write(Some(&path), |out| {
            out.write_all(b"half")?;
            anyhow::bail!("the rest is lost")
        });
        assert!(failed.is_err());
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);
        write(Some(&path), |out| Ok(out.write_all(b"whole")?)).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"whole");
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn what_is_no_regular_file_is_written_to_and_never_replaced() {
        let directory = tempfile::tempdir().unwrap();
        let device = directory.path().join("device");
        std::os::unix::fs::symlink("/dev/null", &device).unwrap();
        write(Some(&device), |out| Ok(out.write_all(b"gone")?)).unwrap();
        assert!(std::fs::symlink_metadata(&device).unwrap().is_symlink());
        assert!(write(Some(directory.path()), |out| Ok(out.write_all(b"x")?)).is_err());
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_link_to_a_file_stays_a_link() {
        let directory = tempfile::tempdir().unwrap();
        let (file, link) = (directory.path().join("2026.json"), directory.path().join("latest.json"));
        std::fs::write(&file, "old").unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        write(Some(&link), |out| Ok(out.write_all(b"new")?)).unwrap();
        assert_eq!(std::fs::read(&file).unwrap(), b"new");
        assert!(std::fs::symlink_metadata(&link).unwrap().is_symlink());
    }
}
