//! From calls to agents, their parts and what they hold.

use std::collections::BTreeMap;

use super::call::{Call, Module};
use crate::doc::{Node, Value};
use crate::formats::folder_name;
use crate::formats::mcp::{self, Inputs};
use crate::found::{AgentDef, Claim, Component, Holder, Parent};
use crate::reader::{Reader, Spot};
use crate::secrets;
use crate::value_class::ValueClass;

/// What a call makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Made {
    Agent,
    /// Several agents together.
    Team,
    Server,
}

/// What the constructors of the frameworks make.
fn made(callee: &str) -> Option<Made> {
    let plain = callee.trim_start_matches('_');
    Some(match plain {
        "Crew" | "Flow" | "StateGraph" | "Swarm" | "Graph" | "GroupChat" | "AgentWorkflow" | "Team" => Made::Team,
        "create_react_agent"
        | "create_agent"
        | "create_deep_agent"
        | "create_tool_calling_agent"
        | "create_supervisor"
        | "create_swarm"
        | "createReactAgent"
        | "createAgent"
        | "createDeepAgent"
        | "createSupervisor"
        | "initialize_agent"
        | "AgentExecutor"
        | "FunctionAgent"
        | "ReActAgent"
        | "ClaudeSDKClient"
        | "ClaudeAgentOptions"
        | "ClaudeCodeOptions"
        | "AgentDefinition" => Made::Agent,
        "StdioServerParameters"
        | "StdioServerParams"
        | "SseServerParams"
        | "StreamableHttpServerParams"
        | "StdioConnectionParams"
        | "SseConnectionParams"
        | "StreamableHTTPConnectionParams"
        | "MCPClient"
        | "MultiServerMCPClient" => Made::Server,
        _ if plain.starts_with("MCPServer") || plain.starts_with("hostedMcpTool") || plain.starts_with("HostedMCP") => {
            Made::Server
        }
        _ if plain.starts_with("MCP") && plain.ends_with("Tool") => Made::Server,
        _ if plain.eq_ignore_ascii_case("McpToolset") || plain.eq_ignore_ascii_case("McpWorkbench") => Made::Server,
        _ if plain.ends_with("GroupChat") || plain.ends_with("GroupChatManager") => Made::Team,
        _ if plain.ends_with("Agent") && plain.starts_with(|c: char| c.is_ascii_uppercase()) => Made::Agent,
        _ => return None,
    })
}

/// Arguments in which an agent lists those that work for it.
const MEMBERS: &[&str] = &[
    "handoffs",
    "agents",
    "sub_agents",
    "subAgents",
    "participants",
    "managed_agents",
    "members",
    "subagents",
    "tools",
    "nodes",
    "",
];

/// One call with the agent that it became.
struct Known<'m> {
    call: &'m Call,
    made: Made,
    at: usize,
}

/// Keeps what a file of code says.
pub(super) fn emit(reader: &mut Reader<'_>, module: &Module) {
    let calls: Vec<(&Call, Made)> = module.calls.iter().filter_map(|call| Some((call, made(&call.callee)?))).collect();
    // Servers alone are somebody else's tools.
    if !calls.iter().any(|(_, made)| *made != Made::Server) {
        return;
    }
    let mut known: Vec<Known<'_>> = Vec::new();
    let mut keys: BTreeMap<String, u32> = BTreeMap::new();
    for (call, made) in calls {
        // Parameters within a server's own call are read with it.
        let is_within = |outer: &Known<'_>| outer.made == Made::Server && outer.call.span.contains(&call.span.start);
        if made == Made::Server && known.iter().any(is_within) {
            continue;
        }
        if call.framework == "crewai" && made == Made::Agent && call.arguments.get("config").is_some() {
            crew_agent(reader, call);
            continue;
        }
        let at = define(reader, call, made, &mut keys);
        known.push(Known { call, made, at });
    }
    attach(reader, &known);
    for one in &known {
        keep(reader, one);
    }
    let Some(whole) = known.iter().find(|one| one.made != Made::Server).map(|one| top(reader, one.at)) else { return };
    for (variable, line) in &module.variables {
        let is_known = |reader: &Reader<'_>| {
            let named =
                |held: &crate::found::Held| matches!(held, crate::found::Held::Variable(name) if name == variable);
            reader.facts.slots.iter().any(|slot| named(&slot.held))
        };
        if secrets::is_secret_name(variable) && !is_known(reader) {
            let spot = Spot { name: variable, line: *line, pointer: None };
            reader.variable(Holder::Here(whole), spot, ValueClass::EnvRef, variable);
        }
    }
}

