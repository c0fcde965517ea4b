//! Credentials on a server's command line: options, `KEY=value` pairs, container variables, headers, URLs.

use crate::doc::{self, Node};
use crate::found::Holder;
use crate::reader::{Entry, Reader, Spot};

/// The program and its arguments, whether the command is text, a list, or text with spaces.
pub(crate) fn command(server: &Node) -> (Option<&str>, Vec<&Node>) {
    let args = server.get("args").map_or(&[][..], Node::items).iter();
    let Some((_, command)) = server.any(&["command", "cmd"]) else { return (None, args.collect()) };
    match command.items().split_first() {
        Some((program, rest)) => (program.text(), rest.iter().chain(args).collect()),
        // Older Zed: `command: {path, args, env}`.
        None if command.is_map() => {
            let inner = command.get("args").map_or(&[][..], Node::items).iter();
            (command.text_at("path"), inner.chain(args).collect())
        }
        None => (command.text(), args.collect()),
    }
}

/// A program's own name, without folder or arguments; nothing that could be a secret.
pub(crate) fn program_name(command: &str) -> Option<String> {
    let first = command.split_whitespace().next()?;
    let name = first.rsplit(['/', '\\']).next()?;
    let plain = name.len() <= 48 && !name.contains(['=', '$', '%', ':', '@']);
    plain.then(|| name.to_owned())
}

/// The argument that names what is run: an npm, PyPI or image name.
pub(crate) fn package(arg: &str) -> Option<String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '@' | '/' | '.' | '-' | '_' | ':' | '[' | ']');
    let shaped = arg.len() >= 3
        && arg.len() <= 96
        && arg.chars().all(plain)
        && !arg.starts_with(['-', '.', '/'])
        && !arg.contains("//")
        && (arg.starts_with('@') || arg.contains(['/', '-']))
        && arg.chars().any(|c| c.is_ascii_lowercase());
    let looks_random = crate::secrets::first_in(arg).is_some()
        || arg
            .split(['/', '@', '-', ':', '.', '_'])
            .any(|part| part.len() > 24 && part.bytes().any(|b| b.is_ascii_digit()));
    (shaped && !looks_random).then(|| arg.to_owned())
}

/// One argument that means something.
struct Arg<'a> {
    text: &'a str,
    line: u32,
    at: String,
}

/// Reads the arguments of a server.
pub(crate) fn read_args(reader: &mut Reader<'_>, tool: usize, server: &Node, at: &str) {
    let args = arguments(server, at);
    let (program, _) = command(server);
    let program = program.and_then(program_name).unwrap_or_default();
    let mut variables: Vec<Entry<'_>> = Vec::new();
    let mut option: Option<&str> = None;
    for arg in &args {
        let pending = option.take();
        let text = arg.text.trim();
        match pending {
            Some("-e" | "--env") => {
                take_variable(reader, tool, arg, text, &mut variables);
                continue;
            }
            Some("--env-file") => {
                reader.facts.env_files.push((tool, text.to_owned()));
                continue;
            }
            Some("-H" | "--header") => {
                take_header(reader, tool, arg, text);
                continue;
            }
            Some(name) if !text.starts_with('-') => {
                take(reader, tool, arg, name, text);
                continue;
            }
            _ => {}
        }
        if text.starts_with('-') {
            match text.split_once('=') {
                Some(("-e" | "--env", pair)) => take_variable(reader, tool, arg, pair, &mut variables),
                Some(("--env-file", path)) => reader.facts.env_files.push((tool, path.to_owned())),
                Some(("-H" | "--header", header)) => take_header(reader, tool, arg, header),
                Some((name, value)) => take(reader, tool, arg, name, value),
                None => option = Some(text),
            }
        } else if text.split_once('=').is_some_and(|(name, _)| is_variable(name)) {
            take_variable(reader, tool, arg, text, &mut variables);
        } else if let Some(inner) = text.strip_prefix("Authorization:") {
            take(reader, tool, arg, "Authorization", inner);
        } else if program != text {
            take(reader, tool, arg, "", text);
        }
    }
    reader.entries(Holder::Here(tool), &variables);
}

