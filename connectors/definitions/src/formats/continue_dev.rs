//! Continue: models with their keys, and MCP servers in a list or under `experimental`.

use super::clients::{Client, Range, host};
use super::mcp::{self, Inputs};
use crate::doc::Node;
use crate::found::Holder;
use crate::reader::Reader;

pub(crate) fn read(reader: &mut Reader<'_>, client: &'static Client, range: Range, document: &Node) {
    let host = host(reader, client, range);
    let holder = Holder::Here(host);
    for (key, list) in [("models", document.get("models")), ("context", document.get("context"))] {
        for (index, model) in list.map_or(&[][..], Node::items).iter().enumerate() {
            for (name, node) in model.entries() {
                reader.node(holder, name, node, &format!("/{key}/{index}/{name}"));
            }
            if let Some(env) = model.get("env") {
                reader.map(holder, env, &format!("/{key}/{index}/env"));
            }
        }
    }
    let inputs = Inputs::default();
    if let Some(servers) = document.get("mcpServers") {
        mcp::read_list(reader, host, servers, "/mcpServers", &inputs);
        mcp::read_servers(reader, host, servers, "/mcpServers", &inputs);
    }
    let path = ["experimental", "modelContextProtocolServers"];
    if let Some(servers) = document.at(&path) {
        let at = "/experimental/modelContextProtocolServers";
        for (index, server) in servers.items().iter().enumerate() {
            let (inner, at) = match server.get("transport") {
                Some(transport) => (transport, format!("{at}/{index}/transport")),
                None => (server, format!("{at}/{index}")),
            };
            let name = server.text_at("name").map_or_else(|| format!("server {}", index + 1), ToOwned::to_owned);
            mcp::read_server(reader, host, &name, inner, &at, &inputs, "");
        }
    }
    reader.sweep(holder, document, "", "");
}
