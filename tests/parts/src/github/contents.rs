//! Files: the contents API, git's trees and blobs.
//!
//! Names of objects are digests of what is in them, as git's are, and not git's.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::ask::Ask;
use super::deny::Deny;
use super::organisations::Organisation;
use super::reply::Reply;
use super::repositories::Repository;
use super::routes::Route;
use super::sign_in::Needs;
use super::world::World;

const CONTENTS: Needs = Needs::user("contents", &["repo"]);
/// Larger files come without their content.
const LARGE: usize = 1024 * 1024;

pub(super) const ROUTES: &[Route] = &[
    Route::get("/repos/{owner}/{repo}/contents", CONTENTS, contents),
    Route::get("/repos/{owner}/{repo}/contents/{path}", CONTENTS, contents),
    Route::get("/repos/{owner}/{repo}/git/trees/{tree_sha}", CONTENTS, tree),
    Route::get("/repos/{owner}/{repo}/git/blobs/{file_sha}", CONTENTS, blob),
    Route::get("/repos/{owner}/{repo}/branches/{branch}", CONTENTS, branch),
];

/// What stands in a folder under one name.
pub(super) enum Entry<'r> {
    File(&'r [u8]),
    Folder,
}

impl Entry<'_> {
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::File(_) => "blob",
            Self::Folder => "tree",
        }
    }
}

/// What stands directly in this folder, by name. Empty for what is none.
pub(super) fn entries<'r>(repository: &'r Repository, folder: &str) -> BTreeMap<&'r str, Entry<'r>> {
    let mut found = BTreeMap::new();
    for (path, content) in &repository.files {
        let inside = if folder.is_empty() { Some(path.as_str()) } else { path.strip_prefix(folder).and_then(below) };
        match inside.map(|inside| inside.split_once('/')) {
            Some(Some((name, _))) => {
                found.insert(name, Entry::Folder);
            }
            Some(None) => {
                found.insert(inside.unwrap_or_default(), Entry::File(content));
            }
            None => {}
        }
    }
    found
}

fn below(rest: &str) -> Option<&str> {
    rest.strip_prefix('/')
}

fn digest(kind: &str, content: &[u8]) -> String {
    let digest = Sha256::digest([format!("{kind} {}\0", content.len()).as_bytes(), content].concat());
    digest.iter().take(20).map(|byte| format!("{byte:02x}")).collect()
}

pub(super) fn blob_sha(content: &[u8]) -> String {
    digest("blob", content)
}

pub(super) fn tree_sha(repository: &Repository, folder: &str) -> String {
    let inside = repository
        .files
        .iter()
        .filter(|(path, _)| folder.is_empty() || path.strip_prefix(folder).and_then(below).is_some());
    let named: String = inside.map(|(path, content)| format!("{path} {}\n", blob_sha(content))).collect();
    digest("tree", named.as_bytes())
}

/// The file of this digest, in any branch.
pub(super) fn blob_of<'r>(repository: &'r Repository, sha: &str) -> Option<&'r Vec<u8>> {
    let mut files = repository.all_branches().flat_map(|branch| branch.files.values());
    files.find(|content| blob_sha(content) == sha)
}

/// The commit at the head of the default branch.
pub(super) fn head_sha(repository: &Repository) -> String {
    let pushed_at = repository.pushed_at.as_deref().unwrap_or_default();
    digest("commit", format!("{} {pushed_at}", tree_sha(repository, "")).as_bytes())
}

fn readable<'w>(world: &'w World, ask: &Ask<'_>) -> Result<(&'w Organisation, &'w Repository), Deny> {
    let (home, repository) = ask.repository(world)?;
    if repository.disabled { Err(Deny::Blocked) } else { Ok((home, repository)) }
}

pub(super) fn is_head(repository: &Repository, name: &str) -> bool {
    name == "HEAD" || name == repository.default_branch || name == head_sha(repository)
}

