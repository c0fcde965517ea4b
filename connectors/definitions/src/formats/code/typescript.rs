//! TypeScript and JavaScript: which names come from a framework, and what is called with what.

use std::collections::BTreeMap;

use tree_sitter::{Node as Part, Tree};

use super::call::{Call, MAX_DEPTH, Mention, Module, around, at_each, line, text, unknown};
use super::framework;
use crate::doc::{Node, Value};

/// What a name stands for: the framework and the name there; for a whole module the name is empty.
type Names = BTreeMap<String, (&'static str, String)>;

/// Reads a file.
pub(super) fn module(tree: &Tree, source: &str) -> Module {
    let mut names = Names::new();
    for part in at_each(tree, source, "import") {
        if let Some(statement) = around(part, &["import_statement"], 2) {
            import(statement, source, &mut names);
        }
    }
    let mut module = Module::default();
    // `process.env.X`, `import.meta.env.X`, `Deno.env.get("X")`
    for part in at_each(tree, source, "env") {
        let mut inner = Some(part);
        for _ in 0..4 {
            let Some(part) = inner else { break };
            if let Some(variable) = variable(part, source) {
                module.variable(variable, line(part));
                break;
            }
            inner = part.parent();
        }
    }
    for name in names.keys() {
        for part in at_each(tree, source, name).filter(|part| part.kind() == "identifier") {
            let Some(whole) = around(part, &["new_expression", "call_expression"], 3) else { continue };
            let called = whole.child_by_field_name("constructor").or_else(|| whole.child_by_field_name("function"));
            // Only what is called, not what is given to a call.
            if called.is_some_and(|called| called.byte_range().contains(&part.start_byte())) {
                module.calls.extend(call(whole, source, &names));
            }
        }
    }
    module.sorted()
}

fn of<'s>(part: Part<'_>, source: &'s str) -> &'s str {
    source.get(part.byte_range()).unwrap_or("")
}

fn import(part: Part<'_>, source: &str, names: &mut Names) {
    if part.kind() != "import_statement" {
        return;
    }
    let Some(from) = part.child_by_field_name("source") else { return };
    let Some(framework) = framework(of(from, source).trim_matches(['"', '\'', '`'])) else { return };
    let mut open: Vec<Part<'_>> = vec![part];
    while let Some(inner) = open.pop() {
        match inner.kind() {
            "import_specifier" => {
                let name = inner.child_by_field_name("name").map_or("", |name| of(name, source));
                let local = inner.child_by_field_name("alias").map_or(name, |alias| of(alias, source));
                names.insert(local.to_owned(), (framework, name.to_owned()));
            }
            "namespace_import" => {
                if let Some(name) = inner.named_child(0) {
                    names.insert(of(name, source).to_owned(), (framework, String::new()));
                }
            }
            "import_statement" | "import_clause" | "named_imports" => {
                let mut cursor = inner.walk();
                open.extend(inner.named_children(&mut cursor));
            }
            "identifier" => {
                names.insert(of(inner, source).to_owned(), (framework, of(inner, source).to_owned()));
            }
            _ => {}
        }
    }
}

fn callee(function: Part<'_>, source: &str, names: &Names) -> Option<(&'static str, String)> {
    match function.kind() {
        "identifier" => names.get(of(function, source)).filter(|(_, name)| !name.is_empty()).cloned(),
        "member_expression" => {
            let object = function.child_by_field_name("object")?;
            let property = of(function.child_by_field_name("property")?, source);
            let (framework, name) = names.get(of(object, source))?;
            Some((framework, if name.is_empty() { property.to_owned() } else { name.clone() }))
        }
        _ => None,
    }
}

fn call(part: Part<'_>, source: &str, names: &Names) -> Option<Call> {
    let function = part.child_by_field_name("constructor").or_else(|| part.child_by_field_name("function"))?;
    let (framework, callee) = callee(function, source, names)?;
    let list = part.child_by_field_name("arguments")?;
    let mut entries = Vec::new();
    let mut first = None;
    let mut mentions = Vec::new();
    let mut cursor = list.walk();
    for (index, argument) in list.named_children(&mut cursor).enumerate() {
        if argument.kind() == "object" {
            let mut cursor = argument.walk();
            for pair in argument.named_children(&mut cursor) {
                entries.extend(property(pair, source, 0));
                match (pair.kind(), pair.child_by_field_name("key"), pair.child_by_field_name("value")) {
                    ("pair", Some(key), Some(value)) => {
                        mention(value, source, of(key, source), &mut mentions, 0);
                    }
                    ("shorthand_property_identifier", ..) => {
                        let name = of(pair, source).to_owned();
                        mentions.push(Mention { argument: name.clone(), name });
                    }
                    _ => {}
                }
            }
        } else {
            mention(argument, source, "", &mut mentions, 0);
            let value = evaluate(argument, source, 0);
            if index == 0 {
                first = value.text().map(ToOwned::to_owned);
            }
        }
    }
    let arguments = Node::new(line(part), Value::Map(entries));
    let assigned = assigned(part, source);
    Some(Call { framework, callee, line: line(part), span: part.byte_range(), assigned, arguments, first, mentions })
}

fn assigned(part: Part<'_>, source: &str) -> Option<String> {
    let mut inner = part;
    for _ in 0..4 {
        let outer = inner.parent()?;
        match outer.kind() {
            "variable_declarator" => {
                let name = outer.child_by_field_name("name")?;
                return (name.kind() == "identifier").then(|| of(name, source).to_owned());
            }
            "pair" => return outer.child_by_field_name("key").map(|key| of(key, source).to_owned()),
            "assignment_expression" => {
                let left = outer.child_by_field_name("left")?;
                let target = left.child_by_field_name("property").unwrap_or(left);
                return Some(of(target, source).to_owned());
            }
            "await_expression" | "parenthesized_expression" | "as_expression" | "satisfies_expression" => inner = outer,
            _ => return None,
        }
    }
    None
}

fn mention(part: Part<'_>, source: &str, argument: &str, found: &mut Vec<Mention>, depth: usize) {
    if depth > MAX_DEPTH || found.len() > 200 {
        return;
    }
    match part.kind() {
        "identifier" | "shorthand_property_identifier" => {
            found.push(Mention { argument: argument.to_owned(), name: of(part, source).to_owned() });
        }
        "call_expression" | "new_expression" => {
            let function = part.child_by_field_name("function").or_else(|| part.child_by_field_name("constructor"));
            if let Some(function) = function {
                mention(function, source, argument, found, depth + 1);
            }
        }
        "arrow_function" | "function_expression" => {}
        _ => {
            let mut cursor = part.walk();
            for inner in part.named_children(&mut cursor) {
                mention(inner, source, argument, found, depth + 1);
            }
        }
    }
}

fn property(pair: Part<'_>, source: &str, depth: usize) -> Option<(String, Node)> {
    if pair.kind() != "pair" {
        return None;
    }
    let key = of(pair.child_by_field_name("key")?, source).trim_matches(['"', '\'', '`']).to_owned();
    Some((key, evaluate(pair.child_by_field_name("value")?, source, depth + 1)))
}

fn evaluate(part: Part<'_>, source: &str, depth: usize) -> Node {
    let at = line(part);
    if depth > MAX_DEPTH {
        return unknown(at);
    }
    if let Some(variable) = variable(part, source) {
        return text(at, format!("${{{variable}}}"));
    }
    let mut cursor = part.walk();
    match part.kind() {
        "string" | "template_string" => string(part, source).map_or_else(|| unknown(at), |value| text(at, value)),
        "true" => Node::new(at, Value::Bool(true)),
        "false" => Node::new(at, Value::Bool(false)),
        "number" => Node::new(at, Value::Number(of(part, source).to_owned())),
        "array" => {
            let items = part.named_children(&mut cursor).map(|inner| evaluate(inner, source, depth + 1)).collect();
            Node::new(at, Value::List(items))
        }
        "object" => {
            let entries = part.named_children(&mut cursor).filter_map(|pair| property(pair, source, depth));
            Node::new(at, Value::Map(entries.collect()))
        }
        // `new X({…})` and `model("gpt")` are what they are given.
        "new_expression" | "call_expression" => {
            let argument = part.child_by_field_name("arguments").and_then(|list| list.named_child(0));
            argument.map_or_else(|| unknown(at), |argument| evaluate(argument, source, depth + 1))
        }
        "non_null_expression"
        | "as_expression"
        | "satisfies_expression"
        | "parenthesized_expression"
        | "await_expression" => {
            part.named_child(0).map_or_else(|| unknown(at), |inner| evaluate(inner, source, depth + 1))
        }
        // `process.env.X ?? "…"`: the variable, with what stands in for it.
        "binary_expression" => {
            let left = part.child_by_field_name("left").and_then(|left| variable(left, source));
            let right = part.child_by_field_name("right").and_then(|right| string(right, source));
            match (left, right) {
                (Some(variable), Some(default)) => text(at, format!("${{{variable}:-{default}}}")),
                (Some(variable), None) => text(at, format!("${{{variable}}}")),
                _ => unknown(at),
            }
        }
        _ => unknown(at),
    }
}

fn string(part: Part<'_>, source: &str) -> Option<String> {
    if !matches!(part.kind(), "string" | "template_string") {
        return None;
    }
    let mut value = String::new();
    let mut cursor = part.walk();
    for inner in part.named_children(&mut cursor) {
        match inner.kind() {
            "string_fragment" => value.push_str(of(inner, source)),
            "template_substitution" => {
                let name = variable(inner.named_child(0)?, source)?;
                value.push_str(&format!("${{{name}}}"));
            }
            _ => {}
        }
    }
    Some(value)
}

/// `process.env.X`, `process.env["X"]`, `import.meta.env.X`, `Deno.env.get("X")`; also with `!` behind it.
fn variable(part: Part<'_>, source: &str) -> Option<String> {
    let is_environment = |object: Part<'_>| {
        matches!(of(object, source), "process.env" | "import.meta.env" | "Bun.env" | "globalThis.process.env")
    };
    let name = match part.kind() {
        "member_expression" => {
            is_environment(part.child_by_field_name("object")?).then_some(())?;
            of(part.child_by_field_name("property")?, source).to_owned()
        }
        "subscript_expression" => {
            is_environment(part.child_by_field_name("object")?).then_some(())?;
            string(part.child_by_field_name("index")?, source)?
        }
        "call_expression" => {
            let function = of(part.child_by_field_name("function")?, source);
            (function == "Deno.env.get").then_some(())?;
            string(part.child_by_field_name("arguments")?.named_child(0)?, source)?
        }
        "non_null_expression" => return variable(part.named_child(0)?, source),
        _ => return None,
    };
    let is_name = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    is_name.then_some(name)
}
