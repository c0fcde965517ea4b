//! Snowflake's `connections.toml` and `config.toml`: named connections, each with an account, a user and a password, a
//! token or the path of a key.

use super::with;
use crate::doc::{self, Node, pointer};
use crate::found::Holder;
use crate::reader::{Reader, Spot};

pub(crate) fn read(reader: &mut Reader<'_>, text: &str) {
    reader.facts.is_key_file = true;
    with(reader, doc::parse_toml(text), |reader, document| {
        let (base, connections) = match document.get("connections") {
            Some(inner) => ("/connections", inner),
            None => ("", document),
        };
        for (name, connection) in connections.entries().iter().filter(|(_, node)| node.is_map()) {
            read_connection(reader, name, connection, &pointer(base, name));
        }
    });
}

fn read_connection(reader: &mut Reader<'_>, name: &str, connection: &Node, at: &str) {
    let account = connection.text_at("account").or_else(|| connection.text_at("host")).unwrap_or("");
    let user = connection.text_at("user").or_else(|| connection.text_at("username")).unwrap_or("");
    let first = reader.facts.slots.len();
    for key in ["password", "token", "oauth_client_secret", "private_key_passphrase", "private_key_raw", "passcode"] {
        let Some(node) = connection.get(key) else { continue };
        let Some(value) = node.scalar() else { continue };
        let at = pointer(at, key);
        let spot = Spot { name: key, line: node.line, pointer: Some(&at) };
        if key == "password" {
            reader.password(Holder::Place, spot, value, user, account);
        } else {
            reader.value(Holder::Place, spot, value);
        }
    }
    for key in ["private_key_file", "private_key_path", "token_file_path"] {
        let Some(node) = connection.get(key) else { continue };
        if let Some(path) = node.text() {
            let at = pointer(at, key);
            reader.file(Holder::Place, Spot { name: key, line: node.line, pointer: Some(&at) }, path);
        }
    }
    for slot in &mut reader.facts.slots[first..] {
        slot.note = Some(("connection", name.into()));
    }
}
