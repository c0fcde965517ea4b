//! The contract test suite that every connector runs, and the sink that its own tests collect into.
//!
//! ```ignore
//! #[tokio::test]
//! async fn keeps_the_contract() {
//!     whosekey_sdk::testkit::assert_contract(&connector, &["the planted secret"]).await;
//! }
//! ```

mod seen;

use std::collections::BTreeSet;
use std::time::Duration;

use async_trait::async_trait;

use crate::{CollectError, Connector, Entity, Issue, Link, Record, Scope, Sink, Stopped};

pub use seen::{Seen, assert_honest, observe, observe_scope};

/// A sink that keeps everything, or stops after a number of pages.
#[derive(Debug, Default)]
pub struct Collected {
    /// All records, in order.
    pub records: Vec<Record>,
    /// All issues, in order.
    pub issues: Vec<Issue>,
    /// Requests counted.
    pub requests: u64,
    /// Pages received.
    pub pages: usize,
    /// What the connector is told that it asked to be told, and then what it asks to be told.
    pub memory: Option<Vec<u8>>,
    stop_after_pages: Option<usize>,
    probes: bool,
}

impl Collected {
    /// A sink whose `page` says [`Stopped`] after this many pages.
    pub fn stopping_after(pages: usize) -> Self {
        Self { stop_after_pages: Some(pages), ..Self::default() }
    }

    /// A sink that only wants to know whether the scope can be listed.
    pub fn probing() -> Self {
        Self { probes: true, ..Self::default() }
    }

    /// The entities among the records.
    pub fn entities(&self) -> impl Iterator<Item = &Entity> {
        self.records.iter().filter_map(|record| match record {
            Record::Entity(entity) => Some(&**entity),
            Record::Link(_) | Record::Activity(_) => None,
        })
    }

    /// The links among the records.
    pub fn links(&self) -> impl Iterator<Item = &Link> {
        self.records.iter().filter_map(|record| match record {
            Record::Link(link) => Some(&**link),
            Record::Entity(_) | Record::Activity(_) => None,
        })
    }
}

#[async_trait]
impl Sink for Collected {
    fn is_probe(&self) -> bool {
        self.probes
    }

    async fn page(&mut self, records: Vec<Record>) -> Result<(), Stopped> {
        if self.stop_after_pages.is_some_and(|limit| self.pages >= limit) {
            return Err(Stopped);
        }
        self.pages += 1;
        self.records.extend(records);
        Ok(())
    }

    fn issue(&mut self, issue: Issue) {
        self.issues.push(issue);
    }

    fn requests(&mut self, count: u64) {
        self.requests += count;
    }

    fn recall(&mut self) -> Option<Vec<u8>> {
        self.memory.clone()
    }

    fn remember(&mut self, memory: Vec<u8>) {
        self.memory = Some(memory);
    }
}

/// Collects all scopes of a connector whose source is whole.
///
/// # Errors
/// When the list of scopes or a scope is not seen to its end.
pub async fn collect_all(connector: &dyn Connector) -> Result<Vec<(Scope, Collected)>, CollectError> {
    let mut listing = Collected::default();
    let (scopes, _complete) = connector.scopes(&mut listing).await?;
    let mut all = Vec::new();
    for scope in scopes {
        let mut collected = Collected::default();
        let _complete = connector.collect(&scope, &mut collected).await?;
        all.push((scope, collected));
    }
    Ok(all)
}

/// Runs the whole contract over a connector whose source is up, unchanging and not empty, and panics with every
/// violation. No text in `forbidden` (planted secret values) may occur in anything that the connector says.
pub async fn assert_contract(connector: &dyn Connector, forbidden: &[&str]) {
    let mut violations = descriptor_violations(connector);
    match (collect_all(connector).await, collect_all(connector).await) {
        (Ok(first), Ok(second)) => {
            violations.extend(scope_violations(connector, &first));
            violations.extend(record_violations(&first, forbidden));
            for ((scope, a), (_, b)) in first.iter().zip(&second) {
                if sorted_lines(a) != sorted_lines(b) {
                    violations.push(format!("{}: the same world gave different records", scope.name));
                }
            }
            violations.extend(stop_violations(connector, &first).await);
        }
        (Err(error), _) | (_, Err(error)) => violations.push(format!("a whole source was not complete: {error}")),
    }
    violations.extend(unknown_scope_violation(connector).await);
    assert!(violations.is_empty(), "the contract is broken:\n{}", violations.join("\n"));
}

