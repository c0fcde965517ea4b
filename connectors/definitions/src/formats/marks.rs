//! Definitions without a name of their own: recognised by marks in their text, and only then parsed.

use super::compose::AGENT_IMAGES;
use super::{adk, autogen, bedrock, canvas, cards, cluster, dify, haystack, keyfiles, litellm, mcp, n8n};
use super::{with_json, with_yaml};
use crate::doc::{self, Node};
use crate::reader::Reader;

/// A format, by texts that all occur in its files. The first is the most telling one.
struct Row {
    marks: &'static [&'static str],
    read: fn(&mut Reader<'_>, &Node),
}

macro_rules! row {
    ([$($mark:literal),+] => $read:path) => {
        Row { marks: &[$($mark),+], read: $read }
    };
}

/// The first whose marks occur reads the file.
const JSON: &[Row] = &[
    row!(["n8n-nodes-", "\"nodes\""] => n8n::read),
    row!(["\"component_type\"", "\"provider\""] => autogen::read_component),
    row!(["AWS::Bedrock"] => bedrock::read),
    row!(["\"load_from_db\"", "\"template\""] => canvas::read_langflow),
    row!(["\"inputAnchors\"", "\"nodes\"", "\"edges\""] => canvas::read_flowise),
    row!(["\"mcpServerDefinitionProviders\"", "\"contributes\""] => cards::read_extension),
    row!(["server.schema.json"] => cards::read_server_json),
    row!(["\"environmentVariables\"", "\"packages\"", "\"isSecret\""] => cards::read_server_json),
    row!(["\"mcpServers\""] => mcp::read_unnamed),
];

const YAML: &[Row] = &[
    row!(["agent_class:"] => adk::read_document),
    row!(["AgentConfig.json"] => adk::read_document),
    row!(["AWS::Bedrock"] => bedrock::read),
    row!(["litellm_params:"] => litellm::read),
    row!(["haystack.components.agents"] => haystack::read),
    row!(["kind: app", "app:", "mode:"] => dify::read),
    row!(["kagent.dev/"] => cluster::read_manifest),
    row!(["mcpServers:"] => mcp::read_unnamed),
];

fn has(text: &[u8], mark: &str) -> bool {
    memchr::memmem::find(text, mark.as_bytes()).is_some()
}

fn row_of(rows: &'static [Row], text: &str) -> Option<&'static Row> {
    rows.iter().find(|row| row.marks.iter().all(|mark| has(text.as_bytes(), mark)))
}

/// Whether a part of a file that is too large to be read says that agents may be defined in it.
pub(super) fn may_define(kind: super::Kind, part: &[u8]) -> bool {
    let rows = match kind {
        super::Kind::Json => JSON,
        super::Kind::Yaml => YAML,
        super::Kind::Terraform | super::Kind::TerraformState => return has(part, "aws_bedrockagent"),
        super::Kind::Code => return super::code::may_define(part),
        _ => return false,
    };
    rows.iter().any(|row| has(part, row.marks[0]))
}

pub(super) fn read_json(reader: &mut Reader<'_>, text: &str) {
    if has(text.as_bytes(), "\"private_key_id\"") && has(text.as_bytes(), "\"service_account\"") {
        // Not a definition: what is no key file is none of ours.
        if let Ok(document) = doc::parse_json(text) {
            keyfiles::read_gcp(reader, &document);
        }
    } else if let Some(row) = row_of(JSON, text) {
        with_json(reader, text, row.read);
    }
}

pub(super) fn read_yaml(reader: &mut Reader<'_>, text: &str) {
    // A template of a chart is no YAML yet.
    let is_template = has(text.as_bytes(), "{{");
    if let Some(row) = row_of(YAML, text) {
        match doc::parse_yaml(text) {
            Ok(documents) => documents.iter().for_each(|document| (row.read)(reader, document)),
            Err(_) if is_template => {}
            Err(error) => reader.issue(error),
        }
        return;
    }
    if is_template || !AGENT_IMAGES.iter().any(|image| has(text.as_bytes(), image)) {
        return;
    }
    let name = super::folder_name(&reader.path());
    if has(text.as_bytes(), "containers:") && has(text.as_bytes(), "apiVersion:") {
        with_yaml(reader, text, cluster::read_manifest);
    } else if name.starts_with("values") {
        with_yaml(reader, text, cluster::read_values);
    }
}

pub(super) fn read_state(reader: &mut Reader<'_>, text: &str) {
    if has(text.as_bytes(), "aws_bedrockagent") || has(text.as_bytes(), "awscc_bedrock_agent") {
        with_json(reader, text, bedrock::read_state);
    }
}
