//! CODEOWNERS: the last matching rule wins, as on GitHub.

use std::path::{Path, PathBuf};

use globset::{GlobBuilder, GlobMatcher};

use crate::found::Owners;
use crate::reader::Reader;

/// The rules of a repository.
#[derive(Debug, Clone)]
pub(crate) struct CodeOwners {
    /// The folder that patterns are relative to.
    pub(crate) root: PathBuf,
    rules: Vec<Rule>,
}

#[derive(Debug, Clone)]
struct Rule {
    matchers: Vec<GlobMatcher>,
    owners: Vec<String>,
    line: u32,
    pattern: String,
}

/// A rule that applies.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Match<'r> {
    pub(crate) owners: &'r [String],
    pub(crate) line: u32,
    pub(crate) pattern: &'r str,
}

/// Reads a CODEOWNERS file.
pub(crate) fn read(reader: &mut Reader<'_>, text: &str) {
    let path = reader.path();
    let folder = path.parent().unwrap_or(Path::new("/"));
    let is_inner = folder.file_name().is_some_and(|name| name == ".github" || name == ".gitlab" || name == "docs");
    let root = if is_inner { folder.parent().unwrap_or(folder) } else { folder };
    reader.facts.owners = Some(Owners::Code(CodeOwners { root: root.to_owned(), rules: parse(text) }));
}

fn parse(text: &str) -> Vec<Rule> {
    let owners = |words: &str| -> Vec<String> {
        words.split_whitespace().filter(|word| word.contains('@')).map(ToOwned::to_owned).collect()
    };
    let mut section: Vec<String> = Vec::new();
    text.lines()
        .zip(1u32..)
        .filter_map(|(line, number)| {
            let line = line.split(" #").next().unwrap_or(line).trim();
            // GitLab's sections (`[Docs] @team`) group rules; they are none, but own what their rules leave open.
            if line.starts_with(['[', '^']) {
                section = owners(line.rsplit(']').next().unwrap_or(""));
                return None;
            }
            if line.is_empty() || line.starts_with(['#', '!']) {
                return None;
            }
            let (pattern, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
            let owners = owners(rest);
            let owners = if owners.is_empty() { section.clone() } else { owners };
            Some(Rule { matchers: matchers(pattern)?, owners, line: number, pattern: pattern.to_owned() })
        })
        .collect()
}

/// A pattern without a slash but at its end matches at any depth; one that names a folder matches all in it.
fn matchers(pattern: &str) -> Option<Vec<GlobMatcher>> {
    let anchored = pattern.trim_end_matches('/').contains('/');
    let body = pattern.trim_start_matches('/');
    let base = if anchored || body.starts_with("**/") { body.to_owned() } else { format!("**/{body}") };
    let mut globs = Vec::new();
    if base.ends_with('/') {
        globs.push(format!("{base}**"));
    } else {
        globs.push(base.clone());
        // `docs/*` is one level deep; `docs` is the folder and all in it.
        if !base.ends_with('*') || base.ends_with("**") {
            globs.push(format!("{base}/**"));
        }
        if base == "**/*" {
            globs.push("**".to_owned());
        }
    }
    globs
        .into_iter()
        .map(|glob| Some(GlobBuilder::new(&glob).literal_separator(true).build().ok()?.compile_matcher()))
        .collect()
}

impl CodeOwners {
    /// The rule that decides for a path.
    pub(crate) fn of(&self, path: &Path) -> Option<Match<'_>> {
        let relative = path.strip_prefix(&self.root).ok()?;
        let rule = self.rules.iter().rev().find(|rule| rule.matchers.iter().any(|glob| glob.is_match(relative)))?;
        Some(Match { owners: &rule.owners, line: rule.line, pattern: &rule.pattern })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owners(text: &str, path: &str) -> Vec<String> {
        let code = CodeOwners { root: PathBuf::from("/r"), rules: parse(text) };
        code.of(&Path::new("/r").join(path)).map(|found| found.owners.to_vec()).unwrap_or_default()
    }

    #[test]
    fn the_last_matching_rule_wins() {
        let text = "* @acme/all\n/agents/ @acme/agents\n*.md ada@example.com # docs\n/agents/free.md\n";
        assert_eq!(owners(text, "src/x.py"), ["@acme/all"]);
        assert_eq!(owners(text, "agents/crm/.mcp.json"), ["@acme/agents"]);
        assert_eq!(owners(text, "agents/README.md"), ["ada@example.com"]);
        assert!(owners(text, "agents/free.md").is_empty(), "a rule without owners takes them away");
    }

    #[test]
    fn a_section_owns_what_its_rules_leave_open() {
        let text = "[Docs][2] @acme/docs\n*.md\n/api/ @acme/api\n^[Free]\n/free/\n";
        assert_eq!(owners(text, "x.md"), ["@acme/docs"]);
        assert_eq!(owners(text, "api/x"), ["@acme/api"]);
        assert!(owners(text, "free/x").is_empty());
    }

    #[test]
    fn patterns_are_anchored_as_on_github() {
        assert_eq!(owners("apps/ @a", "x/apps/y"), ["@a"]);
        assert_eq!(owners("/apps/ @a", "x/apps/y"), Vec::<String>::new());
        assert_eq!(owners("docs/* @a", "docs/x.md"), ["@a"]);
        assert_eq!(owners("docs/* @a", "docs/x/y.md"), Vec::<String>::new());
        assert_eq!(owners("/.github/workflows @a", ".github/workflows/ci.yml"), ["@a"]);
        assert_eq!(owners("**/logs @a", "deep/logs/x"), ["@a"]);
        assert_eq!(owners("*.js @a", "x/y.js"), ["@a"]);
    }
}
