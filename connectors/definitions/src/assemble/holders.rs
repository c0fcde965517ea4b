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
        let mut candidates: Vec<(&EntityId, &Agent<'_>)> =
            agents.iter().filter(|(_, agent)| agent.def.claim != Claim::None).collect();
        // Best first: an agent that is built there before a client that works there, a whole before a part, then the
        // one whose file comes first.
        candidates.sort_by_key(|(id, agent)| {
            let is_part = agent.def.component != Component::Orchestrator;
            (std::cmp::Reverse(agent.def.claim), is_part, &agent.facts.path, &agent.def.key, *id)
        });
        let mut best = BTreeMap::new();
        for (id, agent) in candidates {
            best.entry(agent.facts.base.clone()).or_insert_with(|| id.clone());
        }
        let mut projects: Vec<PathBuf> =
            assembly.facts.iter().filter(|facts| facts.is_project_root).map(|facts| facts.base.clone()).collect();
        projects.sort();
        projects.dedup();
        Self { agents: best, projects, root: assembly.root.to_owned() }
    }

    /// The agent whose folder is nearest above a file, within the project that the file lies in.
    pub(super) fn agent_for(&self, file: &Path) -> Option<&EntityId> {
        for folder in self.folders_above(file) {
            if let Some(agent) = self.agents.get(folder) {
                return Some(agent);
            }
            if self.is_project(folder) {
                return None;
            }
        }
        None
    }

    fn is_project(&self, folder: &Path) -> bool {
        self.projects.binary_search_by(|project| project.as_path().cmp(folder)).is_ok()
    }

    /// The project that a file lies in: the nearest folder that says that it is one, else the scanned folder.
    pub(super) fn project_of<'p>(&'p self, file: &'p Path) -> &'p Path {
        let found = self.folders_above(file).find(|folder| self.is_project(folder));
        found.unwrap_or(&self.root)
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
