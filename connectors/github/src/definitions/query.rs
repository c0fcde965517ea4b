//! One query for parts of many repositories.

use std::collections::{BTreeMap, BTreeSet};

use crate::repositories::Repository;

/// A query that is being written. What is asked of one repository is asked in a row.
#[derive(Debug, Default)]
pub(super) struct Query {
    declared: String,
    asked: String,
    variables: BTreeMap<String, String>,
    seen: BTreeSet<u64>,
}

impl Query {
    /// The key of a repository in the answer.
    pub(super) fn key(repository: &Repository) -> String {
        format!("r{}", repository.id)
    }

    /// Declares a variable: names and paths may hold anything, and so stand in no query.
    pub(super) fn declare(&mut self, name: String, value: String) {
        self.declared.push_str(&format!("${name}: String!, "));
        self.variables.insert(name, value);
    }

    /// Asks a field of a repository.
    pub(super) fn ask(&mut self, repository: &Repository, field: &str) {
        let id = repository.id;
        if self.seen.insert(id) {
            if self.seen.len() > 1 {
                self.asked.push_str(" }");
            }
            let (owner, name) = repository.full_name.split_once('/').unwrap_or((&repository.full_name, ""));
            self.declare(format!("o{id}"), owner.to_owned());
            self.declare(format!("n{id}"), name.to_owned());
            self.asked.push_str(&format!("\n  {}: repository(owner: $o{id}, name: $n{id}) {{", Self::key(repository)));
        }
        self.asked.push_str("\n    ");
        self.asked.push_str(field);
    }

    /// The text of the query with these fragments, and its variables.
    pub(super) fn written(self, fragments: &str) -> (String, BTreeMap<String, String>) {
        let declared = self.declared.trim_end_matches(", ");
        (format!("query({declared}) {{{} }}\n}}\n{fragments}\n", self.asked), self.variables)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_of_a_repository_stands_in_one_place() {
        let repository = |id: u64| -> Repository {
            serde_json::from_str(&format!(r#"{{"id":{id},"full_name":"acme/\"{id}"}}"#)).unwrap()
        };
        let mut query = Query::default();
        query.ask(&repository(1), "a");
        query.ask(&repository(1), "b");
        query.ask(&repository(2), "c");
        let (text, variables) = query.written("fragment F on Blob { text }");
        let expected = "query($o1: String!, $n1: String!, $o2: String!, $n2: String!) {\n  \
            r1: repository(owner: $o1, name: $n1) {\n    a\n    b }\n  \
            r2: repository(owner: $o2, name: $n2) {\n    c }\n}\nfragment F on Blob { text }\n";
        assert_eq!(text, expected);
        assert_eq!(variables["n2"], "\"2");
    }
}
