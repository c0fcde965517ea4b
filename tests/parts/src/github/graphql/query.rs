//! A query as it is written: fields with their other names, arguments and selections. Only queries, with variables and
//! fragments; no directives.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// What is selected of a thing.
#[derive(Debug, Clone)]
pub(super) enum Selection {
    Field(Field),
    /// What is selected only of a thing of this type.
    On(String, Vec<Selection>),
    /// The name of a fragment.
    Fragment(String),
}

#[derive(Debug, Clone)]
pub(super) struct Field {
    /// The key in the answer.
    pub(super) key: String,
    pub(super) name: String,
    arguments: Map<String, Value>,
    pub(super) selections: Vec<Selection>,
}

impl Field {
    pub(super) fn argument(&self, name: &str) -> Option<&Value> {
        self.arguments.get(name).filter(|value| !value.is_null())
    }

    pub(super) fn text(&self, name: &str) -> &str {
        self.argument(name).and_then(Value::as_str).unwrap_or_default()
    }
}

/// A whole document.
#[derive(Debug)]
pub(super) struct Query {
    pub(super) selections: Vec<Selection>,
    pub(super) fragments: BTreeMap<String, (String, Vec<Selection>)>,
}

/// Reads a document, with the values of its variables in their places.
pub(super) fn read(text: &str, variables: &Value) -> Result<Query, String> {
    let mut reader = Reader { tokens: tokens(text)?, at: 0, variables };
    let mut query = Query { selections: Vec::new(), fragments: BTreeMap::new() };
    while let Some(token) = reader.peek() {
        match token {
            "{" => query.selections = reader.selections()?,
            "query" => {
                reader.skip_to("{")?;
                query.selections = reader.selections()?;
            }
            "fragment" => {
                reader.next()?;
                let name = reader.next()?;
                reader.expect("on")?;
                let of = reader.next()?;
                query.fragments.insert(name, (of, reader.selections()?));
            }
            other => return Err(format!("Expected one of QUERY, FRAGMENT, actual: {other}")),
        }
    }
    Ok(query)
}

fn tokens(text: &str) -> Result<Vec<String>, String> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = if first.is_whitespace() || first == ',' {
            rest = &rest[first.len_utf8()..];
            continue;
        } else if first == '#' {
            rest = rest.split_once('\n').map_or("", |(_, rest)| rest);
            continue;
        } else if rest.starts_with("...") {
            3
        } else if first == '"' {
            let mut is_escaped = false;
            let end = rest[1..].find(|letter| {
                let ends = letter == '"' && !is_escaped;
                is_escaped = letter == '\\' && !is_escaped;
                ends
            });
            end.ok_or("Expected a closing quote")? + 2
        } else if "{}()[]:$!=@|".contains(first) {
            1
        } else {
            rest.find(|letter: char| !letter.is_alphanumeric() && !"_-.+".contains(letter)).unwrap_or(rest.len())
        };
        if length == 0 {
            return Err(format!("Unexpected {first:?}"));
        }
        found.push(rest[..length].to_owned());
        rest = &rest[length..];
    }
    Ok(found)
}

struct Reader<'v> {
    tokens: Vec<String>,
    at: usize,
    variables: &'v Value,
}

impl Reader<'_> {
    fn peek(&self) -> Option<&str> {
        self.tokens.get(self.at).map(String::as_str)
    }

    fn next(&mut self) -> Result<String, String> {
        let token = self.tokens.get(self.at).cloned().ok_or("Unexpected end of document")?;
        self.at += 1;
        Ok(token)
    }

    fn expect(&mut self, wanted: &str) -> Result<(), String> {
        let token = self.next()?;
        if token == wanted { Ok(()) } else { Err(format!("Expected {wanted:?}, actual: {token:?}")) }
    }

    /// Over the name and the declarations of variables, whose types the fake does not check.
    fn skip_to(&mut self, wanted: &str) -> Result<(), String> {
        while self.peek().is_some_and(|token| token != wanted) {
            self.at += 1;
        }
        self.peek().map(|_| ()).ok_or_else(|| "Unexpected end of document".to_owned())
    }

    fn selections(&mut self) -> Result<Vec<Selection>, String> {
        self.expect("{")?;
        let mut found = Vec::new();
        while self.peek() != Some("}") {
            found.push(self.selection()?);
        }
        self.next()?;
        if found.is_empty() { Err("Expected NAME, actual: RCURLY".into()) } else { Ok(found) }
    }

    fn selection(&mut self) -> Result<Selection, String> {
        let mut name = self.next()?;
        if name == "..." {
            return match self.next()?.as_str() {
                "on" => Ok(Selection::On(self.next()?, self.selections()?)),
                fragment => Ok(Selection::Fragment(fragment.to_owned())),
            };
        }
        let key = name.clone();
        if self.peek() == Some(":") {
            self.next()?;
            name = self.next()?;
        }
        let mut arguments = Map::new();
        if self.peek() == Some("(") {
            self.next()?;
            while self.peek() != Some(")") {
                let argument = self.next()?;
                self.expect(":")?;
                arguments.insert(argument, self.value()?);
            }
            self.next()?;
        }
        let selections = if self.peek() == Some("{") { self.selections()? } else { Vec::new() };
        Ok(Selection::Field(Field { key, name, arguments, selections }))
    }

    fn value(&mut self) -> Result<Value, String> {
        let token = self.next()?;
        match token.as_str() {
            "$" => {
                let name = self.next()?;
                Ok(self.variables.get(&name).cloned().unwrap_or(Value::Null))
            }
            "[" => {
                let mut all = Vec::new();
                while self.peek() != Some("]") {
                    all.push(self.value()?);
                }
                self.next()?;
                Ok(Value::Array(all))
            }
            "{" => {
                let mut all = Map::new();
                while self.peek() != Some("}") {
                    let key = self.next()?;
                    self.expect(":")?;
                    all.insert(key, self.value()?);
                }
                self.next()?;
                Ok(Value::Object(all))
            }
            // Strings, numbers, true, false and null are written as in JSON; what is left is the name of an enum's value.
            written => Ok(serde_json::from_str(written).unwrap_or_else(|_| Value::from(written))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_arguments_variables_and_fragments_are_read() {
        let text = r#"query($n: Int!, $after: String) { # repositories
            a: organization(login: "ac\"me") { repositories(first: $n, after: $after, orderBy: {field: NAME}) { ...Page } } }
            fragment Page on RepositoryConnection { totalCount, nodes { ... on Node { id } } }"#;
        let query = read(text, &serde_json::json!({"n": 3})).unwrap();
        let Selection::Field(first) = &query.selections[0] else { panic!("{query:?}") };
        assert_eq!((first.key.as_str(), first.name.as_str(), first.text("login")), ("a", "organization", "ac\"me"));
        let Selection::Field(inner) = &first.selections[0] else { panic!("{query:?}") };
        assert_eq!((inner.argument("first"), inner.argument("after")), (Some(&Value::from(3)), None));
        assert_eq!(query.fragments["Page"].1.len(), 2);
    }

    #[test]
    fn what_is_no_query_is_an_error() {
        for text in ["{ a", "{ }", "mutation { a }", "{ a(b: \"c) }"] {
            assert!(read(text, &Value::Null).is_err(), "{text}");
        }
    }
}