fn contents(world: &World, ask: &Ask<'_>) -> Result<Reply, Deny> {
    let (home, repository) = readable(world, ask)?;
    if ask.query("ref").is_some_and(|name| !is_head(repository, name.trim_start_matches("refs/heads/"))) {
        return Err(Deny::NotFound);
    }
    let path = ask.parameters.iter().find(|(name, _)| *name == "path").map_or("", |(_, path)| path.trim_matches('/'));
    let media_type = ask.header("accept").unwrap_or_default();
    if let Some(content) = repository.files.get(path) {
        if media_type.contains("raw") {
            return Ok(Reply::Raw(content.clone()));
        }
        let mut file = listed(ask.base, home, repository, path, &Entry::File(content));
        let is_large = content.len() > LARGE;
        file["encoding"] = if is_large { "none" } else { "base64" }.into();
        file["content"] = if is_large { String::new() } else { in_lines(content) }.into();
        return Ok(Reply::One(file));
    }
    let entries = entries(repository, path);
    if entries.is_empty() {
        return Err(Deny::NotFound);
    }
    let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}/{name}") };
    // Not paged: a folder has at most 1,000 entries here.
    let all = entries.iter().take(1000).map(|(name, entry)| listed(ask.base, home, repository, &below(name), entry));
    let all: Vec<Value> = all.collect();
    Ok(Reply::One(if media_type.contains("object") {
        json!({"type": "dir", "path": path, "entries": all})
    } else {
        json!(all)
    }))
}

fn listed(base: &str, home: &Organisation, repository: &Repository, path: &str, entry: &Entry<'_>) -> Value {
    let full_name = format!("{}/{}", home.login, repository.name);
    let branch = &repository.default_branch;
    let url = format!("{base}/repos/{full_name}/contents/{path}?ref={branch}");
    let (kind, size, sha, object) = match entry {
        Entry::File(content) => ("file", content.len(), blob_sha(content), "blobs"),
        Entry::Folder => ("dir", 0, tree_sha(repository, path), "trees"),
    };
    let git_url = format!("{base}/repos/{full_name}/git/{object}/{sha}");
    let html_url = format!("https://github.com/{full_name}/{}/{branch}/{path}", entry.kind());
    let download = format!("https://raw.githubusercontent.com/{full_name}/{branch}/{path}");
    json!({
        "name": path.rsplit('/').next(),
        "path": path,
        "sha": sha,
        "size": size,
        "type": kind,
        "url": url,
        "git_url": git_url,
        "html_url": html_url,
        "download_url": if kind == "file" { Value::from(download) } else { Value::Null },
        "_links": {"self": url, "git": git_url, "html": html_url},
    })
}

/// Base64 with line ends, as GitHub sends it.
fn in_lines(content: &[u8]) -> String {
    let whole = STANDARD.encode(content);
    whole.as_bytes().chunks(60).map(|line| String::from_utf8_lossy(line).into_owned() + "\n").collect()
}

fn tree(world: &World, ask: &Ask<'_>) -> Result<Reply, Deny> {
    let (home, repository) = readable(world, ask)?;
    if repository.files.is_empty() {
        return Err(Deny::EmptyRepository);
    }
    let wanted = ask.parameter("tree_sha");
    let folder = folder(repository, wanted).ok_or(Deny::NotFound)?;
    let sha = tree_sha(repository, &folder);
    let url = format!("{}/repos/{}/{}/git", ask.base, home.login, repository.name);
    let file = |path: &str, content: &[u8]| {
        let sha = blob_sha(content);
        json!({"path": path, "mode": "100644", "type": "blob", "sha": sha, "size": content.len(), "url": format!("{url}/blobs/{sha}")})
    };
    let folder_entry = |path: &str, whole: &str| {
        let sha = tree_sha(repository, whole);
        json!({"path": path, "mode": "040000", "type": "tree", "sha": sha, "url": format!("{url}/trees/{sha}")})
    };
    let whole = |name: &str| if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
    let mut listed: Vec<Value> = Vec::new();
    if ask.query("recursive").is_some() {
        let mut open = vec![String::new()];
        while let Some(relative) = open.pop() {
            let here = if relative.is_empty() { folder.clone() } else { whole(&relative) };
            for (name, entry) in entries(repository, &here) {
                let path = if relative.is_empty() { name.to_owned() } else { format!("{relative}/{name}") };
                match entry {
                    Entry::File(content) => listed.push(file(&path, content)),
                    Entry::Folder => {
                        listed.push(folder_entry(&path, &whole(&path)));
                        open.push(path);
                    }
                }
            }
        }
        listed.sort_by(|a, b| a["path"].as_str().cmp(&b["path"].as_str()));
    } else {
        for (name, entry) in entries(repository, &folder) {
            listed.push(match entry {
                Entry::File(content) => file(name, content),
                Entry::Folder => folder_entry(name, &whole(name)),
            });
        }
    }
    let truncated = listed.len() > repository.tree_limit;
    listed.truncate(repository.tree_limit);
    Ok(Reply::One(json!({"sha": sha, "url": format!("{url}/trees/{sha}"), "tree": listed, "truncated": truncated})))
}

