//! Where data goes: to stdout, or whole to a file; and how an error reads.

use std::fs::Permissions;
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use anyhow::Context as _;

use crate::report::escape;

/// Writes through `write` to stdout, or to a file that appears only when it is whole, readable by its owner alone: a
/// report is a map of every identity.
pub(crate) fn write(
    output: Option<&Path>,
    write: impl FnOnce(&mut dyn Write) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let Some(path) = output else {
        let mut stdout = BufWriter::with_capacity(1 << 16, io::stdout().lock());
        write(&mut stdout)?;
        stdout.flush()?;
        return Ok(());
    };
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
    file.persist(path).with_context(|| format!("{} cannot be written", path.display()))?;
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
}
