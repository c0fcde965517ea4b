//! What some rules need to know of the whole graph before they look at one thing: surveyed once, before any rule runs.

use std::collections::{BTreeMap, BTreeSet};

use super::Input;
use super::rules::over_privileged::Becoming;
use super::rules::{shadow_agent, shared};
use crate::graph::{NodeId, ScopeId};

/// What rules look up.
#[derive(Default)]
pub struct Survey {
    /// For `shared`: of each credential whose secret value stands elsewhere too, all credentials with that value.
    pub(crate) by_fingerprint: BTreeMap<NodeId, Vec<NodeId>>,
    /// For `over-privileged`: who can become an administrator; `None` where nobody is one.
    pub(crate) becoming: Option<Becoming>,
    /// For `shadow-agent`: the scopes that declare agents; `None` where that cannot be told.
    pub(crate) registries: Option<BTreeSet<ScopeId>>,
}

impl Survey {
    /// Surveys the graph. `input.survey` is not read.
    pub(super) fn of(input: &Input<'_>) -> Self {
        Self {
            by_fingerprint: shared::by_fingerprint(input),
            becoming: Becoming::of(input),
            registries: shadow_agent::registries(input),
        }
    }
}