/// The folder that a branch, a commit or a tree's digest stands for.
fn folder(repository: &Repository, wanted: &str) -> Option<String> {
    if is_head(repository, wanted) {
        return Some(String::new());
    }
    let mut folders: Vec<&str> =
        repository.files.keys().flat_map(|path| path.match_indices('/').map(|(at, _)| &path[..at])).collect();
    folders.push("");
    folders.into_iter().find(|folder| tree_sha(repository, folder) == wanted).map(str::to_owned)
}

fn blob(world: &World, ask: &Ask<'_>) -> Result<Reply, Deny> {
    let (home, repository) = readable(world, ask)?;
    let sha = ask.parameter("file_sha");
    let content = blob_of(repository, sha).ok_or(Deny::NotFound)?;
    if ask.header("accept").is_some_and(|media_type| media_type.contains("raw")) {
        return Ok(Reply::Raw(content.clone()));
    }
    Ok(Reply::One(json!({
        "sha": sha,
        "node_id": format!("B_{sha}"),
        "size": content.len(),
        "url": format!("{}/repos/{}/{}/git/blobs/{sha}", ask.base, home.login, repository.name),
        "content": in_lines(content),
        "encoding": "base64",
    })))
}

fn branch(world: &World, ask: &Ask<'_>) -> Result<Reply, Deny> {
    let (home, repository) = readable(world, ask)?;
    let name = ask.parameter("branch");
    if name != repository.default_branch || repository.files.is_empty() {
        return Err(Deny::NotFound);
    }
    let url = format!("{}/repos/{}/{}", ask.base, home.login, repository.name);
    let sha = head_sha(repository);
    let tree = tree_sha(repository, "");
    let person = json!({"name": "Ada", "email": "ada@example.com", "date": repository.pushed_at});
    Ok(Reply::One(json!({
        "name": name,
        "commit": {
            "sha": sha,
            "node_id": format!("C_{sha}"),
            "url": format!("{url}/commits/{sha}"),
            "html_url": format!("https://github.com/{}/{}/commit/{sha}", home.login, repository.name),
            "comments_url": format!("{url}/commits/{sha}/comments"),
            "commit": {
                "url": format!("{url}/git/commits/{sha}"), "author": person, "committer": person, "message": "change",
                "comment_count": 0, "tree": {"sha": tree, "url": format!("{url}/git/trees/{tree}")},
            },
            "author": null,
            "committer": null,
            "parents": [],
        },
        "_links": {"self": format!("{url}/branches/{name}"), "html": format!("https://github.com/{}/{}/tree/{name}", home.login, repository.name)},
        "protected": false,
        "protection": {"enabled": false},
        "protection_url": format!("{url}/branches/{name}/protection"),
    })))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_made_of_the_paths_of_files() {
        let repository = Repository::new("shop").file("a/b/c", "1").file("a/d", "2").file("ab", "3");
        let names = |folder| {
            entries(&repository, folder)
                .iter()
                .map(|(name, entry)| format!("{} {name}", entry.kind()))
                .collect::<Vec<_>>()
        };
        assert_eq!(names(""), ["tree a", "blob ab"]);
        assert_eq!(names("a"), ["tree b", "blob d"]);
        assert_eq!(folder(&repository, &tree_sha(&repository, "a/b")).as_deref(), Some("a/b"));
        assert!(entries(&repository, "a/d").is_empty());
    }
}
