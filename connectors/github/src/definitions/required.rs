//! Workflows that rulesets require of a repository: they stand in another one, of the organisation or its enterprise, and
//! run in this one, so they may get its secrets.
//!
//! None runs before somebody pushes, so what was read after the latest push holds until the next one.

use std::collections::BTreeSet;

use serde::Deserialize;
use whosekey_sdk::{EntityId, Evidence, Link, LinkKind, Record};

use super::workflow;
use crate::place::Place;
use crate::repositories::Repository;

/// The field that is asked of a repository.
pub(super) const FIELD: &str = "rulesets(first: 10) { ...Rulesets }";

/// What is asked of it.
pub(super) const FRAGMENT: &str = "
fragment Rulesets on RepositoryRulesetConnection {
  pageInfo { hasNextPage }
  nodes {
    enforcement
    rules(first: 10, type: WORKFLOWS) {
      nodes { parameters { ... on WorkflowsParameters { workflows { path repositoryId } } } }
    }
  }
}";

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Rulesets {
    page_info: PageInfo,
    nodes: Option<Vec<Option<Ruleset>>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct PageInfo {
    has_next_page: bool,
}

#[derive(Debug, Deserialize)]
struct Ruleset {
    enforcement: String,
    rules: Option<Rules>,
}

#[derive(Debug, Deserialize)]
struct Rules {
    nodes: Option<Vec<Option<Rule>>>,
}

#[derive(Debug, Deserialize)]
struct Rule {
    parameters: Option<Parameters>,
}

#[derive(Debug, Deserialize)]
struct Parameters {
    #[serde(default)]
    workflows: Vec<Required>,
}

/// A workflow that is required.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Required {
    path: String,
    repository_id: u64,
}

impl Rulesets {
    /// The workflows of those that are in force; none when not all is shown.
    pub(super) fn in_force(self) -> Option<Vec<Required>> {
        if self.page_info.has_next_page {
            return None;
        }
        let mut all = Vec::new();
        for ruleset in self.nodes? {
            let ruleset = ruleset?;
            if ruleset.enforcement != "ACTIVE" {
                continue;
            }
            for rule in ruleset.rules?.nodes? {
                all.extend(rule?.parameters?.workflows);
            }
        }
        Some(all)
    }
}

/// What it may use: what it names of the organisation's is known when it is read as what it is, a workflow of one of these
/// repositories.
pub(super) fn normalize(place: &Place, repository: &Repository, all: &[Required], read: &BTreeSet<u64>) -> Vec<Record> {
    let links = all.iter().flat_map(|required| {
        let id = EntityId::new(format!("github:workflow/{}/{}", required.repository_id, required.path));
        let because = format!("a ruleset requires {} in {}", required.path, repository.full_name);
        let ends = if read.contains(&required.repository_id) {
            workflow::repositorys_secrets(repository)
        } else {
            workflow::all_secrets(place, repository)
        };
        ends.into_iter()
            .map(move |end| Link::new(id.clone(), LinkKind::Holds, end, Evidence::Declared, because.clone()).into())
    });
    links.collect()
}
