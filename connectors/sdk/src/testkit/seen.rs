//! A source that misbehaves, with the outcomes that the engine would derive.

use super::Collected;
use crate::{CollectError, Connector, Issue, IssueKind, Outcome, Scope};

/// One scope, as the engine sees it.
#[derive(Debug)]
pub struct Seen {
    /// The scope.
    pub scope: Scope,
    /// How it ended.
    pub outcome: Outcome,
    /// What came before it ended.
    pub collected: Collected,
    /// What the world did to it, the error that ended it included.
    pub issues: Vec<Issue>,
}

impl Seen {
    /// The last part of the scope's name: `iam.users`.
    pub fn kind(&self) -> &str {
        self.scope.name.rsplit('/').next().unwrap_or_default()
    }

    /// Whether an issue of this kind says this.
    pub fn has_issue(&self, kind: IssueKind, text: &str) -> bool {
        self.issues.iter().any(|issue| issue.kind == kind && issue.message.contains(text))
    }
}

/// Lists the scopes and collects each of them, whatever becomes of it; and the issues of the list itself.
///
/// # Errors
/// When there is no list of scopes.
pub async fn observe(connector: &dyn Connector) -> Result<(Vec<Seen>, Vec<Issue>), CollectError> {
    let mut listing = Collected::default();
    let (scopes, _complete) = connector.scopes(&mut listing).await?;
    let mut all = Vec::new();
    for scope in scopes {
        all.push(observe_scope(connector, scope).await);
    }
    Ok((all, listing.issues))
}

/// Collects one scope, and says how it ended.
pub async fn observe_scope(connector: &dyn Connector, scope: Scope) -> Seen {
    let mut collected = Collected::default();
    let ended = connector.collect(&scope, &mut collected).await;
    let mut issues = std::mem::take(&mut collected.issues);
    let outcome = match ended {
        Ok(_complete) if issues.is_empty() => Outcome::Complete,
        Ok(_complete) => Outcome::Partial,
        Err(CollectError::Issue(issue)) => {
            issues.push(issue);
            if collected.pages > 0 { Outcome::Partial } else { Outcome::Failed }
        }
        Err(CollectError::Broken(issue)) => {
            issues.push(issue);
            Outcome::Failed
        }
        Err(CollectError::Stopped) => panic!("{} stopped and nothing told it to", scope.name),
    };
    Seen { scope, outcome, collected, issues }
}

/// Panics when a fault went unnoticed: a scope that is complete in `faulty` has all that it has in `whole`, and no scope
/// of `whole` is missing from a list that raised no issue.
pub fn assert_honest(faulty: &[Seen], whole: &[Seen]) {
    for expected in whole {
        let seen = faulty.iter().find(|seen| seen.scope.name == expected.scope.name);
        let seen = seen.unwrap_or_else(|| panic!("{} is missing from the list of scopes", expected.scope.name));
        if seen.outcome == Outcome::Complete {
            assert_eq!(
                seen.collected.entities().count(),
                expected.collected.entities().count(),
                "{} is complete and misses something",
                seen.scope.name
            );
        }
    }
}
