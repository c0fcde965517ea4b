//! JSON as people write it: comments, trailing commas and single quotes are accepted, as the clients accept them.

use jsonc_parser::ast;
use jsonc_parser::common::Ranged as _;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};
use zeroize::Zeroizing;

use super::{DocError, Lines, MAX_DEPTH, Node, Value};

/// Reads one JSON document; an empty file is `null`.
pub(crate) fn parse(text: &str) -> Result<Node, DocError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let lines = Lines::new(text);
    let parsed = parse_to_ast(text, &CollectOptions::default(), &ParseOptions::default())
        .map_err(|error| DocError::Syntax { syntax: "JSON", line: lines.of(error.range().start) })?;
    match parsed.value {
        Some(value) => node(&value, &lines, 0),
        None => Ok(Node::new(1, Value::Null)),
    }
}

fn node(value: &ast::Value<'_>, lines: &Lines, depth: usize) -> Result<Node, DocError> {
    let line = lines.of(value.range().start);
    if depth > MAX_DEPTH {
        return Err(DocError::TooDeep { line });
    }
    let value = match value {
        ast::Value::StringLit(lit) => Value::Text(Zeroizing::new(lit.value.to_string())),
        ast::Value::NumberLit(lit) => Value::Number(lit.value.to_owned()),
        ast::Value::BooleanLit(lit) => Value::Bool(lit.value),
        ast::Value::NullKeyword(_) => Value::Null,
        ast::Value::Array(array) => {
            Value::List(array.elements.iter().map(|element| node(element, lines, depth + 1)).collect::<Result<_, _>>()?)
        }
        ast::Value::Object(object) => Value::Map(
            object
                .properties
                .iter()
                .map(|property| Ok((property.name.as_str().to_owned(), node(&property.value, lines, depth + 1)?)))
                .collect::<Result<_, _>>()?,
        ),
    };
    Ok(Node::new(line, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_at_the_start_and_windows_line_ends_do_no_harm() {
        let doc = parse("\u{feff}{\r\n  \"a\": 'x',\r\n}\r\n").unwrap();
        assert_eq!(doc.get("a").unwrap().line, 2);
    }

    #[test]
    fn an_error_names_the_line_and_not_the_content() {
        let error = parse("{\n\"token\": ghp_notquoted\n").unwrap_err();
        assert!(!error.to_string().contains("ghp"), "{error}");
        assert!(error.to_string().contains("line "), "{error}");
    }

    #[test]
    fn endless_nesting_is_refused() {
        assert!(parse(&"[".repeat(100_000)).is_err());
        let deep = format!("{}1{}", "[".repeat(300), "]".repeat(300));
        assert_eq!(parse(&deep).unwrap_err(), DocError::TooDeep { line: 1 });
    }
}
