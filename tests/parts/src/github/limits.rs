//! The rate budgets: so many requests an hour for each caller and each kind of resource.

use std::collections::BTreeMap;

/// How large the budgets are. GitHub's numbers, <https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api>,
/// seen 2026-11-27.
#[derive(Debug, Clone)]
pub struct Limits {
    /// REST, for a user's tokens together and for each installation.
    pub core: u64,
    /// GraphQL, in points.
    pub graphql: u64,
    /// The audit log.
    pub audit_log: u64,
    /// How long a budget lasts, from its first request on.
    pub window_s: i64,
    /// The status of the refusal when a budget is used up: 403 or 429.
    pub status: u16,
}

impl Default for Limits {
    fn default() -> Self {
        Self { core: 5000, graphql: 5000, audit_log: 1750, window_s: 3600, status: 403 }
    }
}

/// A kind of resource that has a budget of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Resource {
    Core,
    GraphQl,
    AuditLog,
}

impl Resource {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Core => "core",
            Self::GraphQl => "graphql",
            Self::AuditLog => "audit_log",
        }
    }
}

impl Limits {
    pub(super) fn of(&self, resource: Resource) -> u64 {
        match resource {
            Resource::Core => self.core,
            Resource::GraphQl => self.graphql,
            Resource::AuditLog => self.audit_log,
        }
    }
}

/// What was taken from the budgets, by resource and caller.
#[derive(Debug, Default)]
pub(super) struct Budgets(BTreeMap<(Resource, String), Budget>);

#[derive(Debug, Clone, Copy)]
pub(super) struct Budget {
    pub(super) limit: u64,
    pub(super) used: u64,
    pub(super) reset_at_s: i64,
}

impl Budget {
    pub(super) fn remaining(self) -> u64 {
        self.limit.saturating_sub(self.used)
    }
}

impl Budgets {
    /// The caller's budget as it stands now, after `cost` is taken from it.
    pub(super) fn take(&mut self, limits: &Limits, resource: Resource, who: &str, now_s: i64, cost: u64) -> Budget {
        let limit = limits.of(resource);
        let fresh = Budget { limit, used: 0, reset_at_s: now_s + limits.window_s };
        let budget = self.0.entry((resource, who.to_owned())).or_insert(fresh);
        if budget.reset_at_s <= now_s {
            *budget = fresh;
        }
        budget.limit = limit;
        budget.used += cost;
        *budget
    }
}
