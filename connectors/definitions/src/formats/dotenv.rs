//! `.env` files: variables that definitions near them refer to.

use super::with_yaml;
use crate::found::Holder;
use crate::reader::{Entry, Reader};

/// One variable of a file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Variable<'t> {
    pub(crate) name: &'t str,
    pub(crate) value: &'t str,
    pub(crate) line: u32,
}

/// Reads a `.env` file.
pub(crate) fn read(reader: &mut Reader<'_>, text: &str) {
    reader.facts.defines_variables = true;
    let entries: Vec<Entry<'_>> = parse(text)
        .map(|variable| Entry {
            name: variable.name,
            value: variable.value,
            line: variable.line,
            pointer: Some(format!("/{}", variable.name)),
        })
        .collect();
    reader.entries(Holder::Place, &entries);
}

/// Reads a flat YAML map of secrets, as Goose keeps them.
pub(crate) fn read_yaml(reader: &mut Reader<'_>, text: &str) {
    reader.facts.defines_variables = true;
    with_yaml(reader, text, |reader, document| reader.map(Holder::Place, document, ""));
}

/// The variables of a text: `NAME=value`, `export NAME="value"`, `NAME='value' # why`.
pub(crate) fn parse(text: &str) -> impl Iterator<Item = Variable<'_>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    text.lines().zip(1u32..).filter_map(|(line, number)| {
        let line = line.trim();
        let line = line.strip_prefix("export ").unwrap_or(line);
        let (name, value) = line.split_once('=')?;
        let name = name.trim();
        let is_name =
            !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-'));
        (is_name && !line.starts_with('#')).then(|| Variable { name, value: unquoted(value.trim()), line: number })
    })
}

fn unquoted(value: &str) -> &str {
    for quote in ['"', '\'', '`'] {
        if let Some(rest) = value.strip_prefix(quote) {
            return rest.split(quote).next().unwrap_or(rest);
        }
    }
    value.split(" #").next().unwrap_or(value).trim_end()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_read_as_shells_and_libraries_read_them() {
        let text = "\u{feff}A=1\r\nexport B=\"two # 2\"\n# C=3\n\nD = 'x' # why\nE=a=b # c\nnot a variable\n";
        let found: Vec<_> = parse(text).map(|v| (v.name, v.value, v.line)).collect();
        assert_eq!(found, [("A", "1", 1), ("B", "two # 2", 2), ("D", "x", 5), ("E", "a=b", 6)]);
    }
}
