//! Files that are credentials: Google service account keys, the AWS credentials file, kubeconfigs.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::with_yaml;
use crate::doc::{Node, pointer};
use crate::found::Holder;
use crate::reader::{Entry, Reader, Spot};
use crate::secrets::{self, Confidence};
use crate::value_class::ValueClass;

/// A Google service account's key.
pub(crate) fn read_gcp(reader: &mut Reader<'_>, document: &Node) {
    if document.text_at("type") != Some("service_account") {
        return;
    }
    let (Some(id), Some(email)) = (document.get("private_key_id"), document.text_at("client_email")) else { return };
    let Some(key_id) = id.text().filter(|id| !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric())) else {
        return;
    };
    let private_key = document.text_at("private_key").filter(|key| key.contains("PRIVATE KEY"));
    let mut credential = reader.minter.gcp_key(key_id, email, private_key);
    if let Some(project) = document.text_at("project_id") {
        credential.entity = credential.entity.attribute("project", project);
    }
    let class = if private_key.is_some() { ValueClass::Literal } else { ValueClass::Plain };
    let line = document.get("private_key").map_or(id.line, |node| node.line);
    let spot = Spot { name: "private_key", line, pointer: Some("/private_key") };
    reader.facts.is_key_file = true;
    reader.push(Holder::Place, spot, class, Confidence::High, credential);
}

/// `~/.aws/credentials`: the slot's name is the profile's.
pub(crate) fn read_aws(reader: &mut Reader<'_>, text: &str) {
    reader.facts.is_key_file = true;
    let mut profile = String::from("default");
    let mut keys: Vec<(&str, &str, u32)> = Vec::new();
    for (line, number) in text.lines().zip(1u32..) {
        let line = line.trim();
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            take_profile(reader, &profile, &keys);
            keys.clear();
            profile = name.trim().trim_start_matches("profile ").to_owned();
        } else if let Some((name, value)) = line.split_once('=').filter(|_| !line.starts_with(['#', ';'])) {
            keys.push((name.trim(), value.trim(), number));
        }
    }
    take_profile(reader, &profile, &keys);
}

fn take_profile(reader: &mut Reader<'_>, profile: &str, keys: &[(&str, &str, u32)]) {
    let at = pointer("", profile);
    let first = reader.facts.slots.len();
    let entries: Vec<Entry<'_>> = keys
        .iter()
        .map(|(name, value, line)| Entry { name, value, line: *line, pointer: Some(pointer(&at, name)) })
        .collect();
    reader.entries(Holder::Place, &entries);
    for slot in &mut reader.facts.slots[first..] {
        profile.clone_into(&mut slot.name);
    }
}

/// Users of a kubeconfig: tokens, passwords and client keys in place.
pub(crate) fn read_kubeconfig(reader: &mut Reader<'_>, text: &str) {
    reader.facts.is_key_file = true;
    with_yaml(reader, text, |reader, document| {
        for (index, entry) in document.get("users").map_or(&[][..], Node::items).iter().enumerate() {
            let Some(user) = entry.get("user") else { continue };
            let at = format!("/users/{index}/user");
            for key in ["token", "password"] {
                if let Some(node) = user.get(key) {
                    reader.node(Holder::Place, key, node, &pointer(&at, key));
                }
            }
            if let Some(node) = user.get("client-key-data")
                && let Some(pem) = node.text().and_then(|data| STANDARD.decode(data.trim()).ok())
                && let Ok(pem) = String::from_utf8(pem)
                && secrets::pem::parse_at(pem.as_bytes(), pem.find("-----BEGIN ").unwrap_or(0)).is_some()
            {
                let pem = zeroize::Zeroizing::new(pem);
                reader.value(
                    Holder::Place,
                    Spot { name: "client-key-data", line: node.line, pointer: Some(&pointer(&at, "client-key-data")) },
                    &pem,
                );
            }
        }
    });
}
