//! The files of interest of a repository's default branch: their listing, and their text.

use std::collections::BTreeMap;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use whosekey_definitions::{Format, MAX_FILE_BYTES};
use whosekey_sdk::http::HttpError;
use whosekey_sdk::{CollectError, Issue, IssueKind, Sink};

use super::query::Query;
use crate::api::refusal::refused;
use crate::api::{Call, Calls, segment};
use crate::descriptor::CONTENTS;
use crate::repositories::Repository;

pub(crate) const TREE: Call = Call::new("GET /repos/{owner}/{repo}/git/trees/{tree_sha}", CONTENTS);
const BLOB: Call = Call::new("GET /repos/{owner}/{repo}/git/blobs/{file_sha}", CONTENTS);
const FILES: Call = Call::new("GraphQL repository.object", CONTENTS);

/// A query for more takes GitHub longer than it waits.
const FILES_A_QUERY: usize = 40;
const BYTES_A_QUERY: u64 = 4 << 20;

/// Folders with other people's code in them.
const NOT_OURS: &[&str] = &["node_modules", "vendor", "third_party", ".git", "testdata", "fixtures"];

/// A file's text.
#[derive(Debug)]
pub(crate) struct File {
    pub(crate) path: String,
    /// Git's name of what is in it.
    pub(crate) sha: String,
    pub(crate) text: String,
}

/// The files of interest.
#[derive(Debug)]
pub(crate) struct Listing {
    /// Git's name of the whole tree: it changes with any file.
    pub(crate) tree: String,
    pub(crate) entries: Vec<Entry>,
    too_large: Vec<String>,
    is_cut: bool,
}

#[derive(Debug, Deserialize)]
struct Tree {
    sha: String,
    tree: Vec<Entry>,
    truncated: bool,
}

/// A file as a listing names it.
#[derive(Debug, Deserialize)]
pub(crate) struct Entry {
    pub(crate) path: String,
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) sha: String,
    #[serde(default)]
    pub(crate) size: u64,
}

impl Listing {
    /// That of a repository without a commit.
    pub(crate) fn empty() -> Self {
        Self { tree: String::new(), entries: Vec::new(), too_large: Vec::new(), is_cut: false }
    }

    /// What of the repository is not seen.
    pub(crate) fn issues(&self, repository: &Repository) -> Vec<Issue> {
        let mut issues = Vec::new();
        if self.is_cut {
            let message =
                format!("{}: the list of {}'s files is cut, it has too many", TREE.what, repository.full_name);
            issues.push(Issue::new(IssueKind::Parse, message));
        }
        for path in &self.too_large {
            let message = format!("{}/{path} is larger than {MAX_FILE_BYTES} bytes", repository.full_name);
            issues.push(Issue::new(IssueKind::Parse, message));
        }
        issues
    }
}

/// Lists the files of interest; none for a repository without a commit.
pub(crate) async fn list(calls: &Calls, repository: &Repository, branch: &str) -> Result<Option<Listing>, Issue> {
    let path = calls.path(&repository.path(&format!("/git/trees/{}?recursive=1", segment(branch))));
    let response = calls.ask(TREE, &path).await?;
    match response.status().as_u16() {
        200 if response.body().is_empty() => return Err(HttpError::Cut.issue(TREE.what)),
        200 => {}
        // "Git Repository is empty."
        409 => return Ok(None),
        _ => return Err(refused(TREE, &calls.place, &response)),
    }
    let unread = |_| Issue::new(IssueKind::Parse, format!("{}: the answer is not understood", TREE.what));
    let tree: Tree = serde_json::from_slice(response.body()).map_err(unread)?;
    let files = tree.tree.into_iter().filter(|entry| entry.kind == "blob" && is_of_interest(&entry.path));
    let (entries, large): (Vec<Entry>, Vec<Entry>) = files.partition(|entry| entry.size <= MAX_FILE_BYTES);
    let too_large = large.into_iter().map(|entry| entry.path).collect();
    Ok(Some(Listing { tree: tree.sha, entries, too_large, is_cut: tree.truncated }))
}

fn is_of_interest(path: &str) -> bool {
    let is_ours = !path.split('/').any(|part| NOT_OURS.contains(&part));
    is_ours && Format::of_path(Path::new(path)).is_some_and(Format::is_definition)
}

/// A file of a repository.
pub(crate) type Wanted<'f> = (&'f Repository, &'f Entry);

