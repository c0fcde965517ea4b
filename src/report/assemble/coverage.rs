//! The coverage of the report: each scope's latest attempt, and which permission it lacked.

use std::collections::BTreeMap;

use whosekey_sdk::{Issue, IssueKind, Permission};

use crate::graph::{Graph, ScopeCoverage};
use crate::report::v1;

type Permissions = BTreeMap<&'static str, &'static [Permission]>;

pub(super) fn of(graph: &Graph, permissions: &Permissions) -> Vec<v1::Coverage> {
    graph.coverage().values().map(|scope| one(scope, permissions)).collect()
}

fn one(scope: &ScopeCoverage, permissions: &Permissions) -> v1::Coverage {
    let attempt = &scope.attempt;
    let known = permissions.get(scope.connector.as_str()).copied().unwrap_or_default();
    v1::Coverage {
        source: scope.source.clone(),
        connector: scope.connector.clone(),
        scope: scope.scope.clone(),
        outcome: attempt.outcome,
        records: attempt.records,
        requests: attempt.requests,
        started_at: attempt.started_at,
        finished_at: attempt.finished_at,
        last_complete_at: scope.last_complete_at,
        issues: attempt
            .issues
            .iter()
            .map(|issue| v1::Issue { kind: issue.kind, message: issue.message.clone() })
            .collect(),
        suspect: scope.suspect,
        gone_at: scope.gone_at,
        missing_permissions: missing(&attempt.issues, known),
    }
}

/// The connector's permissions that its refused calls name.
fn missing(issues: &[Issue], known: &[Permission]) -> Vec<v1::MissingPermission> {
    let refused = || issues.iter().filter(|issue| issue.kind == IssueKind::Permission);
    known
        .iter()
        .filter(|permission| refused().any(|issue| permission.is_named_in(&issue.message)))
        .map(|permission| v1::MissingPermission {
            permission: permission.name.to_owned(),
            costs: permission.purpose.to_owned(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: &[Permission] = &[
        Permission { name: "iam:ListUsers", purpose: "users; without it nothing is known of them" },
        Permission { name: "iam:ListUser", purpose: "x" },
        Permission { name: "iam:ListRoles", purpose: "roles" },
    ];

    #[test]
    fn a_refused_call_is_a_missing_permission_with_what_it_costs() {
        let issues = [
            Issue::new(IssueKind::Permission, "AccessDenied: iam:ListUsers on account 000000000000"),
            Issue::new(IssueKind::RateLimit, "iam:ListRoles throttled"),
        ];
        let found = missing(&issues, KNOWN);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].permission, "iam:ListUsers");
        assert_eq!(found[0].costs, "users; without it nothing is known of them");
    }
}
