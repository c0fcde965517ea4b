//! Where a secret is: a connector's settings say it, and whoever builds the connector fetches it from there.

use std::fmt;

use crate::settings::{Section, shown};

/// `{ env = "NAME" }`, `{ file = "path" }` or `{ command = ["program", "argument"] }`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretSource {
    /// An environment variable.
    Env(String),
    /// A file that only its owner and group may read.
    File(String),
    /// What a program prints; it is run without a shell.
    Command(Vec<String>),
}

/// For messages: `environment variable GITHUB_TOKEN`, `file app.pem`, `command gh`; of a command only the program.
impl fmt::Display for SecretSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, name) = match self {
            SecretSource::Env(name) => ("environment variable", name.as_str()),
            SecretSource::File(path) => ("file", path.as_str()),
            SecretSource::Command(words) => ("command", words.first().map_or("", String::as_str)),
        };
        // What is shown in quotes when it holds nothing unusual is a name, and reads better without them.
        write!(f, "{kind} {}", shown(name).trim_matches('"'))
    }
}

impl SecretSource {
    /// Reads where a secret is. A string is refused, whatever it looks like: it would be the secret itself.
    pub fn read(section: &Section<'_>, key: &'static str) -> Option<Self> {
        const HINT: &str = "{ env = \"NAME\" }, { file = \"path\" } or { command = [\"program\", \"argument\"] }";
        if section.is_text(key) {
            section.refuse_value(key, format!("`{key}` holds a secret itself"), format!("say where it is: {HINT}"));
            return None;
        }
        let table = section.section(key)?;
        Self::read_table(&table, key)
    }

    /// As [`SecretSource::read`], of the table itself.
    pub fn read_table(table: &Section<'_>, key: &str) -> Option<Self> {
        let env = table.text("env").map(|name| SecretSource::Env(name.value));
        let file = table.text("file").map(|path| SecretSource::File(path.value));
        let command = table
            .texts("command")
            .map(|words| SecretSource::Command(words.into_iter().map(|word| word.value).collect()));
        table.refuse_unknown_keys();
        let mut named = [env, file, command].into_iter().flatten();
        let (first, second) = (named.next(), named.next());
        let is_one = first.is_some() && second.is_none() && first != Some(SecretSource::Command(Vec::new()));
        if !is_one {
            table.refuse(
                table.line(),
                format!("`{key}` does not say where the secret is"),
                "one of env, file, command",
            );
            return None;
        }
        first
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_a_secret_is_is_told_and_a_secret_never() {
        assert_eq!(SecretSource::Env("GITHUB_TOKEN".into()).to_string(), "environment variable GITHUB_TOKEN");
        assert_eq!(SecretSource::File("keys/app.pem".into()).to_string(), "file keys/app.pem");
        let command = SecretSource::Command(vec!["gh".into(), "auth".into(), "token".into()]);
        assert_eq!(command.to_string(), "command gh");
        let swapped = SecretSource::Env("ghp_abcdefghijklmnopqrstuvwxyz0123456789".into()).to_string();
        assert!(!swapped.contains("ghp_"), "{swapped}");
        assert_eq!(SecretSource::File("a\u{1b}[31m".into()).to_string(), r"file a\u{1b}[31m");
    }
}