/// Fetches files of several repositories, by their ids; and whether all were given.
pub(crate) async fn fetch(
    calls: &Calls,
    wanted: &[Wanted<'_>],
    out: &mut dyn Sink,
) -> Result<(BTreeMap<u64, Vec<File>>, bool), CollectError> {
    let mut all: BTreeMap<u64, Vec<File>> = BTreeMap::new();
    let mut is_whole = true;
    for some in calls.asked(batches(wanted)) {
        for (repository, file) in query(calls, some, out, &mut is_whole).await? {
            all.entry(repository).or_default().push(file);
        }
    }
    Ok((all, is_whole))
}

/// As many files as one query may ask for.
fn batches<'w, 'f>(wanted: &'w [Wanted<'f>]) -> Vec<&'w [Wanted<'f>]> {
    let mut batches = Vec::new();
    let (mut start, mut bytes) = (0, 0);
    for (at, (_, entry)) in wanted.iter().enumerate() {
        if at > start && (at - start >= FILES_A_QUERY || bytes + entry.size > BYTES_A_QUERY) {
            batches.push(&wanted[start..at]);
            (start, bytes) = (at, 0);
        }
        bytes += entry.size;
    }
    if start < wanted.len() {
        batches.push(&wanted[start..]);
    }
    batches
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Blob {
    is_binary: Option<bool>,
    is_truncated: bool,
    text: Option<String>,
}

type Data = BTreeMap<String, Option<BTreeMap<String, Option<Blob>>>>;

async fn query(
    calls: &Calls,
    some: &[Wanted<'_>],
    out: &mut dyn Sink,
    is_whole: &mut bool,
) -> Result<Vec<(u64, File)>, CollectError> {
    let (text, variables) = written(some);
    let answered = calls.graphql::<Data, _>(FILES, &text, variables).await?;
    let fault = calls.fault(FILES, &answered.errors);
    let is_told = fault.is_some();
    if let Some(issue) = fault {
        *is_whole = false;
        out.issue(issue);
    }
    let mut data = answered.data.unwrap_or_default();
    let mut files = Vec::new();
    for (at, (repository, entry)) in some.iter().enumerate() {
        let of_repository = data.get_mut(&format!("r{}", repository.id)).and_then(Option::as_mut);
        let blob = of_repository.and_then(|files| files.remove(&format!("f{at}"))).flatten();
        let Some(blob) = blob else {
            *is_whole = false;
            if !is_told {
                let message = format!("{}: {}/{} did not come", FILES.what, repository.full_name, entry.path);
                out.issue(Issue::new(IssueKind::Parse, message));
            }
            continue;
        };
        let text = match blob.text {
            _ if blob.is_binary == Some(true) => continue,
            Some(text) if !blob.is_truncated => text,
            _ => match whole(calls, repository, entry).await {
                Ok(Some(text)) => text,
                Ok(None) => continue,
                Err(issue) => {
                    *is_whole = false;
                    out.issue(issue);
                    continue;
                }
            },
        };
        files.push((repository.id, File { path: entry.path.clone(), sha: entry.sha.clone(), text }));
    }
    Ok(files)
}

/// One query for all, by the names that git has for what was listed: whatever is pushed meanwhile, the same files come.
fn written(some: &[Wanted<'_>]) -> (String, BTreeMap<String, String>) {
    let mut query = Query::default();
    for (at, (repository, entry)) in some.iter().enumerate() {
        query.declare(format!("e{at}"), entry.sha.clone());
        query.ask(repository, &format!("f{at}: object(expression: $e{at}) {{ ...Text }}"));
    }
    query.written("fragment Text on Blob { isBinary isTruncated text }")
}

#[derive(Debug, Deserialize)]
struct Encoded {
    content: String,
}

/// A file of which a query gives the beginning alone.
async fn whole(calls: &Calls, repository: &Repository, entry: &Entry) -> Result<Option<String>, Issue> {
    let path = calls.path(&repository.path(&format!("/git/blobs/{}", segment(&entry.sha))));
    let response = calls.ask(BLOB, &path).await?;
    if response.status() != 200 {
        return Err(refused(BLOB, &calls.place, &response));
    }
    let unread = || Issue::new(IssueKind::Parse, format!("{}: the answer is not understood", BLOB.what));
    let encoded: Encoded = serde_json::from_slice(response.body()).map_err(|_| unread())?;
    let lines: String = encoded.content.split_ascii_whitespace().collect();
    let bytes = STANDARD.decode(lines).map_err(|_| unread())?;
    Ok(String::from_utf8(bytes).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(path: &str, size: u64) -> Entry {
        Entry { path: path.into(), kind: "blob".into(), sha: "0".into(), size }
    }

    #[test]
    fn files_of_interest_are_definitions_of_our_own() {
        for path in [".mcp.json", "services/a/.mcp.json", ".github/workflows/ci.yml", "CODEOWNERS", "AGENTS.md"] {
            assert!(is_of_interest(path), "{path}");
        }
        for path in ["README.md", "src/main.rs", "node_modules/x/.mcp.json", "package.json"] {
            assert!(!is_of_interest(path), "{path}");
        }
    }

    #[test]
    fn queries_are_bounded_in_files_and_in_bytes() {
        let repository: Repository = serde_json::from_str(r#"{"id":1,"full_name":"acme/app"}"#).unwrap();
        let entries: Vec<Entry> = (0..100).map(|n| entry(&n.to_string(), 10)).collect();
        let wanted: Vec<_> = entries.iter().map(|entry| (&repository, entry)).collect();
        let sizes: Vec<usize> = batches(&wanted).iter().map(|some| some.len()).collect();
        assert_eq!(sizes, [40, 40, 20]);
        let large = entry("large", BYTES_A_QUERY);
        let wanted = [(&repository, &large), (&repository, &large), (&repository, &entries[0])];
        assert_eq!(batches(&wanted).len(), 3);
    }
}
