//! The workflows of other branches than the default one: a push to a branch runs what stands in that branch, so a secret
//! which only that refers to is used.
//!
//! Of each branch the folder of workflows is listed, and a file is read when the default branch has none with the same
//! content. A workflow is one by its path, whatever branches it stands in: what a branch adds to it are links that name
//! that branch. What cannot be read may use anything, which is said by a link from an end that nothing lists.
//!
//! Tags are not looked at, nor the branches of forks outside of the organisation, whose pull requests get no secrets unless
//! a repository says so.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use whosekey_definitions::MAX_FILE_BYTES;
use whosekey_sdk::{CollectError, Issue, IssueKind, Record, Sink};

use super::files::{self, Entry, File, Listing};
use super::query::Query;
use super::workflow;
use crate::api::{Call, Calls};
use crate::descriptor::CONTENTS;
use crate::repositories::Repository;

const REFS: Call = Call::new("GraphQL repository.refs", CONTENTS);
const FOLDERS: Call = Call::new("GraphQL repository.object", CONTENTS);

/// Branches of one repository that are looked at: as many as twenty queries list.
const MOST_BRANCHES: usize = 2000;
/// Files of one repository that are read beside those of the default branch.
const MOST_FILES: usize = 200;
/// A query for more takes GitHub longer than it waits.
const FOLDERS_A_QUERY: usize = 100;

/// A repository, what its default branch has, and what was said of that.
pub(super) type Known<'k> = (&'k Repository, &'k Listing, &'k [Record]);

