//! From what single files say to records: agents are merged over their files, references are resolved across files,
//! what lies around is given to the agent that answers for its folder.
//!
//! Whose is a credential that no definition mentions? The agent's whose folder is nearest above it: code and settings
//! beside an agent's definition are the agent's. Where no agent is, a secret that is surely one is held by a workload,
//! the project that it lies in; anything less certain is left out.

mod holders;
mod output;
mod owners;
mod references;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::Value;
use whosekey_sdk::{Alias, Entity, EntityId, Evidence, Fact, Issue, IssueKind, Kind, Link, LinkKind, Location, Record};

use crate::credential::{Credential, MAX_WEAK, Minter, Stretcher};
use crate::formats::Format;
use crate::found::{AgentDef, Claim, Component, FileFacts, Held, Holder, Parent, RunsAs, Slot};

use self::holders::Claims;
use self::output::Output;
use self::references::Resolver;

/// Reads a file in a format, if it may be read.
pub(crate) type Load<'a> = &'a dyn Fn(&Path, Format) -> Option<FileFacts>;

/// Everything that one scope's files say, and what is needed to say it in records.
pub(crate) struct Assembly<'a> {
    pub(crate) minter: &'a Minter,
    /// The folder that is scanned; a home directory for the well-known places.
    pub(crate) root: &'a Path,
    pub(crate) home: Option<&'a Path>,
    /// Sorted by path.
    pub(crate) facts: &'a [FileFacts],
    /// Reads a file that a definition refers to and that the walk did not see.
    pub(crate) load: Load<'a>,
}

/// An agent as all its files together define it.
struct Agent<'f> {
    def: &'f AgentDef,
    aliases: BTreeSet<&'f str>,
    facts: &'f FileFacts,
    enabled: Option<bool>,
    attributes: BTreeMap<String, Value>,
    files: BTreeSet<&'f Path>,
    /// The identities that it acts as, with the files that say so.
    runs_as: Vec<(&'f Path, &'f RunsAs)>,
    parent: Option<EntityId>,
}

/// Agents by the file and the variable in it that they use.
type Users<'f> = BTreeMap<(&'f Path, &'f str), BTreeSet<EntityId>>;