fn descriptor_violations(connector: &dyn Connector) -> Vec<String> {
    let descriptor = connector.descriptor();
    let mut violations = Vec::new();
    let mut names = BTreeSet::new();
    for permission in descriptor.permissions {
        if !names.insert(permission.name) {
            violations.push(format!("permission {} is listed twice", permission.name));
        }
        if permission.purpose.is_empty() {
            violations.push(format!("permission {} has no purpose", permission.name));
        }
    }
    if descriptor.scope_kinds.is_empty() || descriptor.summary.is_empty() {
        violations.push("the descriptor is not filled in".to_owned());
    }
    if (descriptor.policy)().trim().is_empty() {
        violations.push("the least-privilege policy is empty".to_owned());
    }
    violations
}

fn scope_violations(connector: &dyn Connector, all: &[(Scope, Collected)]) -> Vec<String> {
    let mut violations = Vec::new();
    let mut names = BTreeSet::new();
    for (scope, _) in all {
        if scope.name.is_empty() || scope.name.contains('*') || scope.name.chars().any(char::is_control) {
            violations.push(format!("{:?} is not a scope's name", scope.name));
        }
        if !names.insert(&scope.name) {
            violations.push(format!("scope {} is listed twice", scope.name));
        }
    }
    if all.iter().all(|(_, collected)| collected.records.is_empty()) {
        violations.push(format!("{} saw nothing in a source that is not empty", connector.descriptor().name));
    }
    violations
}

fn record_violations(all: &[(Scope, Collected)], forbidden: &[&str]) -> Vec<String> {
    let mut violations = Vec::new();
    for (scope, collected) in all {
        for entity in collected.entities() {
            if entity.id.platform().is_empty() || entity.id.as_str().ends_with(':') {
                violations.push(format!("{}: {:?} is not an entity id", scope.name, entity.id));
            }
            if entity.type_name.is_empty() {
                violations.push(format!("{}: {} has no type", scope.name, entity.id));
            }
            if entity.aliases.iter().any(|alias| alias.as_str().is_empty()) {
                violations.push(format!("{}: {} has an empty alias", scope.name, entity.id));
            }
        }
        for link in collected.links() {
            if link.from.as_str().is_empty() || link.to.as_str().is_empty() {
                violations.push(format!("{}: a {} link has an empty end", scope.name, link.kind.as_str()));
            }
            if link.because.is_empty() {
                violations.push(format!("{}: a {} link says not why", scope.name, link.kind.as_str()));
            }
        }
        let said = format!("{:?}{:?}{:?}", scope, collected.records, collected.issues);
        for secret in forbidden {
            if said.contains(secret) {
                violations.push(format!("{}: a secret value is told", scope.name));
            }
        }
    }
    violations
}

async fn stop_violations(connector: &dyn Connector, all: &[(Scope, Collected)]) -> Vec<String> {
    let mut violations = Vec::new();
    for (scope, whole) in all.iter().filter(|(_, whole)| whole.pages > 0) {
        let mut sink = Collected::stopping_after(whole.pages - 1);
        let collecting = connector.collect(scope, &mut sink);
        match tokio::time::timeout(Duration::from_secs(60), collecting).await {
            Ok(Err(CollectError::Stopped)) => {}
            Ok(_) => violations.push(format!("{}: goes on although the sink said stop", scope.name)),
            Err(_) => violations.push(format!("{}: hangs when the sink says stop", scope.name)),
        }
    }
    violations
}

async fn unknown_scope_violation(connector: &dyn Connector) -> Option<String> {
    let mut sink = Collected::default();
    let outcome = connector.collect(&Scope::new("no such scope"), &mut sink).await;
    outcome.is_ok().then(|| "a scope that does not exist was complete".to_owned())
}

fn sorted_lines(collected: &Collected) -> Vec<String> {
    let mut lines: Vec<String> = collected.records.iter().map(|record| format!("{record:?}")).collect();
    lines.sort();
    lines
}
