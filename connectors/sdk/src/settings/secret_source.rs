//! Where a secret is: a connector's settings say it, and whoever builds the connector fetches it from there.

use crate::settings::Section;

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
