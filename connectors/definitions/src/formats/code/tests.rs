use std::path::Path;

use whosekey_sdk::FingerprintKey;

use crate::credential::Minter;
use crate::formats::{Format, Place};
use crate::found::{Component, FileFacts, Held, Parent};

fn read(path: &str, text: &str) -> FileFacts {
    let minter = Minter::new(FingerprintKey::from_bytes([1; 32]), "s");
    let whole = Path::new("/repo").join(path);
    crate::formats::read(&minter, &Place::at(&whole), Format::of_path(Path::new(path)).unwrap(), text.as_bytes())
}

/// Agents as `name` or `name<parent`, with a mark for what they are.
fn agents(facts: &FileFacts) -> Vec<String> {
    let shown = facts.agents.iter().map(|agent| {
        let mark = match agent.component {
            Component::Orchestrator => "",
            Component::SubAgent => "~",
            Component::Tool => "+",
            Component::MemoryStore => "=",
        };
        match agent.parent {
            Parent::Here(at) => format!("{mark}{}<{}", agent.name, facts.agents[at].name),
            _ => format!("{mark}{}", agent.name),
        }
    });
    shown.collect()
}

fn variables(facts: &FileFacts) -> Vec<(&str, &str)> {
    let held = facts.slots.iter().filter_map(|slot| match (&slot.held, slot.holder) {
        (Held::Variable(name), crate::found::Holder::Here(at)) => Some((name.as_str(), facts.agents[at].name.as_str())),
        _ => None,
    });
    held.collect()
}

#[test]
fn what_stands_in_comments_and_strings_is_no_agent() {
    let text = "\"\"\"\nfrom agents import Agent\nAgent(name=\"doc\")\n\"\"\"\nfrom agents import Runner\n# Agent(name='comment')\nx = \"Agent(name='string')\"\nkey = \"\"\"os.environ['A_TOKEN']\"\"\"\n";
    assert!(read("a.py", text).agents.is_empty());
    let text = "// import { Agent } from '@mastra/core'\nimport { Tool } from '@mastra/core';\n/* new Agent({name: 'x'}) */\nconst s = `new Agent({ name: 'y' })`;\n";
    assert!(read("a.ts", text).agents.is_empty());
}

#[test]
fn a_class_of_ones_own_that_is_called_agent_is_none_of_a_framework() {
    let text = "import langchain\nfrom mine import Agent\nclass RealEstateAgent: ...\na = Agent(name='x')\nb = RealEstateAgent()\n";
    assert!(read("a.py", text).agents.is_empty());
}

#[test]
fn an_imported_name_may_have_another_one_here() {
    let text = "from agents import Agent as A\nimport autogen as ag\nbot = A[Ctx](\n    name=(\n        \"triage\"\n    ),\n)\nhelper = ag.AssistantAgent(\"helper\", llm_config={\"model\": \"gpt-5\"})\n";
    let facts = read("a.py", text);
    assert_eq!(agents(&facts), ["triage", "helper"]);
    assert_eq!(facts.agents[0].line, Some(3));
    assert_eq!(facts.agents[1].attributes["model"], "gpt-5");
    assert_eq!(facts.agents[1].attributes["framework"], "autogen");
}

#[test]
fn agents_that_an_agent_lists_are_its_parts() {
    let text = "from agents import Agent, function_tool\n\n@function_tool\ndef search(): ...\n\nbilling = Agent(name=\"billing\")\nrefunds = Agent(name=\"refunds\", handoffs=[billing])\ntriage = Agent(name=\"triage\", tools=[search, refunds.as_tool(tool_name=\"r\")], handoffs=[Agent(name=\"inline\")])\n";
    let facts = read("a.py", text);
    assert_eq!(agents(&facts), ["~billing<refunds", "~refunds<triage", "triage", "~inline<triage"]);
    assert_eq!(facts.agents[2].attributes["tools"], "search, refunds, as_tool");
}

#[test]
fn agents_that_hand_over_to_each_other_are_peers() {
    let text = "from agents import Agent\na = Agent(name='a')\nb = Agent(name='b', handoffs=[a])\na.handoffs.append(b)\nc = Agent(name='c', handoffs=[d])\nd = Agent(name='d', handoffs=[c])\n";
    assert_eq!(agents(&read("a.py", text)), ["~a<b", "b", "~c<d", "d"]);
}

