//! TOML, with the line of each value.

use toml::Spanned;
use toml::de::{DeTable, DeValue};
use zeroize::Zeroizing;

use super::{DocError, Lines, MAX_DEPTH, Node, Value};

/// Reads one TOML document.
pub(crate) fn parse(text: &str) -> Result<Node, DocError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let lines = Lines::new(text);
    let table = DeTable::parse(text).map_err(|error| DocError::Syntax {
        syntax: "TOML",
        line: error.span().map_or(1, |span| lines.of(span.start)),
    })?;
    map(table.get_ref(), &lines, 1, 0)
}

fn map(table: &DeTable<'_>, lines: &Lines, line: u32, depth: usize) -> Result<Node, DocError> {
    if depth > MAX_DEPTH {
        return Err(DocError::TooDeep { line });
    }
    let mut entries: Vec<(usize, String, Node)> = Vec::with_capacity(table.len());
    for (key, value) in table {
        entries.push((key.span().start, key.get_ref().to_string(), node(value, lines, depth + 1)?));
    }
    entries.sort_by_key(|(start, _, _)| *start);
    Ok(Node::new(line, Value::Map(entries.into_iter().map(|(_, key, value)| (key, value)).collect())))
}

fn node(value: &Spanned<DeValue<'_>>, lines: &Lines, depth: usize) -> Result<Node, DocError> {
    let line = lines.of(value.span().start);
    if depth > MAX_DEPTH {
        return Err(DocError::TooDeep { line });
    }
    let value = match value.get_ref() {
        DeValue::String(text) => Value::Text(Zeroizing::new(text.to_string())),
        DeValue::Integer(number) => Value::Number(number.as_str().to_owned()),
        DeValue::Float(number) => Value::Number(number.as_str().to_owned()),
        DeValue::Boolean(flag) => Value::Bool(*flag),
        DeValue::Datetime(moment) => Value::Number(moment.to_string()),
        DeValue::Array(items) => {
            Value::List(items.iter().map(|item| node(item, lines, depth + 1)).collect::<Result<_, _>>()?)
        }
        DeValue::Table(table) => return map(table, lines, line, depth),
    };
    Ok(Node::new(line, value))
}