/// The agent that a part is of in the end.
fn top(reader: &Reader<'_>, at: usize) -> usize {
    let mut top = at;
    for _ in 0..16 {
        match reader.facts.agents[top].parent {
            Parent::Here(parent) => top = parent,
            Parent::None | Parent::Client(..) => break,
        }
    }
    top
}

fn define(reader: &mut Reader<'_>, call: &Call, made: Made, keys: &mut BTreeMap<String, u32>) -> usize {
    let path = reader.path();
    let named = call.text(&["name", "id", "agent_name"]).or(match made {
        Made::Agent => call.first.as_deref().filter(|first| first.len() <= 60 && !first.contains(char::is_whitespace)),
        Made::Team | Made::Server => None,
    });
    let name = named
        .filter(|name| !name.is_empty() && name.len() <= 80)
        .map(ToOwned::to_owned)
        .or_else(|| call.assigned.clone())
        .unwrap_or_else(|| if made == Made::Server { call.callee.clone() } else { folder_name(&path) });
    // What it is called in the code lasts longer than the line that it stands on.
    let key = format!("code/{}", call.assigned.as_deref().or(named).unwrap_or(&call.callee));
    let count = keys.entry(key.clone()).or_insert(0);
    *count += 1;
    let key = if *count > 1 { format!("{key}#{count}") } else { key };
    let (component, type_name) = match made {
        Made::Server => (Component::Tool, "agent.mcp-server"),
        Made::Agent | Made::Team => (Component::Orchestrator, "agent.code"),
    };
    let claim = if made == Made::Server { Claim::None } else { Claim::Framework };
    let mut def = AgentDef::new(&path, key, name, type_name, component).claiming(claim).at(call.line);
    if made == Made::Server {
        // The arguments of a server's parameters may be its own or those of one argument.
        def = mcp::describe(def, server_of(&call.arguments));
    } else {
        def = def.attribute("framework", call.framework);
        let model = call.arguments.any(&["model", "llm", "model_id", "llm_config"]).map(|(_, node)| node);
        let model =
            model.and_then(|node| node.text().or_else(|| node.text_at("model")).or_else(|| node.text_at("model_id")));
        if let Some(model) = model.filter(|model| !model.contains("${") && model.len() <= 80) {
            def = def.attribute("model", model);
        }
        let mut tools: Vec<&str> = call
            .mentions
            .iter()
            .filter(|mention| mention.argument == "tools" && mention.name != "self")
            .map(|mention| mention.name.as_str())
            .collect();
        tools.dedup();
        if !tools.is_empty() {
            def = def.attribute("tools", tools.join(", "));
        }
    }
    reader.agent(def)
}

/// CrewAI's agents in code take what they are from `config/agents.yaml` beside it: the same agent.
fn crew_agent(reader: &mut Reader<'_>, call: &Call) {
    let Some(name) = &call.assigned else { return };
    let defined = reader.path().with_file_name("config").join("agents.yaml");
    let mut def = AgentDef::new(defined, format!("crew/{name}"), name, "agent.crewai-agent", Component::SubAgent);
    def.is_description = true;
    if let Some(tools) = call.mentions.iter().find(|mention| mention.argument == "tools") {
        def = def.attribute("tools_in_code", tools.name.clone());
    }
    reader.agent(def);
}

