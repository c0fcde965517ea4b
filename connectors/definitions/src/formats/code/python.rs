//! Python: which names come from a framework, and what is called with what.

use std::collections::BTreeMap;

use tree_sitter::{Node as Part, Tree};

use super::call::{Call, MAX_DEPTH, Mention, Module, around, at_each, line, text, unknown};
use super::framework;
use crate::doc::{Node, Value};

/// What a name stands for: the framework and the name there; for a module the name is empty.
type Names = BTreeMap<String, (&'static str, String)>;

/// Reads a file.
pub(super) fn module(tree: &Tree, source: &str) -> Module {
    let of = |part: Part<'_>| source.get(part.byte_range()).unwrap_or("").to_owned();
    let mut names = Names::new();
    for part in at_each(tree, source, "import") {
        if let Some(statement) = around(part, &["import_statement", "import_from_statement"], 2) {
            import(statement, &of, &mut names);
        }
    }
    let mut module = Module::default();
    for word in ["environ", "getenv"] {
        for part in at_each(tree, source, word) {
            // `os.environ["X"]`: the word, `os.environ`, the whole; for `.get("X")` one more around it, and the call.
            let mut inner = Some(part);
            for _ in 0..5 {
                let Some(part) = inner else { break };
                if let Some(variable) = variable(part, source) {
                    module.variable(variable, line(part));
                    break;
                }
                inner = part.parent();
            }
        }
    }
    for name in names.keys() {
        for part in at_each(tree, source, name).filter(|part| part.kind() == "identifier") {
            let Some(whole) = around(part, &["call"], 4) else { continue };
            // Only what is called, not what is given to a call.
            if whole
                .child_by_field_name("function")
                .is_some_and(|called| called.byte_range().contains(&part.start_byte()))
            {
                module.calls.extend(call(whole, source, &names));
            }
        }
    }
    module.sorted()
}

fn import(part: Part<'_>, of: &dyn Fn(Part<'_>) -> String, names: &mut Names) {
    let from = match part.kind() {
        "import_from_statement" => match part.child_by_field_name("module_name") {
            Some(from) => Some(from),
            None => return,
        },
        "import_statement" => None,
        _ => return,
    };
    let mut cursor = part.walk();
    for name in part.children_by_field_name("name", &mut cursor) {
        let (full, local) = match name.kind() {
            "aliased_import" => {
                let inner = name.child_by_field_name("name").map(of).unwrap_or_default();
                (inner, name.child_by_field_name("alias").map(of).unwrap_or_default())
            }
            _ => (of(name), of(name)),
        };
        match from {
            Some(module) => {
                if let Some(framework) = framework(&of(module)) {
                    names.insert(local, (framework, full));
                }
            }
            None => {
                if let Some(framework) = framework(&full) {
                    names.insert(local, (framework, String::new()));
                }
            }
        }
    }
}

/// What is called, in its framework's words: `Agent`, `autogen.AssistantAgent`, `Agent[Context]`.
fn callee(function: Part<'_>, source: &str, names: &Names) -> Option<(&'static str, String)> {
    let of = |part: Part<'_>| source.get(part.byte_range()).unwrap_or("");
    match function.kind() {
        "identifier" => names.get(of(function)).filter(|(_, name)| !name.is_empty()).cloned(),
        "subscript" => callee(function.child_by_field_name("value")?, source, names),
        "attribute" => {
            let object = function.child_by_field_name("object")?;
            let attribute = of(function.child_by_field_name("attribute")?);
            let (framework, name) = names.get(of(object))?;
            // A method of what a framework gives (`Agent.from_config`) makes the same thing.
            let made = if name.is_empty() { attribute } else { name };
            Some((framework, made.to_owned()))
        }
        _ => None,
    }
}

fn call(part: Part<'_>, source: &str, names: &Names) -> Option<Call> {
    let (framework, callee) = callee(part.child_by_field_name("function")?, source, names)?;
    let of = |part: Part<'_>| source.get(part.byte_range()).unwrap_or("");
    let mut entries = Vec::new();
    let mut first = None;
    let mut mentions = Vec::new();
    let list = part.child_by_field_name("arguments")?;
    let mut cursor = list.walk();
    for (index, argument) in list.named_children(&mut cursor).enumerate() {
        if argument.kind() == "keyword_argument" {
            let (Some(name), Some(value)) =
                (argument.child_by_field_name("name"), argument.child_by_field_name("value"))
            else {
                continue;
            };
            mention(value, source, of(name), &mut mentions, 0);
            entries.push((of(name).to_owned(), evaluate(value, source, 0)));
        } else {
            mention(argument, source, "", &mut mentions, 0);
            let value = evaluate(argument, source, 0);
            if index == 0 && first.is_none() {
                first = value.text().map(ToOwned::to_owned);
            }
            if value.is_map() || !value.items().is_empty() {
                entries.push((format!("argument {index}"), value));
            }
        }
    }
    let arguments = Node::new(line(part), Value::Map(entries));
    let assigned = assigned(part, source);
    Some(Call { framework, callee, line: line(part), span: part.byte_range(), assigned, arguments, first, mentions })
}

/// `x = call(…)`, `x: Agent = call(…)`, or the function that returns it.
fn assigned(part: Part<'_>, source: &str) -> Option<String> {
    let of = |part: Part<'_>| source.get(part.byte_range()).unwrap_or("").to_owned();
    let mut inner = part;
    for _ in 0..4 {
        let outer = inner.parent()?;
        match outer.kind() {
            "assignment" => {
                let left = outer.child_by_field_name("left")?;
                let target = if left.kind() == "attribute" { left.child_by_field_name("attribute")? } else { left };
                return (target.kind() == "identifier").then(|| of(target));
            }
            "return_statement" => {
                let function = outer.parent()?.parent().filter(|outer| outer.kind() == "function_definition")?;
                return function.child_by_field_name("name").map(of);
            }
            "await" | "parenthesized_expression" | "conditional_expression" | "with_item" | "as_pattern" => {
                inner = outer;
            }
            _ => return None,
        }
    }
    None
}

