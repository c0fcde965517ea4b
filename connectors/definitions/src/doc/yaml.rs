//! YAML, with the line of each value; aliases are expanded within a budget, merge keys are merged.

use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle};
use zeroize::Zeroizing;

use super::{DocError, MAX_DEPTH, MAX_NODES, Node, Value};

/// Reads the documents of a YAML stream.
pub(crate) fn parse(text: &str) -> Result<Vec<Node>, DocError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut builder = Builder::default();
    for event in Parser::new_from_str(text) {
        let (event, span) =
            event.map_err(|error| DocError::Syntax { syntax: "YAML", line: line_number(error.marker().line()) })?;
        builder.take(event, line_number(span.start.line()))?;
    }
    Ok(builder.documents)
}

fn line_number(line: usize) -> u32 {
    u32::try_from(line).unwrap_or(u32::MAX)
}

/// A list or map that is not finished.
struct Open {
    node: Node,
    anchor: usize,
    /// In a map: the key that waits for its value.
    key: Option<String>,
}

#[derive(Default)]
struct Builder {
    documents: Vec<Node>,
    stack: Vec<Open>,
    /// Anchored nodes with their size.
    anchors: HashMap<usize, (Node, usize)>,
    nodes: usize,
}

impl Builder {
    fn take(&mut self, event: Event<'_>, line: u32) -> Result<(), DocError> {
        match event {
            Event::Scalar(text, style, anchor, _) => {
                self.count(1, line)?;
                let node = Node::new(line, scalar(&text, style));
                self.anchor(anchor, &node);
                self.push(node);
            }
            Event::SequenceStart(anchor, _) => self.open(Value::List(Vec::new()), anchor, line)?,
            Event::MappingStart(anchor, _) => self.open(Value::Map(Vec::new()), anchor, line)?,
            Event::SequenceEnd | Event::MappingEnd => {
                let open = self.stack.pop().expect("the parser closes only what it opened");
                let node = merged(open.node);
                self.anchor(open.anchor, &node);
                self.push(node);
            }
            Event::Alias(anchor) => {
                let Some((node, size)) = self.anchors.get(&anchor) else {
                    return Err(DocError::Syntax { syntax: "YAML", line });
                };
                // Counted before it is copied: a bomb of aliases is refused for the price of one copy.
                let size = *size;
                if self.nodes + size > MAX_NODES {
                    return Err(DocError::TooMany { line });
                }
                let node = node.clone();
                self.count(size, line)?;
                self.push(node);
            }
            Event::DocumentEnd => self.anchors.clear(),
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentStart(_) => {}
        }
        Ok(())
    }

    fn count(&mut self, nodes: usize, line: u32) -> Result<(), DocError> {
        self.nodes += nodes;
        if self.nodes > MAX_NODES { Err(DocError::TooMany { line }) } else { Ok(()) }
    }

    fn open(&mut self, value: Value, anchor: usize, line: u32) -> Result<(), DocError> {
        self.count(1, line)?;
        if self.stack.len() >= MAX_DEPTH {
            return Err(DocError::TooDeep { line });
        }
        self.stack.push(Open { node: Node::new(line, value), anchor, key: None });
        Ok(())
    }

    fn anchor(&mut self, anchor: usize, node: &Node) {
        if anchor != 0 {
            self.anchors.insert(anchor, (node.clone(), size(node)));
        }
    }

    fn push(&mut self, node: Node) {
        let Some(open) = self.stack.last_mut() else {
            self.documents.push(node);
            return;
        };
        match &mut open.node.value {
            Value::List(items) => items.push(node),
            Value::Map(entries) => match open.key.take() {
                Some(key) => entries.push((key, node)),
                None => open.key = Some(key_text(&node)),
            },
            _ => {}
        }
    }
}

fn key_text(node: &Node) -> String {
    match &node.value {
        Value::Text(text) => text.to_string(),
        Value::Number(number) => number.clone(),
        Value::Bool(flag) => flag.to_string(),
        _ => String::new(),
    }
}

fn size(node: &Node) -> usize {
    1 + match &node.value {
        Value::List(items) => items.iter().map(size).sum(),
        Value::Map(entries) => entries.iter().map(|(_, value)| size(value)).sum(),
        _ => 0,
    }
}

/// `<<: *defaults` gives a map the entries that it does not have itself.
fn merged(mut node: Node) -> Node {
    let Value::Map(entries) = &mut node.value else { return node };
    if !entries.iter().any(|(key, _)| key == "<<") {
        return node;
    }
    let (merges, mut own): (Vec<_>, Vec<_>) = std::mem::take(entries).into_iter().partition(|(key, _)| key == "<<");
    for (_, base) in merges {
        let bases = if base.is_map() { vec![base] } else { base.items().to_vec() };
        for (key, value) in bases.iter().flat_map(Node::entries) {
            if !own.iter().any(|(name, _)| name == key) {
                own.push((key.clone(), value.clone()));
            }
        }
    }
    *entries = own;
    node
}

fn scalar(text: &str, style: ScalarStyle) -> Value {
    if style == ScalarStyle::Plain {
        match text {
            "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
            "true" | "True" | "TRUE" => return Value::Bool(true),
            "false" | "False" | "FALSE" => return Value::Bool(false),
            _ if text.parse::<f64>().is_ok() => return Value::Number(text.to_owned()),
            _ => {}
        }
    }
    Value::Text(Zeroizing::new(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aliases_and_merge_keys_are_followed() {
        let text = "base: &b\n  A: one\n  B: two\nsvc:\n  <<: *b\n  B: mine\n";
        let doc = parse(text).unwrap().remove(0);
        let svc = doc.get("svc").unwrap();
        assert_eq!(svc.text_at("A"), Some("one"));
        assert_eq!(svc.text_at("B"), Some("mine"));
        assert_eq!(svc.get("A").unwrap().line, 2, "a merged value is where it is written");
    }

    #[test]
    fn a_bomb_of_aliases_is_refused() {
        let mut text = String::from("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
        for n in 1..12 {
            let item = format!("*a{}", n - 1);
            text.push_str(&format!("a{n}: &a{n} [{}]\n", vec![item; 10].join(",")));
        }
        assert!(matches!(parse(&text), Err(DocError::TooMany { .. })));
    }

    #[test]
    fn several_documents_in_one_file_are_all_read() {
        let docs = parse("a: 1\n---\nb: 2\n").unwrap();
        assert_eq!(docs.len(), 2);
        assert_eq!(docs[1].get("b").unwrap().line, 3);
    }
}
