//! `definitions`: what stands in the default branches: workflows, agents' definitions, MCP configurations, CODEOWNERS; and the
//! workflows of the other branches.
//!
//! The files of a repository that nobody pushed to since the latest scan cost no request: what they said is told again from
//! the note. Of the others one listing of the tree tells which files are of interest, and those of many repositories come with
//! one query.
//!
//! Invariant: a note holds records, never a file.

mod branches;
mod codeowners;
mod expressions;
mod files;
mod query;
mod required;
mod workflow;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::{Deserialize, Serialize};
use whosekey_definitions::{Definitions, Format, Place, Tree};
use whosekey_sdk::listing::each;
use whosekey_sdk::{
    Alias, CollectError, Complete, EndRef, Evidence, Fact, Issue, IssueKind, Kind, Link, LinkKind, Record, Sink,
    Timestamp,
};

use crate::api::Calls;
use crate::repositories::{Repository, Shared};
use files::{File, Listing};

/// Repositories whose files are fetched together.
const AT_ONCE: usize = 32;

/// What a repository's files said, and what they were.
#[derive(Debug, Serialize, Deserialize)]
struct Told {
    full_name: String,
    branch: String,
    archived: bool,
    pushed_at: Fact<Option<Timestamp>>,
    tree: String,
    records: Vec<Record>,
    issues: Vec<Issue>,
    /// What the other branches add.
    of_branches: Vec<Record>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Note {
    /// Changes with the key of fingerprints, by which records know secrets.
    key: String,
    repositories: BTreeMap<u64, Told>,
}

/// Collects `definitions`.
pub(crate) async fn collect(
    calls: &Calls,
    shared: &Shared,
    definitions: &Definitions,
    out: &mut dyn Sink,
) -> Result<Complete, CollectError> {
    let repositories = shared.repositories(calls).await;
    // Without its id nothing can be said of the organisation's secrets, and that is not that nothing uses them.
    if calls.place.id.is_none() {
        let _complete = repositories.complete()?;
        return Err(calls.unanswered(files::TREE).into());
    }
    let key = key_of(definitions);
    let mut before = calls.notes.extra::<Note>().filter(|note| note.key == key).unwrap_or_default().repositories;
    let mut note = Note { key, repositories: BTreeMap::new() };
    let read: BTreeSet<u64> = repositories.seen().filter(|one| one.runs_workflows()).map(|one| one.id).collect();
    let all: Vec<&Repository> =
        calls.asked(repositories.seen().filter(|one| one.shows_files() || !calls.is_probe)).collect();
    let mut ended = required_workflows(calls, &all, &read, out).await;
    for some in all.chunks(AT_ONCE) {
        if ended.is_ok() {
            ended = together(calls, definitions, some, &mut before, &mut note, out).await;
        }
    }
    if ended.is_err() {
        // What it did not come to is as it was.
        for (id, told) in before {
            note.repositories.entry(id).or_insert(told);
        }
    }
    calls.notes.keep_extra(&note);
    ended?;
    repositories.complete()
}

/// Tells what rulesets require of repositories that can run a workflow. What stands in one of the
/// repositories `read` is known by itself.
async fn required_workflows(
    calls: &Calls,
    all: &[&Repository],
    read: &BTreeSet<u64>,
    out: &mut dyn Sink,
) -> Result<(), CollectError> {
    let running = all.iter().filter(|one| one.runs_workflows() && !one.has_no_commit());
    let running: Vec<&Repository> = running.copied().collect();
    let records = required::read(calls, &running, read, out).await?;
    if !records.is_empty() {
        out.page(records).await?;
    }
    Ok(())
}

/// The fingerprint of a text that is no secret: it changes when the key does.
fn key_of(definitions: &Definitions) -> String {
    let root = Path::new("key");
    let path = root.join(".env");
    let Some(format) = Format::of_path(Path::new(".env")) else { return String::new() };
    let facts = definitions.read(&Place::at(&path), format, b"API_KEY=0f8e2c71b4d95a3c6e1d7b2f9a4c8e05\n");
    format!("{:?}", definitions.records(&Tree::of(root), vec![facts]).records)
}

async fn together(
    calls: &Calls,
    definitions: &Definitions,
    repositories: &[&Repository],
    before: &mut BTreeMap<u64, Told>,
    note: &mut Note,
    out: &mut dyn Sink,
) -> Result<(), CollectError> {
    let mut records = Vec::new();
    let mut changed = Vec::new();
    for &repository in repositories {
        // One without a commit has no files; one that GitHub disabled shows none.
        let has_files = !repository.disabled && !repository.has_no_commit();
        let Some(branch) = repository.default_branch.as_deref().filter(|_| has_files) else {
            if !repository.shows_files() {
                records.extend(unread(calls, repository, "its files are not shown"));
            }
            continue;
        };
        match before.remove(&repository.id) {
            Some(told) if told.is_of(repository, branch) && told.is_of_latest_push(repository) => {
                tell(&told, &mut records, out);
                note.repositories.insert(repository.id, told);
            }
            told => changed.push((repository, branch, told)),
        }
    }
    let asked = changed.into_iter().map(|(repository, branch, told)| async move {
        (repository, branch, told, files::list(calls, repository, branch).await)
    });
    let listed = each(asked, |asked| asked).await;
    let mut read_anew = Vec::new();
    for (repository, branch, told, listing) in listed {
        let listing = match listing {
            Ok(Some(listing)) => listing,
            Ok(None) => Listing::empty(),
            Err(issue) if matches!(issue.kind, IssueKind::RateLimit | IssueKind::Auth) => return Err(issue.into()),
            Err(issue) => {
                out.issue(issue);
                continue;
            }
        };
        // Somebody pushed, and perhaps not here.
        let told = told.filter(|told| told.is_of(repository, branch) && told.tree == listing.tree);
        read_anew.push((repository, listing, told.ok_or(branch)));
    }
    let wanted: Vec<files::Wanted<'_>> = read_anew
        .iter()
        .filter(|(_, _, told)| told.is_err())
        .flat_map(|(repository, listing, _)| listing.entries.iter().map(|entry| (*repository, entry)))
        .collect();
    let (mut contents, mut is_whole) = files::fetch(calls, &wanted, out).await?;
    let mut all: Vec<(&Repository, Listing, Told)> = Vec::new();
    for (repository, listing, told) in read_anew {
        let told = told.unwrap_or_else(|branch| {
            let files = contents.remove(&repository.id).unwrap_or_default();
            let (records, issues) = read(calls, definitions, repository, &listing, files);
            Told {
                full_name: repository.full_name.clone(),
                branch: branch.to_owned(),
                archived: repository.archived,
                pushed_at: repository.pushed_at,
                tree: listing.tree.clone(),
                records,
                issues,
                of_branches: Vec::new(),
            }
        });
        all.push((repository, listing, told));
    }
    // An archived repository runs nothing, and one without a commit has no branch.
    let with_branches: Vec<branches::Known<'_>> = all
        .iter()
        .filter(|(repository, listing, _)| !repository.archived && !listing.tree.is_empty())
        .map(|(repository, listing, told)| (*repository, listing, &*told.records))
        .collect();
    let (mut of_branches, are_whole) = branches::read(calls, &with_branches, out).await?;
    is_whole &= are_whole;
    for (repository, _, told) in all {
        let of_branches = of_branches.remove(&repository.id).unwrap_or_default();
        let told = Told { pushed_at: repository.pushed_at, of_branches, ..told };
        tell(&told, &mut records, out);
        if is_whole {
            note.repositories.insert(repository.id, told);
        }
    }
    if !records.is_empty() {
        out.page(records).await?;
    }
    Ok(())
}

impl Told {
    fn is_of(&self, repository: &Repository, branch: &str) -> bool {
        self.full_name == repository.full_name && self.branch == branch && self.archived == repository.archived
    }