/// Names in an argument, but not those in a nested call's own arguments.
fn mention(part: Part<'_>, source: &str, argument: &str, found: &mut Vec<Mention>, depth: usize) {
    if depth > MAX_DEPTH || found.len() > 200 {
        return;
    }
    match part.kind() {
        "identifier" => {
            let name = source.get(part.byte_range()).unwrap_or("").to_owned();
            found.push(Mention { argument: argument.to_owned(), name });
        }
        "attribute" => {
            // `self.researcher()` and `other.as_tool()`.
            for field in ["object", "attribute"] {
                if let Some(inner) = part.child_by_field_name(field) {
                    mention(inner, source, argument, found, depth + 1);
                }
            }
        }
        "call" => {
            if let Some(function) = part.child_by_field_name("function") {
                mention(function, source, argument, found, depth + 1);
            }
        }
        _ => {
            let mut cursor = part.walk();
            for inner in part.named_children(&mut cursor) {
                mention(inner, source, argument, found, depth + 1);
            }
        }
    }
}

/// A value as far as it is written out; a variable of the environment is a reference to it.
fn evaluate(part: Part<'_>, source: &str, depth: usize) -> Node {
    let at = line(part);
    if depth > MAX_DEPTH {
        return unknown(at);
    }
    if let Some(variable) = variable(part, source) {
        return text(at, format!("${{{variable}}}"));
    }
    let of = |part: Part<'_>| source.get(part.byte_range()).unwrap_or("");
    let mut cursor = part.walk();
    match part.kind() {
        "string" => string(part, source).map_or_else(|| unknown(at), |value| text(at, value)),
        "concatenated_string" => {
            let parts: Option<Vec<String>> =
                part.named_children(&mut cursor).map(|inner| string(inner, source)).collect();
            parts.map_or_else(|| unknown(at), |parts| text(at, parts.concat()))
        }
        "true" => Node::new(at, Value::Bool(true)),
        "false" => Node::new(at, Value::Bool(false)),
        "integer" | "float" => Node::new(at, Value::Number(of(part).to_owned())),
        "parenthesized_expression" => {
            part.named_child(0).map_or_else(|| unknown(at), |inner| evaluate(inner, source, depth + 1))
        }
        "list" | "tuple" | "set" => {
            let items = part.named_children(&mut cursor).map(|inner| evaluate(inner, source, depth + 1)).collect();
            Node::new(at, Value::List(items))
        }
        "dictionary" => {
            let pairs = part.named_children(&mut cursor).filter(|inner| inner.kind() == "pair");
            let entries = pairs.filter_map(|pair| {
                let key = string(pair.child_by_field_name("key")?, source)?;
                Some((key, evaluate(pair.child_by_field_name("value")?, source, depth + 1)))
            });
            Node::new(at, Value::Map(entries.collect()))
        }
        // What a constructor is given (`StdioServerParameters(command=…)`), whatever it is.
        "call" => {
            let Some(list) = part.child_by_field_name("arguments") else { return unknown(at) };
            let named = list.named_children(&mut cursor).filter(|inner| inner.kind() == "keyword_argument");
            let entries: Vec<(String, Node)> = named
                .filter_map(|argument| {
                    let name = of(argument.child_by_field_name("name")?).to_owned();
                    Some((name, evaluate(argument.child_by_field_name("value")?, source, depth + 1)))
                })
                .collect();
            if entries.is_empty() { unknown(at) } else { Node::new(at, Value::Map(entries)) }
        }
        "lambda" => {
            part.child_by_field_name("body").map_or_else(|| unknown(at), |body| evaluate(body, source, depth + 1))
        }
        _ => unknown(at),
    }
}

/// A string's own text; in an f-string only variables of the environment may be filled in.
fn string(part: Part<'_>, source: &str) -> Option<String> {
    if part.kind() != "string" {
        return None;
    }
    let mut value = String::new();
    let mut cursor = part.walk();
    for inner in part.named_children(&mut cursor) {
        match inner.kind() {
            "string_content" => value.push_str(source.get(inner.byte_range())?),
            "interpolation" => {
                let name = variable(inner.child_by_field_name("expression").or_else(|| inner.named_child(0))?, source)?;
                value.push_str(&format!("${{{name}}}"));
            }
            _ => {}
        }
    }
    Some(value)
}

/// `os.environ["X"]`, `os.environ.get("X", …)`, `os.getenv("X")`, and the same without `os.`.
fn variable(part: Part<'_>, source: &str) -> Option<String> {
    let of = |part: Part<'_>| source.get(part.byte_range()).unwrap_or("");
    let name = match part.kind() {
        "subscript" => {
            let object = of(part.child_by_field_name("value")?);
            if !matches!(object, "os.environ" | "environ") {
                return None;
            }
            part.child_by_field_name("subscript")?
        }
        "call" => {
            let function = of(part.child_by_field_name("function")?);
            let is_known =
                ["os.environ.get", "environ.get", "os.getenv", "getenv", "os.environ.pop"].contains(&function);
            if !is_known {
                return None;
            }
            part.child_by_field_name("arguments")?.named_child(0)?
        }
        _ => return None,
    };
    let name = string(name, source)?;
    let is_name = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    is_name.then_some(name)
}
