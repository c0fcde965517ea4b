//! Workflows that rulesets require of a repository: they stand in another one, of the organisation or its enterprise, and
//! run in this one, so they may get its secrets.
//!
//! They are asked for in each scan, of the repositories too to which nobody pushed: a ruleset changes without a push, and
//! what it requires runs for the next pull request. First the rulesets of many repositories are listed, then the rules of
//! each ruleset that runs workflows are read once, however many repositories it is for.
//!
//! Who may not see rulesets does not know of such workflows, and so not what may use the repository's secrets: that is said
//! by a link from an end that nothing lists. So is what is required of a repository that is archived or not looked at: its own
//! workflow may be shown as one that does not run, and runs in this repository all the same.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use whosekey_sdk::listing::each;
use whosekey_sdk::{Alias, EndRef, EntityId, Evidence, Issue, Link, LinkKind, Record, Sink};

use super::query::Query;
use super::workflow;
use crate::api::{Call, Calls};
use crate::descriptor::METADATA;
use crate::place::Place;
use crate::repositories::Repository;

const RULESETS: Call = Call::new("GraphQL repository.rulesets", METADATA);
const RULES: Call = Call::new("GraphQL nodes", METADATA);

/// As many nodes as GitHub gives at once, and as many repositories as cost one point of its budget.
const AT_ONCE: usize = 100;

const RULES_QUERY: &str = "query($ids: [ID!]!) {
  nodes(ids: $ids) {
    ... on RepositoryRuleset {
      id
      rules(first: 100, type: WORKFLOWS) {
        nodes { parameters { ... on WorkflowsParameters { workflows { path repositoryId } } } }
      }
    }
  }
}
";

/// What they may use, of all these repositories. `running` are the ids of those whose own workflows are read and run.
///
/// # Errors
/// When a query gets no answer.
pub(super) async fn read(
    calls: &Calls,
    repositories: &[&Repository],
    running: &BTreeSet<u64>,
    out: &mut dyn Sink,
) -> Result<Vec<Record>, Issue> {
    let listed = each(repositories.chunks(AT_ONCE), |some| rulesets(calls, some)).await;
    let mut of_repository: BTreeMap<u64, Option<Vec<String>>> = BTreeMap::new();
    for answer in listed {
        let (some, issue) = answer?;
        of_repository.extend(some);
        issue.into_iter().for_each(|issue| out.issue(issue));
    }
    let all: BTreeSet<&String> = of_repository.values().flatten().flatten().collect();
    let all: Vec<&String> = all.into_iter().collect();
    let mut rules: BTreeMap<String, Vec<Required>> = BTreeMap::new();
    for answer in each(all.chunks(AT_ONCE), |some| required(calls, some)).await {
        rules.extend(answer?);
    }
    let records = repositories.iter().flat_map(|repository| {
        let rulesets = of_repository.get(&repository.id).and_then(Option::as_ref);
        match rulesets.and_then(|rulesets| rulesets.iter().map(|id| rules.get(id)).collect::<Option<Vec<_>>>()) {
            Some(all) => normalize(&calls.place, repository, all.into_iter().flatten(), running),
            None => not_shown(&calls.place, repository),
        }
    });
    Ok(records.collect())
}

