//! What a principal's policies give together: allowed by some, denied by none, and within the boundary.

use super::catalog::{Actions, Target};
use super::compiled::{Compiled, Scoped, Sets};

/// Actions of the catalog that a principal may do, by how far they reach.
#[derive(Debug, Clone)]
pub(super) struct Effective {
    /// On everything.
    pub(super) all: Actions,
    /// On everything, unless a condition or a denial of a part stands in the way.
    pub(super) all_if: Actions,
    /// On some resources.
    pub(super) some: Vec<Scoped>,
    /// What stands in the way of `all_if`.
    keys: Vec<(Actions, String)>,
}

const PARTLY_DENIED: &str = "a denial of a part";
const BOUNDARY: &str = "the permission boundary's own conditions";

impl Effective {
    pub(super) fn of<'a>(policies: impl Iterator<Item = &'a Compiled> + Clone, boundary: Option<&'a Compiled>) -> Self {
        let mut sets = Sets::default();
        for policy in policies.clone() {
            sets.all = sets.all.with(policy.allow.all);
            sets.all_if = sets.all_if.with(policy.allow.all_if);
            sets.some.extend_from_slice(&policy.allow.some);
            sets.keys.extend_from_slice(&policy.allow.keys);
        }
        let mut effective = Effective { all: sets.all, all_if: sets.all_if, some: sets.some, keys: sets.keys };
        if let Some(boundary) = boundary {
            effective.limit(&boundary.allow);
        }
        for policy in policies.chain(boundary) {
            effective.deny(&policy.deny);
        }
        effective.all_if = effective.all_if.without(effective.all);
        effective.some.retain(|scoped| !scoped.actions.is_empty() && !scoped.on.is_empty());
        effective
    }

    /// What it may do on everything, whatever stands in the way.
    pub(super) fn anyhow(&self) -> Actions {
        self.all.with(self.all_if)
    }

    /// What it may do on some resources.
    pub(super) fn on_some(&self) -> Actions {
        self.some.iter().fold(Actions::NONE, |set, scoped| set.with(scoped.actions))
    }

    /// What may stand in the way of these on everything, sorted.
    pub(super) fn keys_on(&self, actions: Actions) -> Vec<String> {
        let in_question = actions.both(self.all_if);
        let mut keys: Vec<_> =
            self.keys.iter().filter(|(on, _)| !on.both(in_question).is_empty()).map(|(_, key)| key.clone()).collect();
        keys.sort_unstable();
        keys.dedup();
        keys
    }

    fn limit(&mut self, boundary: &Sets) {
        let wide = boundary.all.with(boundary.all_if);
        let mine = self.anyhow();
        let mut some: Vec<Scoped> = Vec::new();
        for scoped in &self.some {
            some.push(Scoped { actions: scoped.actions.both(wide), ..scoped.clone() });
            for limit in &boundary.some {
                let actions = scoped.actions.both(limit.actions);
                if actions.is_empty() {
                    continue;
                }
                let narrower = scoped.on.iter().filter(|p| limit.on.iter().any(|l| l.covers(p)));
                let narrowed = limit.on.iter().filter(|l| scoped.on.iter().any(|p| p.covers(l) && !l.covers(p)));
                let on = narrower.chain(narrowed).cloned().collect();
                some.push(Scoped { actions, on, keys: [scoped.keys.as_slice(), limit.keys.as_slice()].concat() });
            }
        }
        for limit in &boundary.some {
            some.push(Scoped { actions: mine.both(limit.actions).without(wide), ..limit.clone() });
        }
        self.all_if = mine.both(wide);
        self.all = self.all.both(boundary.all);
        self.keys.push((boundary.all_if, BOUNDARY.to_owned()));
        self.some = some;
    }

    fn deny(&mut self, deny: &Sets) {
        self.all = self.all.without(deny.all);
        self.all_if = self.all_if.without(deny.all);
        let mut in_question = deny.all_if;
        self.keys.extend_from_slice(&deny.keys);
        for scoped in &deny.some {
            in_question = in_question.with(scoped.actions);
            self.keys.push((scoped.actions, PARTLY_DENIED.to_owned()));
        }
        let moved = self.all.both(in_question);
        self.all = self.all.without(moved);
        self.all_if = self.all_if.with(moved);
        let mut some = Vec::with_capacity(self.some.len());
        for mut scoped in self.some.drain(..) {
            scoped.actions = scoped.actions.without(deny.all);
            for denial in &deny.some {
                let both = scoped.actions.both(denial.actions);
                if both.is_empty() || !denial.keys.is_empty() {
                    continue;
                }
                let left = scoped.on.iter().filter(|p| !denial.on.iter().any(|d| d.covers(p))).cloned().collect();
                some.push(Scoped { actions: both, on: left, keys: scoped.keys.clone() });
                scoped.actions = scoped.actions.without(both);
            }
            some.push(scoped);
        }
        self.some = some;
    }

    /// The scopes in which it may do any of these on some resources of this kind.
    pub(super) fn scopes_of(&self, actions: Actions) -> impl Iterator<Item = &Scoped> {
        self.some.iter().filter(move |scoped| !scoped.actions.both(actions).is_empty())
    }

    /// The one kind of target that these actions share, apart from those on anything.
    pub(super) fn target_of(actions: Actions) -> Option<Target> {
        let catalog = &*super::catalog::CATALOG;
        let mut targets = Target::ALL.into_iter().filter(|t| !actions.both(catalog.on(*t)).is_empty());
        let first = targets.next()?;
        targets.next().is_none().then_some(first)
    }
}