/// An agent is part of the one that lists it, or in whose arguments it is made.
fn attach(reader: &mut Reader<'_>, known: &[Known<'_>]) {
    for part in known {
        let lists = |owner: &&Known<'_>| {
            if owner.at == part.at || owner.made == Made::Server {
                return false;
            }
            let is_within = owner.call.span.contains(&part.call.span.start);
            let is_named = part.call.assigned.as_ref().is_some_and(|name| {
                owner.call.mentions.iter().any(|mention| {
                    mention.name == *name
                        && (MEMBERS.contains(&mention.argument.as_str())
                            || (part.made == Made::Server && mention.argument.to_lowercase().contains("mcp")))
                })
            });
            is_within || is_named
        };
        // The innermost one that it stands in, else the first that names it.
        let owner = known.iter().filter(lists).min_by_key(|owner| {
            if owner.call.span.contains(&part.call.span.start) { owner.call.span.len() } else { usize::MAX }
        });
        let fallback = || known.iter().find(|one| one.made != Made::Server).filter(|_| part.made == Made::Server);
        let Some(owner) = owner.or_else(fallback) else { continue };
        // Two that hand over to each other are peers, not parts of each other.
        if top(reader, owner.at) == part.at {
            continue;
        }
        reader.facts.agents[part.at].parent = Parent::Here(owner.at);
        if part.made != Made::Server {
            reader.facts.agents[part.at].component = Component::SubAgent;
        }
    }
}

/// A server's parameters: its own arguments, or those of the one argument that has them.
fn server_of(arguments: &Node) -> &Node {
    let has =
        |node: &Node| ["command", "url", "server_url", "serverUrl", "cmd"].iter().any(|key| node.get(key).is_some());
    if has(arguments) {
        return arguments;
    }
    let inner = ["params", "server_params", "connection_params", "server_parameters", "tool_config", "toolConfig"];
    let one = inner
        .iter()
        .find_map(|key| arguments.get(key))
        .map_or(arguments, |node| node.get("server_params").filter(|inner| has(inner)).unwrap_or(node));
    if has(one) {
        return one;
    }
    // `MCPClient(lambda: stdio_client(StdioServerParameters(command=…)))`
    arguments.entries().iter().map(|(_, node)| node).find(|node| has(node)).unwrap_or(one)
}

fn keep(reader: &mut Reader<'_>, one: &Known<'_>) {
    let holder = Holder::Here(one.at);
    let arguments = &one.call.arguments;
    if one.made == Made::Server {
        let server = server_of(arguments);
        mcp::read_slots(reader, one.at, server, "");
        // `MultiServerMCPClient({"name": {…}})`: one tool each.
        for (_, group) in
            arguments.entries().iter().filter(|(name, _)| name.starts_with("argument ") || name == "servers")
        {
            if mcp::is_flat(group) {
                mcp::read_servers(reader, one.at, group, "", &Inputs::default());
            }
        }
        return;
    }
    keep_values(reader, holder, arguments, 0);
    if let Some(servers) =
        arguments.any(&["mcp_servers", "mcpServers"]).map(|(_, node)| node).filter(|node| node.is_map())
    {
        mcp::read_servers(reader, one.at, servers, "", &Inputs::default());
    }
}

/// Values under telling names in the arguments, at any depth; nested agents and servers read their own.
fn keep_values(reader: &mut Reader<'_>, holder: Holder, node: &Node, depth: usize) {
    for (name, value) in node.entries() {
        match &value.value {
            Value::Text(_) if secrets::is_secret_name(name) || name == "key" => {
                reader.node_without_pointer(holder, name, value);
            }
            Value::Map(_) if matches!(name.as_str(), "headers" | "env" | "default_headers") => {
                reader.map_without_pointers(holder, value);
            }
            Value::Map(_) if depth < 4 && !matches!(name.as_str(), "mcp_servers" | "mcpServers") => {
                keep_values(reader, holder, value, depth + 1);
            }
            _ => {}
        }
    }
}