impl Assembly<'_> {
    /// All records, in an order that depends on nothing but the files; and what had to be left out.
    pub(crate) fn records(&self) -> (Vec<Record>, Option<Issue>) {
        let agents = self.agents();
        let claims = Claims::new(self, &agents);
        let resolver = Resolver::new(self);
        let users = self.users(&agents, &resolver);
        let stretcher = Stretcher::new(MAX_WEAK);
        let settle =
            |facts: &FileFacts, slot: &Slot, credential: Credential| self.settle(&stretcher, facts, slot, credential);
        let mut out = Output { owners: owners::declarations(self.facts), ..Output::default() };
        out.links.extend(owners::joined_links(&out.owners));
        for (id, agent) in &agents {
            self.agent_records(id, agent, &agents, &mut out);
        }
        for facts in self.facts {
            for slot in &facts.slots {
                if slot.holder == Holder::Place && resolver.is_taken(&facts.path) {
                    continue;
                }
                // A variable is its users'; one that nobody uses by name is whose folder it lies in.
                let users =
                    users.get(&(facts.path.as_path(), slot.name.as_str())).filter(|_| slot.holder == Holder::Place);
                let holders: Vec<EntityId> = match users {
                    Some(users) => users.iter().cloned().collect(),
                    None => self.holder(facts, slot, &claims, &mut out).into_iter().collect(),
                };
                for holder in &holders {
                    // Described, and nowhere defined.
                    if holder.as_str().starts_with("agent:") && !agents.contains_key(holder) {
                        continue;
                    }
                    for (credential, class) in resolver.resolve(facts, slot) {
                        out.hold(holder, facts, slot, class, &settle(facts, slot, credential));
                    }
                }
            }
            for (agent, path) in &facts.env_files {
                let holder = self.id_of(&facts.agents[*agent]);
                if !agents.contains_key(&holder) {
                    continue;
                }
                for (file, slot) in resolver.slots_of(facts, path) {
                    for (credential, class) in resolver.resolve(file, slot) {
                        out.hold(&holder, file, slot, class, &settle(file, slot, credential));
                    }
                }
            }
        }
        let issue = (stretcher.beyond() > 0).then(|| {
            let message = format!(
                "{}: {} passwords beyond the first {MAX_WEAK} were not compared with others",
                self.root.display(),
                stretcher.beyond()
            );
            Issue::new(IssueKind::Unsupported, message)
        });
        (out.into_records(), issue)
    }

    /// A weak secret's fingerprint, or, when there are too many, a name by the place that it stands at.
    fn settle(&self, stretcher: &Stretcher, facts: &FileFacts, slot: &Slot, credential: Credential) -> Credential {
        let Some(weak) = &credential.weak else { return credential };
        match stretcher.fingerprint(weak) {
            Some(fingerprint) => credential.settled(format!("secret:{fingerprint}"), Some(fingerprint)),
            None => {
                let place = [&*facts.path.to_string_lossy(), &*slot.line.to_string(), &slot.name].map(str::to_owned);
                let digest = self.minter.digest(&place.each_ref().map(String::as_str));
                credential.settled(format!("secret:unmatched/{digest}"), None)
            }
        }
    }

    /// The agents that use each variable of each file, by the whole that they are part of.
    fn users<'r>(&self, agents: &BTreeMap<EntityId, Agent<'_>>, resolver: &Resolver<'r>) -> Users<'r> {
        let mut users = Users::new();
        for facts in self.facts {
            for slot in &facts.slots {
                let Held::Variable(name) = &slot.held else { continue };
                let Holder::Here(at) = slot.holder else { continue };
                let Some((file, found)) = resolver.variable(&facts.base, name) else { continue };
                let mut whole = self.id_of(&facts.agents[at]);
                for _ in 0..8 {
                    match agents.get(&whole).and_then(|agent| agent.parent.clone()) {
                        Some(parent) => whole = parent,
                        None => break,
                    }
                }
                users.entry((file.path.as_path(), found.name.as_str())).or_default().insert(whole);
            }
        }
        users
    }

    fn id_of(&self, def: &AgentDef) -> EntityId {
        EntityId::new(format!("agent:{}", self.minter.digest(&[&def.place.to_string_lossy(), &def.key])))
    }

    fn agents(&self) -> BTreeMap<EntityId, Agent<'_>> {
        let mut agents: BTreeMap<EntityId, Agent<'_>> = BTreeMap::new();
        let mut hosts: BTreeMap<(&Path, &str), EntityId> = BTreeMap::new();
        for facts in self.facts {
            for def in &facts.agents {
                let id = self.id_of(def);
                if def.component == Component::Orchestrator {
                    hosts.insert((&facts.base, def.key.as_str()), id.clone());
                }
                let parent = match def.parent {
                    Parent::Here(at) => Some(self.id_of(&facts.agents[at])),
                    Parent::None | Parent::Client(..) => None,
                };
                let agent = agents.entry(id).or_insert_with(|| Agent {
                    def,
                    aliases: BTreeSet::new(),
                    facts,
                    enabled: None,
                    attributes: BTreeMap::new(),
                    files: BTreeSet::new(),
                    runs_as: Vec::new(),
                    parent: None,
                });
                agent.parent = agent.parent.take().or(parent);
                agent.runs_as.extend(def.runs_as.iter().map(|runs_as| (facts.path.as_path(), runs_as)));
                // On in one file is on.
                agent.enabled = match (agent.enabled, def.enabled) {
                    (Some(one), Some(other)) => Some(one || other),
                    (one, other) => one.or(other),
                };
                for (key, value) in &def.attributes {
                    agent.attributes.entry(key.clone()).or_insert_with(|| value.clone());
                }
                // Who defines it knows it better than who only describes it.
                if agent.def.is_description && !def.is_description {
                    (agent.def, agent.facts) = (def, facts);
                }
                agent.aliases.extend(def.aliases.iter().map(String::as_str));
                agent.files.insert(&facts.path);
            }
        }
        agents.retain(|_, agent| !agent.def.is_description);
        let parts: BTreeMap<PathBuf, EntityId> = agents
            .iter()
            .flat_map(|(id, agent)| agent.def.part_files.iter().map(move |file| (file.clone(), id.clone())))
            .collect();
        for (id, agent) in &mut agents {
            if let Parent::Client(client, levels) = agent.def.parent {
                let project = agent.facts.path.ancestors().nth(levels);
                agent.parent = project.and_then(|project| hosts.get(&(project, client)).cloned());
            } else if agent.parent.is_none() {
                agent.parent = parts.get(&agent.def.place).filter(|parent| *parent != id).cloned();
            }
        }
        self.attach_code(&mut agents);
        agents
    }

    /// Code under a defined agent's folder is that agent's code.
    fn attach_code(&self, agents: &mut BTreeMap<EntityId, Agent<'_>>) {
        let is_code = |agent: &Agent<'_>| agent.def.type_name == "agent.code";
        let defined: BTreeMap<PathBuf, EntityId> = agents
            .iter()
            .filter(|(_, agent)| agent.def.claim == Claim::Framework && agent.parent.is_none() && !is_code(agent))
            .map(|(id, agent)| (agent.facts.base.clone(), id.clone()))
            .collect();
        for agent in agents.values_mut().filter(|agent| is_code(agent)) {
            let above = agent.facts.path.ancestors().skip(1).take_while(|folder| folder.starts_with(self.root));
            agent.parent = above.filter_map(|folder| defined.get(folder)).next().cloned();
        }
    }

    fn agent_records(
        &self,
        id: &EntityId,
        agent: &Agent<'_>,
        agents: &BTreeMap<EntityId, Agent<'_>>,
        out: &mut Output<'_>,
    ) {
        let def = agent.def;
        let mut entity = Entity::new(id.clone(), Kind::Agent, def.type_name.clone(), def.name.clone());
        entity.enabled = agent.enabled.map_or(Fact::NotExposed, Fact::Known);
        entity.aliases = agent.aliases.iter().map(|alias| Alias::new(*alias)).collect();
        entity.attributes = agent.attributes.clone();
        let files: Vec<String> = agent.files.iter().map(|file| file.to_string_lossy().into_owned()).collect();
        entity = entity.attribute("component", def.component.as_str()).attribute("path", files.join("\n"));
        let named = entity.attributes.get("environment").and_then(Value::as_str);
        let environment = named.map_or_else(|| environment(&agent.facts.path), environment_word);
        if let Some(environment) = environment {
            entity = entity.attribute("environment", environment);
        }
        out.entity(entity);
        let location =
            Location { path: agent.facts.path.to_string_lossy().into_owned(), line: def.line, pointer: None };
        if let Some(parent) = agent.parent.as_ref().filter(|parent| agents.contains_key(*parent)) {
            let link = Link::new(id, LinkKind::PartOf, parent, Evidence::Declared, "its definition").location(location);
            out.links.push(link);
        }
        for (path, runs_as) in &agent.runs_as {
            let location = Location {
                path: path.to_string_lossy().into_owned(),
                line: Some(runs_as.line),
                pointer: runs_as.pointer.clone(),
            };
            let link =
                Link::new(id, LinkKind::RunsAs, runs_as.identity.as_str(), Evidence::Declared, &*runs_as.because);
            out.links.push(link.location(location));
        }
        // A tool is its agent's, and its agent has the owner.
        if def.component != Component::Tool || agent.parent.is_none() {
            out.links.extend(owners::links(&out.owners, id, agent.facts));
        }
    }

    /// Who holds a slot's credential; a project becomes a workload when it is the first time needed.
    fn holder(&self, facts: &FileFacts, slot: &Slot, claims: &Claims, out: &mut Output<'_>) -> Option<EntityId> {
        match slot.holder {
            Holder::Here(at) => Some(self.id_of(&facts.agents[at])),
            Holder::Place => claims.agent_for(&facts.path).cloned().or_else(|| {
                if !claims.is_worth_a_workload(slot) {
                    return None;
                }
                let project = claims.project_of(&facts.path);
                let id =
                    EntityId::new(format!("workload:{}", self.minter.digest(&[&project.to_string_lossy(), "project"])));
                if !out.entities.contains_key(&id) {
                    let name = project.file_name().map_or_else(|| "/".into(), |name| name.to_string_lossy());
                    let mut workload = Entity::new(id.clone(), Kind::Workload, "files.project", name)
                        .attribute("path", project.to_string_lossy());
                    if let Some(environment) = environment(project) {
                        workload = workload.attribute("environment", environment);
                    }
                    out.entity(workload);
                    out.links.extend(owners::links_of_folder(&out.owners, &id, project));
                }
                Some(id)
            }),
        }
    }
}

/// The environment that a path names, when it does so with a whole folder.
fn environment(path: &Path) -> Option<&'static str> {
    path.ancestors().skip(1).filter_map(Path::file_name).find_map(|name| environment_word(name.to_str()?))
}

/// The one word for an environment's many names.
fn environment_word(name: &str) -> Option<&'static str> {
    match name.to_ascii_lowercase().as_str() {
        "prod" | "production" | "live" => Some("prod"),
        "staging" | "stage" | "preprod" => Some("staging"),
        "dev" | "development" => Some("dev"),
        "sandbox" => Some("sandbox"),
        _ => None,
    }
}