/// What their other branches say of repositories, by their ids; and whether all was given.
pub(super) async fn read(
    calls: &Calls,
    known: &[Known<'_>],
    out: &mut dyn Sink,
) -> Result<(BTreeMap<u64, Vec<Record>>, bool), CollectError> {
    let mut is_whole = true;
    let mut found: BTreeMap<u64, Found> = heads(calls, known, out, &mut is_whole).await?;
    folders(calls, known, &mut found, out, &mut is_whole).await?;
    let wanted: Vec<files::Wanted<'_>> = known
        .iter()
        .filter_map(|(repository, ..)| Some((*repository, found.get(&repository.id)?)))
        .flat_map(|(repository, found)| found.files.iter().map(move |(_, entry)| (repository, entry)))
        .collect();
    let (mut contents, are_whole) = files::fetch(calls, &wanted, out).await?;
    let said = known.iter().filter_map(|(repository, _, before)| {
        let files = contents.remove(&repository.id).unwrap_or_default();
        let found = found.get(&repository.id)?;
        Some((repository.id, normalize(calls, repository, before, found, &files)))
    });
    Ok((said.collect(), is_whole && are_whole))
}

/// What there is in a repository's other branches.
#[derive(Debug, Default)]
struct Found {
    /// The last commit of each.
    heads: Vec<Head>,
    /// The files to read, each with the first branch that has it.
    files: Vec<(String, Entry)>,
    /// Why something of it is not read.
    unread: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Head {
    name: String,
    target: Option<Commit>,
}

#[derive(Debug, Deserialize)]
struct Commit {
    oid: String,
}

#[derive(Debug, Deserialize)]
struct OfRefs {
    refs: Option<Page>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    page_info: PageInfo,
    nodes: Option<Vec<Option<Head>>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct PageInfo {
    has_next_page: bool,
    end_cursor: Option<String>,
}

const BRANCHES: &str =
    "fragment Branches on RefConnection { pageInfo { hasNextPage endCursor } nodes { name target { oid } } }";

/// Lists the branches of all repositories, a page of each with every query.
async fn heads(
    calls: &Calls,
    known: &[Known<'_>],
    out: &mut dyn Sink,
    is_whole: &mut bool,
) -> Result<BTreeMap<u64, Found>, CollectError> {
    let mut all: BTreeMap<u64, Found> = BTreeMap::new();
    let mut open: Vec<(&Repository, Option<String>)> =
        known.iter().map(|(repository, ..)| (*repository, None)).collect();
    while !open.is_empty() {
        let mut query = Query::default();
        for (repository, after) in &open {
            let id = repository.id;
            let after = match after {
                Some(cursor) => {
                    query.declare(format!("a{id}"), cursor.clone());
                    format!(", after: $a{id}")
                }
                None => String::new(),
            };
            query.ask(repository, &format!("refs(refPrefix: \"refs/heads/\", first: 100{after}) {{ ...Branches }}"));
        }
        let (text, variables) = query.written(BRANCHES);
        let mut answers = Answers::<OfRefs>::ask(calls, REFS, &text, variables, out, is_whole).await?;
        let mut next = Vec::new();
        for (repository, _) in open {
            let page = answers.of(repository).and_then(|of| of.refs);
            let Some(page) = answers.expect(page, repository, out, is_whole) else {
                all.remove(&repository.id);
                continue;
            };
            let found = all.entry(repository.id).or_default();
            let nodes = page.nodes.unwrap_or_else(|| vec![None]);
            let is_empty = nodes.is_empty();
            if nodes.iter().any(Option::is_none) {
                found.is_unread("one of its branches is not shown".to_owned());
            }
            found.heads.extend(nodes.into_iter().flatten());
            match page.page_info {
                PageInfo { has_next_page: false, .. } => {}
                PageInfo { .. } if calls.is_probe => {}
                PageInfo { end_cursor: Some(cursor), .. } if !is_empty && found.heads.len() < MOST_BRANCHES => {
                    next.push((repository, Some(cursor)));
                }
                PageInfo { .. } => found.is_unread(format!("it has more than {MOST_BRANCHES} branches")),
            }
        }
        open = next;
    }
    Ok(all)
}

#[derive(Debug, Deserialize)]
struct Folder {
    entries: Option<Vec<InFolder>>,
}

#[derive(Debug, Deserialize)]
struct InFolder {
    name: String,
    #[serde(rename = "type")]
    kind: String,
    oid: String,
    size: u64,
}

/// Lists the folders of workflows, one for each commit that is not the default branch's.
async fn folders(
    calls: &Calls,
    known: &[Known<'_>],
    found: &mut BTreeMap<u64, Found>,
    out: &mut dyn Sink,
    is_whole: &mut bool,
) -> Result<(), CollectError> {
    let mut wanted: Vec<(&Repository, &Listing, String, String)> = Vec::new();
    for (repository, listing, _) in known {
        let Some(found) = found.get_mut(&repository.id) else { continue };
        let heads = std::mem::take(&mut found.heads);
        let commit = |head: Head| Some((head.target?.oid, head.name));
        let of_default = |name: &str| repository.default_branch.as_deref() == Some(name);
        let default = heads.iter().find(|head| of_default(&head.name)).and_then(|head| head.target.as_ref());
        let mut seen: BTreeSet<String> = default.map(|commit| commit.oid.clone()).into_iter().collect();
        let others = heads.into_iter().filter_map(commit).filter(|(oid, _)| seen.insert(oid.clone()));
        wanted.extend(others.map(|(oid, branch)| (*repository, *listing, oid, branch)));
    }
    for some in calls.asked(wanted.chunks(FOLDERS_A_QUERY)) {
        let mut query = Query::default();
        for (at, (repository, _, oid, _)) in some.iter().enumerate() {
            query.declare(format!("c{at}"), format!("{oid}:{}", workflow::FOLDER));
            query.ask(repository, &format!("c{at}: object(expression: $c{at}) {{ ...Folder }}"));
        }
        let (text, variables) = query.written("fragment Folder on Tree { entries { name type oid size } }");
        let mut answers =
            Answers::<BTreeMap<String, Option<Folder>>>::ask(calls, FOLDERS, &text, variables, out, is_whole).await?;
        let mut of_repository = (0, None);
        for (at, (repository, listing, _, branch)) in some.iter().enumerate() {
            if of_repository.0 != repository.id {
                let folders = answers.of(repository);
                of_repository = (repository.id, answers.expect(folders, repository, out, is_whole));
            }
            // A branch without a workflow has no such folder.
            let Some(folders) = of_repository.1.as_mut() else { continue };
            let folder = answers.expect(folders.remove(&format!("c{at}")), repository, out, is_whole).flatten();
            if let Some(found) = found.get_mut(&repository.id) {
                folder
                    .and_then(|folder| folder.entries)
                    .into_iter()
                    .flatten()
                    .for_each(|entry| found.take(listing, branch, entry));
            }
        }
    }
    Ok(())
}

impl Found {
    fn is_unread(&mut self, why: String) {
        self.unread.get_or_insert(why);
    }

    /// Notes a file that is to be read, unless it is known.
    fn take(&mut self, listing: &Listing, branch: &str, entry: InFolder) {
        let path = format!("{}/{}", workflow::FOLDER, entry.name);
        let is_known = |known: &Entry| known.sha == entry.oid && (known.path == path || workflow::is_one(&known.path));
        if entry.kind != "blob"
            || !workflow::is_one(&path)
            || listing.entries.iter().any(is_known)
            || self.files.iter().any(|(_, known)| is_known(known))
        {
            return;
        }
        if entry.size > MAX_FILE_BYTES {
            self.is_unread(format!("{path} of its branch {branch} is larger than {MAX_FILE_BYTES} bytes"));
        } else if self.files.len() >= MOST_FILES {
            self.is_unread(format!("its branches have more than {MOST_FILES} workflows that differ"));
        } else {
            self.files.push((branch.to_owned(), Entry { path, kind: entry.kind, sha: entry.oid, size: entry.size }));
        }
    }
}

/// Answers by repository.
struct Answers<T> {
    call: Call,
    of: BTreeMap<String, Option<T>>,
    /// Whether there is an issue of what is lacking.
    is_told: bool,
}

impl<T: serde::de::DeserializeOwned> Answers<T> {
    async fn ask(
        calls: &Calls,
        call: Call,
        text: &str,
        variables: BTreeMap<String, String>,
        out: &mut dyn Sink,
        is_whole: &mut bool,
    ) -> Result<Self, CollectError> {
        let answered = calls.graphql::<BTreeMap<String, Option<T>>, _>(call, text, variables).await?;
        let fault = calls.fault(call, &answered.errors);
        let is_told = fault.is_some();
        if let Some(issue) = fault {
            *is_whole = false;
            out.issue(issue);
        }
        Ok(Self { call, of: answered.data.unwrap_or_default(), is_told })
    }

    fn of(&mut self, repository: &Repository) -> Option<T> {
        self.of.remove(&Query::key(repository)).flatten()
    }

    /// What must not be lacking.
    fn expect<A>(
        &mut self,
        answer: Option<A>,
        repository: &Repository,
        out: &mut dyn Sink,
        is_whole: &mut bool,
    ) -> Option<A> {
        if answer.is_none() {
            *is_whole = false;
            if !self.is_told {
                let message = format!("{}: of {} nothing came", self.call.what, repository.full_name);
                out.issue(Issue::new(IssueKind::Parse, message));
            }
        }
        answer
    }
}

/// What the files of other branches add to what is known of the default one.
fn normalize(calls: &Calls, repository: &Repository, before: &[Record], found: &Found, files: &[File]) -> Vec<Record> {
    let mut seen: BTreeSet<String> = before.iter().filter_map(key).collect();
    let mut records = Vec::new();
    for (branch, entry) in &found.files {
        let Some(file) = files.iter().find(|file| file.sha == entry.sha && file.path == entry.path) else { continue };
        let said = workflow::read(&calls.place, repository, &file.path, &file.text, Some(branch));
        records.extend(said.into_iter().filter(|record| key(record).is_none_or(|key| seen.insert(key))));
    }
    if let Some(why) = &found.unread {
        records.extend(super::unread(calls, repository, why));
    }
    records
}

/// What makes a record the same as another of the scope.
fn key(record: &Record) -> Option<String> {
    match record {
        Record::Entity(entity) => Some(entity.id.to_string()),
        Record::Link(link) => Some(format!("{} {} {}", link.from, link.kind.as_str(), link.to)),
        _ => None,
    }
}
