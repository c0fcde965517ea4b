//! Who answers for a whole repository, as CODEOWNERS says: the owners of the last line that matches everything.

use whosekey_sdk::owner_evidence::owner_ref;
use whosekey_sdk::{Evidence, Link, LinkKind, Location, OwnerRole, Record};

use super::files::File;
use crate::repositories::Repository;

/// Where GitHub looks for it, in this order; the first one counts.
const PLACES: &[&str] = &[".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"];

/// Patterns that match everything.
const EVERYTHING: &[&str] = &["*", "/*", "**", "/**", "/**/*", "**/*"];

pub(crate) fn read(repository: &Repository, files: &[File]) -> Vec<Record> {
    let first = PLACES.iter().find_map(|place| files.iter().find(|file| file.path == *place));
    let Some(file) = first else { return Vec::new() };
    let rules = (1u32..).zip(file.text.lines()).filter_map(|(number, line)| {
        let mut words = line.split('#').next().unwrap_or_default().split_whitespace();
        Some((number, words.next()?, words.collect::<Vec<_>>()))
    });
    let Some((line, pattern, owners)) = rules.filter(|(_, pattern, _)| EVERYTHING.contains(pattern)).last() else {
        return Vec::new();
    };
    let location =
        Location { path: format!("{}/{}", repository.full_name, file.path), line: Some(line), pointer: None };
    let link = |owner: &str| {
        let to = owner_ref(owner)?;
        let role = if owner.contains('/') { OwnerRole::Team } else { OwnerRole::Owner };
        let because = format!("CODEOWNERS {pattern}");
        let link = Link::new(repository.entity_id(), LinkKind::OwnedBy, to, Evidence::Declared, because);
        Some(link.role(role).location(location.clone()).into())
    };
    owners.into_iter().filter_map(link).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owners(files: &[(&str, &str)]) -> Vec<String> {
        let files: Vec<File> = files
            .iter()
            .map(|(path, text)| File { path: (*path).into(), sha: String::new(), text: (*text).into() })
            .collect();
        let repository = serde_json::from_str(r#"{"id":1,"full_name":"acme/app"}"#).unwrap();
        let links = read(&repository, &files).into_iter();
        links
            .map(|record| match record {
                Record::Link(link) => link.to.to_string(),
                other => panic!("{other:?}"),
            })
            .collect()
    }

    #[test]
    fn the_last_line_for_everything_counts() {
        assert_eq!(
            owners(&[("CODEOWNERS", "* @acme/old\n*.rs @carol\n* @acme/platform @ada # both\n")]),
            ["owner:acme/platform", "owner:ada"]
        );
        assert_eq!(owners(&[("CODEOWNERS", "* @ada\n*\n")]), [""; 0], "a line without owners takes them away");
        assert_eq!(owners(&[("CODEOWNERS", "/src/ @ada\n")]), [""; 0]);
    }

    #[test]
    fn of_several_files_the_first_place_counts() {
        assert_eq!(owners(&[("docs/CODEOWNERS", "* @bob"), (".github/CODEOWNERS", "* @ada")]), ["owner:ada"]);
    }
}
