//! Who answers for a folder.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use whosekey_sdk::EntityId;

use super::{Agent, Assembly};
use crate::found::{Claim, Component, Slot};
use crate::secrets::Confidence;
use crate::value_class::ValueClass;

/// Agents by the folders they answer for, and the projects of a tree.
pub(super) struct Claims {
    agents: BTreeMap<PathBuf, EntityId>,
    projects: Vec<PathBuf>,
    root: PathBuf,
}

impl Claims {
    pub(super) fn new(assembly: &Assembly<'_>, agents: &BTreeMap<EntityId, Agent<'_>>) -> Self {
        // Best first: an agent that is built there before a client that works there, then the one whose file comes first.
        let mut candidates: Vec<(&Path, std::cmp::Reverse<Claim>, bool, &Path, &str, &EntityId)> = agents
            .iter()
            .filter(|(_, agent)| agent.def.claim != Claim::None)
            .map(|(id, agent)| {
                let is_part = agent.def.component != Component::Orchestrator;
                let (base, path) = (agent.facts.base.as_path(), agent.facts.path.as_path());
                (base, std::cmp::Reverse(agent.def.claim), is_part, path, agent.def.key.as_str(), id)
            })
            .collect();
        candidates.sort_unstable();
        let mut best = BTreeMap::new();
        for (base, .., id) in candidates {
            best.entry(base.to_owned()).or_insert_with(|| id.clone());
        }
        let mut projects: Vec<PathBuf> =
            assembly.facts.iter().filter(|facts| facts.is_project_root).map(|facts| facts.base.clone()).collect();
        projects.sort();
        projects.dedup();
        Self { agents: best, projects, root: assembly.root.to_owned() }
    }

    /// The agent whose folder is nearest above a file.
    pub(super) fn agent_for(&self, file: &Path) -> Option<&EntityId> {
        self.folders_above(file).find_map(|folder| self.agents.get(folder))
    }

    /// The project that a file lies in: the nearest folder that says that it is one, else the scanned folder.
    pub(super) fn project_of(&self, file: &Path) -> &Path {
        let found = self.folders_above(file).find_map(|folder| self.projects.iter().find(|project| *project == folder));
        found.map_or(self.root.as_path(), PathBuf::as_path)
    }

    /// Without an agent, only what is surely a secret is worth a record.
    pub(super) fn is_worth_a_workload(&self, slot: &Slot) -> bool {
        slot.class == ValueClass::Literal && slot.confidence == Confidence::High
    }

    fn folders_above<'p>(&self, file: &'p Path) -> impl Iterator<Item = &'p Path> {
        let root = self.root.clone();
        file.ancestors().skip(1).take_while(move |folder| folder.starts_with(&root))
    }
}