#[derive(Debug, Deserialize)]
struct OfRepository {
    rulesets: Option<Rulesets>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Rulesets {
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
    id: String,
    enforcement: String,
}

impl Rulesets {
    /// The ids of those whose workflows run; none when not all is shown. One that is only evaluated blocks nothing, but
    /// organisations have their reviews run by such ones, and GitHub's pages do not say otherwise (seen 2026-11-27).
    fn that_run(self) -> Option<Vec<String>> {
        if self.page_info.has_next_page {
            return None;
        }
        let all: Vec<Ruleset> = self.nodes?.into_iter().collect::<Option<_>>()?;
        Some(all.into_iter().filter(|ruleset| ruleset.enforcement != "DISABLED").map(|ruleset| ruleset.id).collect())
    }
}

/// The rulesets of each repository whose workflows run, none where they are not all shown; and the issue of a query that GitHub
/// refused.
async fn rulesets(
    calls: &Calls,
    repositories: &[&Repository],
) -> Result<(Vec<(u64, Option<Vec<String>>)>, Option<Issue>), Issue> {
    let mut query = Query::default();
    for repository in repositories {
        query.ask(repository, "rulesets(first: 100) { ...Rulesets }");
    }
    let fragment =
        "fragment Rulesets on RepositoryRulesetConnection { pageInfo { hasNextPage } nodes { id enforcement } }";
    let (text, variables) = query.written(fragment);
    let answered = calls.graphql::<BTreeMap<String, Option<OfRepository>>, _>(RULESETS, &text, variables).await?;
    let issue = if answered.data.is_none() { calls.fault(RULESETS, &answered.errors) } else { None };
    let mut data = answered.data.unwrap_or_default();
    let each = repositories.iter().map(|repository| {
        let of = data.remove(&Query::key(repository)).flatten();
        (repository.id, of.and_then(|of| of.rulesets).and_then(Rulesets::that_run))
    });
    Ok((each.collect(), issue))
}

#[derive(Debug, Deserialize)]
struct Nodes {
    nodes: Vec<Option<Rules>>,
}

#[derive(Debug, Deserialize)]
struct Rules {
    id: Option<String>,
    rules: Option<RulesOf>,
}

#[derive(Debug, Deserialize)]
struct RulesOf {
    nodes: Option<Vec<Option<Rule>>>,
}

#[derive(Debug, Deserialize)]
struct Rule {
    parameters: Option<Parameters>,
}

#[derive(Debug, Deserialize)]
struct Parameters {
    workflows: Option<Vec<Required>>,
}

/// A workflow that is required.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Required {
    path: String,
    repository_id: u64,
}

impl Rules {
    /// The workflows of a ruleset; none when not all is shown.
    fn required(self) -> Option<(String, Vec<Required>)> {
        let mut all = Vec::new();
        for rule in self.rules?.nodes? {
            all.extend(rule?.parameters?.workflows?);
        }
        Some((self.id?, all))
    }
}

/// What these rulesets require, without those that are not shown.
async fn required(calls: &Calls, rulesets: &[&String]) -> Result<Vec<(String, Vec<Required>)>, Issue> {
    let variables = BTreeMap::from([("ids", rulesets)]);
    let answered = calls.graphql::<Nodes, _>(RULES, RULES_QUERY, variables).await?;
    let nodes = answered.data.map_or_else(Vec::new, |data| data.nodes);
    Ok(nodes.into_iter().flatten().filter_map(Rules::required).collect())
}

/// What they may use: what they name of the organisation's is known when they are read as what they are, workflows of one
/// of these repositories.
fn normalize<'r>(
    place: &Place,
    repository: &Repository,
    all: impl Iterator<Item = &'r Required>,
    running: &BTreeSet<u64>,
) -> Vec<Record> {
    let links = all.flat_map(|required| {
        let name = format!("{}/{}", required.repository_id, required.path);
        let because = format!("a ruleset requires {} in {}", required.path, repository.full_name);
        let (id, ends): (EndRef, _) = if running.contains(&required.repository_id) {
            let id = EntityId::new(format!("github:workflow/{name}"));
            (id.into(), workflow::repositorys_secrets(repository))
        } else {
            let unknown = Alias::new(format!("github:required-workflow/{name}"));
            (unknown.into(), workflow::all_secrets(place, repository))
        };
        ends.into_iter()
            .map(move |end| Link::new(id.clone(), LinkKind::Holds, end, Evidence::Declared, because.clone()).into())
    });
    links.collect()
}

/// What is not shown may use anything.
fn not_shown(place: &Place, repository: &Repository) -> Vec<Record> {
    let unknown: EndRef = Alias::new(format!("github:required-workflows/{}", repository.id)).into();
    let because = format!("{}: what workflows its rulesets require is not shown", repository.full_name);
    let ends = workflow::all_secrets(place, repository).into_iter();
    ends.map(|end| Link::new(unknown.clone(), LinkKind::Holds, end, Evidence::Declared, because.clone()).into())
        .collect()
}