    /// Whether nobody has pushed since; where GitHub does not tell when somebody did, somebody may have.
    fn is_of_latest_push(&self, repository: &Repository) -> bool {
        self.pushed_at == repository.pushed_at && repository.pushed_at != Fact::NotExposed
    }
}

fn tell(told: &Told, records: &mut Vec<Record>, out: &mut dyn Sink) {
    records.extend(told.records.iter().chain(&told.of_branches).cloned());
    for issue in &told.issues {
        out.issue(issue.clone());
    }
}

/// What workflows that are not read may use: anything, which is said by a link from an end that nothing lists.
fn unread(calls: &Calls, repository: &Repository, why: &str) -> Vec<Record> {
    let because = format!("{}: {why}", repository.full_name);
    let unknown: EndRef = Alias::new(format!("github:unread-workflows/{}", repository.id)).into();
    let ends = workflow::all_secrets(&calls.place, repository).into_iter();
    ends.map(|end| Link::new(unknown.clone(), LinkKind::Holds, end, Evidence::Declared, because.clone()).into())
        .collect()
}

/// What the files of a repository say.
fn read(
    calls: &Calls,
    definitions: &Definitions,
    repository: &Repository,
    listing: &Listing,
    files: Vec<File>,
) -> (Vec<Record>, Vec<Issue>) {
    let root = format!("{}/{}", calls.place.host, repository.full_name);
    let root = Path::new(&root);
    let mut issues: Vec<Issue> = listing.issues(repository);
    let mut records = Vec::new();
    let mut facts = Vec::new();
    for file in &files {
        let path = root.join(&file.path);
        if let Some(format) = Format::of_path(Path::new(&file.path)) {
            facts.push(definitions.read(&Place::at(&path), format, file.text.as_bytes()));
        }
        if workflow::is_one(&file.path) {
            records.extend(workflow::read(&calls.place, repository, &file.path, &file.text, None));
        }
    }
    records.extend(codeowners::read(repository, &files));
    let told = definitions.records(&Tree::of(root), facts);
    let agents = told.records.iter().filter_map(|record| match record {
        Record::Entity(entity) if entity.kind == Kind::Agent => {
            let because = "its definition stands in the repository";
            Some(Link::new(&entity.id, LinkKind::PartOf, repository.end(), Evidence::Proven, because).into())
        }
        _ => None,
    });
    records.extend(agents);
    records.extend(told.records);
    issues.extend(told.issues);
    (records, issues)
}
