//! The well-known places of a home directory and of the machine: a fixed list, no walk.

use std::path::{Path, PathBuf};

use globset::GlobBuilder;
use ignore::WalkBuilder;
use whosekey_definitions::{Format, machine_settings, well_known_in_home};
use whosekey_sdk::{Issue, IssueKind};

use crate::config::Surroundings;
use crate::walk::{Home, Walk, Walked};

/// Below the fixed part of a pattern with wildcards.
const MAX_DEPTH: usize = 8;

/// Reads all well-known places.
pub(crate) fn read(walk: &Walk<'_>, surroundings: &Surroundings) -> Walked {
    let mut walked = Walked::default();
    if let Some(home) = &surroundings.home {
        let user = walk.people.of_home(home);
        for (path, format) in in_home(home, &mut walked.issues) {
            take(walk, &mut walked, home, &path, format, user.as_deref());
        }
        for (path, format) in moved_claude(surroundings, &mut walked.issues).into_iter().chain(moved(surroundings)) {
            take(walk, &mut walked, home, &path, format, user.as_deref());
        }
    }
    if let Some(root) = &surroundings.system_root {
        for (path, format) in machine_settings() {
            let path = root.join(path.trim_start_matches('/'));
            take(walk, &mut walked, root, &path, format, None);
        }
    }
    walked.facts.sort_by(|a, b| a.path().cmp(b.path()));
    walked.facts.dedup_by(|a, b| a.path() == b.path());
    walked.issues.sort();
    walked.issues.dedup();
    walked
}

fn take(walk: &Walk<'_>, walked: &mut Walked, root: &Path, path: &Path, format: Format, user: Option<&str>) {
    // Many keep their dot files elsewhere in their home and link to them: followed only within.
    let target = match std::fs::symlink_metadata(path) {
        Ok(found) if found.is_symlink() => match path.canonicalize() {
            Ok(target) if root.canonicalize().is_ok_and(|root| target.starts_with(root)) => target,
            Ok(_) => {
                let message = format!("{}: a link that leads out of the scanned place, not followed", path.display());
                walked.issues.push(Issue::new(IssueKind::Unsupported, message));
                return;
            }
            Err(_) => return,
        },
        Ok(_) => path.to_owned(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return,
        Err(_) => path.to_owned(),
    };
    walked.files += 1;
    match walk.file(&target, path, format, Some(Home { path: root, user })) {
        Ok(Some(facts)) => {
            walked.facts.push(facts);
        }
        Ok(None) => {}
        Err(issue) => walked.issues.push(issue),
    }
}

fn in_home(home: &Path, issues: &mut Vec<Issue>) -> Vec<(PathBuf, Format)> {
    found_below(home, Path::new(""), well_known_in_home(), issues)
}

/// `CLAUDE_CONFIG_DIR` stands for `~/.claude`: agents, plugins and settings move with it.
fn moved_claude(surroundings: &Surroundings, issues: &mut Vec<Issue>) -> Vec<(PathBuf, Format)> {
    let Some(moved) = &surroundings.claude_config_dir else { return Vec::new() };
    let inner = well_known_in_home().filter_map(|pattern| pattern.strip_prefix(".claude/"));
    found_below(moved, Path::new(".claude"), inner, issues)
}

/// What is there of some patterns below a folder, which is read as if it were `like` in a home directory.
fn found_below(
    folder: &Path,
    like: &Path,
    patterns: impl Iterator<Item = &'static str>,
    issues: &mut Vec<Issue>,
) -> Vec<(PathBuf, Format)> {
    let mut found = Vec::new();
    for pattern in patterns {
        if !pattern.contains('*') {
            found.extend(Format::of_path(&like.join(pattern)).map(|format| (folder.join(pattern), format)));
            continue;
        }
        // Extensions' settings lie under the editor's own folder.
        let pattern =
            pattern.strip_prefix("**/").map_or_else(|| pattern.to_owned(), |rest| format!(".config/Code/User/{rest}"));
        let fixed: PathBuf = pattern.split('/').take_while(|step| !step.contains('*')).collect();
        let start = folder.join(&fixed);
        let glob = GlobBuilder::new(&pattern).literal_separator(true).build().map(|glob| glob.compile_matcher());
        let (true, Ok(glob)) = (start.is_dir(), glob) else { continue };
        let depth = match pattern.contains("**") {
            true => MAX_DEPTH,
            false => pattern.split('/').count() - fixed.components().count(),
        };
        for entry in WalkBuilder::new(&start).standard_filters(false).max_depth(Some(depth)).build() {
            match entry {
                Ok(entry) if entry.file_type().is_some_and(|kind| !kind.is_dir()) => {
                    let relative = entry.path().strip_prefix(folder).unwrap_or(entry.path());
                    let format = Format::of_path(&like.join(relative)).filter(|_| glob.is_match(relative));
                    found.extend(format.map(|format| (entry.path().to_owned(), format)));
                }
                Ok(_) => {}
                Err(error) => issues.push(Issue::new(IssueKind::Permission, error.to_string())),
            }
        }
    }
    found.sort_by(|a, b| a.0.cmp(&b.0));
    found.dedup_by(|a, b| a.0 == b.0);
    found
}

/// Settings that environment variables moved.
fn moved(surroundings: &Surroundings) -> Vec<(PathBuf, Format)> {
    let named = |path: &Option<PathBuf>, file: &str, like: &str| {
        let path = path.as_ref()?;
        let path = if file.is_empty() { path.clone() } else { path.join(file) };
        Some((path, Format::of_moved(Path::new(like))?))
    };
    [
        named(&surroundings.claude_config_dir, ".claude.json", ".claude.json"),
        named(&surroundings.codex_home, "config.toml", ".codex/config.toml"),
        named(&surroundings.opencode_config, "", "opencode.json"),
    ]
    .into_iter()
    .flatten()
    .collect()
}