/// The arguments with their pointers; the words of a command that is one text count as arguments.
fn arguments<'a>(server: &'a Node, at: &str) -> Vec<Arg<'a>> {
    let mut found = Vec::new();
    if let Some((key, command)) = server.any(&["command", "cmd"]) {
        let base = format!("{at}/{key}");
        if let Some(text) = command.text() {
            let words = text.split_whitespace().skip(1);
            found.extend(words.map(|word| Arg {
                text: word.trim_matches(['"', '\'']),
                line: command.line,
                at: base.clone(),
            }));
        }
        list(command.items().get(1..).unwrap_or(&[]), &base, 1, &mut found);
        if let Some(inner) = command.get("args") {
            list(inner.items(), &format!("{base}/args"), 0, &mut found);
        }
    }
    if let Some(args) = server.get("args") {
        list(args.items(), &format!("{at}/args"), 0, &mut found);
    }
    found
}

fn list<'a>(items: &'a [Node], base: &str, first: usize, found: &mut Vec<Arg<'a>>) {
    for (index, item) in items.iter().enumerate() {
        if let Some(text) = item.scalar() {
            found.push(Arg { text, line: item.line, at: format!("{base}/{}", index + first) });
        }
    }
}

/// `NAME=value` sets a variable; `NAME` alone passes ours on, which is a reference.
fn take_variable<'a>(
    reader: &mut Reader<'_>,
    tool: usize,
    arg: &Arg<'a>,
    pair: &'a str,
    variables: &mut Vec<Entry<'a>>,
) {
    match pair.split_once('=') {
        Some((name, value)) => {
            variables.push(Entry { name, value, line: arg.line, pointer: Some(arg.at.clone()) });
        }
        None if is_variable(pair) => {
            // When the server's own `env` sets it, that slot says more.
            let known = reader.facts.slots.iter().any(|slot| slot.holder == Holder::Here(tool) && slot.name == pair);
            if !known {
                let text = format!("${{{pair}}}");
                reader.value(Holder::Here(tool), Spot { name: pair, line: arg.line, pointer: Some(&arg.at) }, &text);
            }
        }
        None => {}
    }
}

fn take_header(reader: &mut Reader<'_>, tool: usize, arg: &Arg<'_>, header: &str) {
    let header = header.trim_matches(['"', '\'']);
    let (name, value) = header.split_once(':').unwrap_or(("header", header));
    take(reader, tool, arg, name.trim(), value);
}

fn take(reader: &mut Reader<'_>, tool: usize, arg: &Arg<'_>, name: &str, value: &str) {
    // `--key` is a key; as part of a longer name the word says nothing.
    let name = match name.trim_start_matches('-') {
        "key" | "k" => "api-key",
        name => name,
    };
    let value = value.trim_matches('\'');
    // Settings as one text of JSON (`--config {"apiKey": …}`).
    if value.starts_with('{')
        && let Ok(mut settings) = doc::parse_json(value)
    {
        settings.set_line(arg.line);
        reader.map(Holder::Here(tool), &settings, &arg.at);
        return;
    }
    let spot = Spot { name, line: arg.line, pointer: Some(&arg.at) };
    reader.value(Holder::Here(tool), spot, value.trim_matches('"'));
}

fn is_variable(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_of_a_command_is_no_secret() {
        assert_eq!(program_name("/usr/bin/npx -y x").as_deref(), Some("npx"));
        assert_eq!(program_name("TOKEN=abc"), None);
        assert_eq!(
            package("@modelcontextprotocol/server-github").as_deref(),
            Some("@modelcontextprotocol/server-github")
        );
        assert_eq!(package("ghcr.io/github/github-mcp-server").as_deref(), Some("ghcr.io/github/github-mcp-server"));
        for text in ["-y", "postgres://a:b@c/d", "mcp-a1B2c3D4e5F6a1B2c3D4e5F6a1", "/srv/x.js"] {
            assert_eq!(package(text), None, "{text}");
        }
    }
}