#[test]
fn computed_values_stay_unknown() {
    let text = "from strands import Agent\nname = load()\nagent = Agent(name=name, model=get(), system_prompt=f\"You are {name}\", api_key=vault.read(\"x\"))\n";
    let facts = read("a.py", text);
    assert_eq!(agents(&facts), ["agent"]);
    assert!(facts.slots.is_empty(), "{:?}", facts.slots);
    assert!(!facts.agents[0].attributes.contains_key("model"));
}

#[test]
fn variables_of_the_environment_are_held_where_they_are_used() {
    let text = "import os\nfrom os import environ\nfrom agents import Agent\nfrom agents.mcp import MCPServerStdio, MCPServerStreamableHttp\n\ngh = MCPServerStdio(params={\"command\": \"npx\", \"args\": [\"-y\", \"@acme/gh\"], \"env\": {\"GH_TOKEN\": os.environ[\"GH_TOKEN\"]}})\nweb = MCPServerStreamableHttp(params={\"url\": \"https://mcp.example.com\", \"headers\": {\"Authorization\": f\"Bearer {environ['WEB_TOKEN']}\"}})\nbot = Agent(name=\"bot\", mcp_servers=[gh, web])\nother = os.getenv(\"OTHER_TOKEN\")\n";
    let facts = read("a.py", text);
    assert_eq!(agents(&facts), ["+gh<bot", "+web<bot", "bot"]);
    assert_eq!(variables(&facts), [("GH_TOKEN", "gh"), ("WEB_TOKEN", "web"), ("OTHER_TOKEN", "bot")]);
    assert_eq!(facts.agents[0].attributes["package"], "@acme/gh");
}

#[test]
fn typescript_is_read_the_same_way() {
    let text = "import { Agent as A, MCPServerStdio } from '@openai/agents';\nimport * as mastra from '@mastra/core';\n\nconst gh = new MCPServerStdio({ name: 'github', command: 'npx', env: { GH_TOKEN: process.env.GH_TOKEN! } });\nexport const helper = new A({\n  name: 'helper',\n});\nexport const triage = new A({ name: `triage`, handoffs: [helper], mcpServers: [gh],\n  headers: { Authorization: `Bearer ${process.env['API_TOKEN']}` } });\nconst m = new mastra.Agent({ id: 'm', model: openai('gpt-5') as any });\n";
    let facts = read("a.ts", text);
    assert_eq!(agents(&facts), ["+github<triage", "~helper<triage", "triage", "m"]);
    assert_eq!(variables(&facts), [("GH_TOKEN", "github"), ("API_TOKEN", "triage")]);
    assert_eq!(facts.agents[3].attributes["model"], "gpt-5");
}

#[test]
fn a_secret_as_a_default_is_in_the_open() {
    let secret = "q7Zt4Lm9Xc2Vb8NrA1";
    let text = format!(
        "import {{ Agent }} from '@mastra/core';\nconst a = new Agent({{ id: 'a', apiKey: process.env.A_KEY ?? '{secret}' }});\n"
    );
    let facts = read("a.ts", &text);
    assert!(facts.slots.iter().any(|slot| slot.class.is_hard_coded()), "{:?}", facts.slots);
}

#[test]
fn mistakes_in_the_text_hide_only_themselves() {
    let text = "from crewai import Agent, Crew\ndef broken(:\n    x = [\nok = Agent(role=\"r\", name=\"ok\")\n";
    assert!(agents(&read("a.py", text)).contains(&"ok".to_owned()));
}

#[test]
fn texts_made_to_be_slow_end() {
    for piece in ["(", "[", "{'a':", "f\"{", "lambda:", "a.b(", "`${", "<a>", "if x:\n "] {
        let text = format!("from agents import Agent\n{}", piece.repeat(4_000));
        let _ended = read("a.py", &text);
        let text = format!("import {{ Agent }} from '@openai/agents';\n{}", piece.repeat(4_000));
        let _ended = read("a.ts", &text);
    }
}
