//! The actions that the analysis asks about by name, numbered, so that a set of them is one machine word and the
//! union, intersection and difference of policies are single instructions.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::document::Choice;
use super::escalations::{ADMIN_CORE, ESCALATIONS, Escalation, SENSITIVE_ON_ALL};
use super::pattern::Pattern;

/// A set of actions of the catalog.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub(super) struct Actions(u128);

impl Actions {
    pub(super) const NONE: Actions = Actions(0);

    /// The action of this number, if there is one.
    pub(super) fn bit(number: u32) -> Actions {
        Actions(1u128.checked_shl(number).unwrap_or(0))
    }

    pub(super) fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(super) fn with(self, other: Actions) -> Actions {
        Actions(self.0 | other.0)
    }

    pub(super) fn both(self, other: Actions) -> Actions {
        Actions(self.0 & other.0)
    }

    pub(super) fn without(self, other: Actions) -> Actions {
        Actions(self.0 & !other.0)
    }

    pub(super) fn contains(self, other: Actions) -> bool {
        self.0 & other.0 == other.0
    }

    pub(super) fn names(self) -> Vec<&'static str> {
        let catalog = &*CATALOG;
        let name = |(_, action): (usize, &Action)| action.name;
        let mut names: Vec<_> =
            catalog.actions.iter().enumerate().filter(|(bit, _)| self.0 >> bit & 1 == 1).map(name).collect();
        names.sort_unstable();
        names.dedup();
        names
    }
}

/// What an action acts on, as far as a resource pattern can be judged by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Target {
    User,
    Group,
    Role,
    Policy,
    Other,
}

impl Target {
    pub(super) const ALL: [Target; 5] = [Target::User, Target::Group, Target::Role, Target::Policy, Target::Other];

    /// The first part of the resource part of its ARN; `None` where any will do.
    pub(super) fn arn_type(self) -> Option<&'static str> {
        match self {
            Target::User => Some("user/"),
            Target::Group => Some("group/"),
            Target::Role => Some("role/"),
            Target::Policy => Some("policy/"),
            Target::Other => None,
        }
    }

    fn of(action: &str) -> Target {
        match action {
            "sts:AssumeRole" => Target::Role,
            _ if !action.starts_with("iam:") => Target::Other,
            _ if action.contains("Group") => Target::Group,
            _ if action.contains("PolicyVersion") => Target::Policy,
            _ if action.contains("Role") => Target::Role,
            _ => Target::User,
        }
    }
}

struct Action {
    /// As AWS writes it.
    name: &'static str,
    /// For matching.
    lower: String,
    /// For `iam:PassRole`: to which service.
    passed_to: Option<&'static str>,
}

pub(super) struct Catalog {
    actions: Vec<Action>,
    by_service: BTreeMap<String, Vec<usize>>,
    by_target: [Actions; Target::ALL.len()],
    pub(super) admin_core: Actions,
    pub(super) sensitive: Actions,
    pub(super) assume_role: Actions,
    pub(super) pass_role: Actions,
    /// Each escalation with what it needs.
    pub(super) escalations: Vec<(&'static Escalation, Actions)>,
}

pub(super) static CATALOG: LazyLock<Catalog> = LazyLock::new(Catalog::new);

impl Catalog {
    fn new() -> Self {
        let mut needs: Vec<&'static str> = ESCALATIONS.iter().flat_map(|e| e.needs.iter().copied()).collect();
        needs.extend(ADMIN_CORE.iter().chain(SENSITIVE_ON_ALL).chain(&["sts:AssumeRole"]));
        needs.sort_unstable();
        needs.dedup();
        assert!(needs.len() <= 128, "the catalog has outgrown its word");
        let mut catalog = Catalog {
            actions: Vec::new(),
            by_service: BTreeMap::new(),
            by_target: [Actions::NONE; Target::ALL.len()],
            admin_core: Actions::NONE,
            sensitive: Actions::NONE,
            assume_role: Actions::NONE,
            pass_role: Actions::NONE,
            escalations: Vec::new(),
        };
        for (bit, need) in needs.iter().enumerate() {
            let (name, passed_to) = need.split_once('@').map_or((*need, None), |(name, to)| (name, Some(to)));
            let lower = name.to_ascii_lowercase();
            let service = lower.split(':').next().expect("split gives at least one part").to_owned();
            catalog.by_service.entry(service).or_default().push(bit);
            let target = &mut catalog.by_target[Target::of(name) as usize];
            *target = target.with(Actions(1 << bit));
            if passed_to.is_some() {
                catalog.pass_role = catalog.pass_role.with(Actions(1 << bit));
            }
            catalog.actions.push(Action { name, lower, passed_to });
        }
        let set = |names: &[&str]| {
            let bit = |name: &&str| needs.binary_search(name).expect("every name was put in");
            Actions(names.iter().map(|name| 1u128 << bit(name)).fold(0, |set, bit| set | bit))
        };
        catalog.admin_core = set(ADMIN_CORE);
        catalog.sensitive = set(SENSITIVE_ON_ALL);
        catalog.assume_role = set(&["sts:AssumeRole"]);
        catalog.escalations = ESCALATIONS.iter().map(|e| (e, set(e.needs))).collect();
        catalog
    }

    /// The actions of the catalog that act on this kind of target.
    pub(super) fn on(&self, target: Target) -> Actions {
        self.by_target[target as usize]
    }

    /// The actions of the catalog that a statement names.
    pub(super) fn matching(&self, choice: &Choice) -> Actions {
        match choice {
            Choice::Only(patterns) => self.named(patterns),
            Choice::AllBut(patterns) => self.everything().without(self.named(patterns)),
        }
    }

    /// `iam:PassRole` to the services that one of these matches.
    pub(super) fn passed_to(&self, services: &[Pattern]) -> Actions {
        let is_meant = |action: &Action| action.passed_to.is_some_and(|to| services.iter().any(|s| s.matches(to)));
        Actions(self.actions.iter().enumerate().filter(|(_, a)| is_meant(a)).fold(0, |set, (bit, _)| set | 1 << bit))
    }

    fn everything(&self) -> Actions {
        Actions((0..self.actions.len()).fold(0, |set, bit| set | 1 << bit))
    }

    fn named(&self, patterns: &[Pattern]) -> Actions {
        let mut found = 0;
        for pattern in patterns {
            if pattern.is_everything() {
                return self.everything();
            }
            let service = pattern.as_str().split(':').next().expect("split gives at least one part");
            let bits: &mut dyn Iterator<Item = usize> = if service.contains(['*', '?']) {
                &mut (0..self.actions.len())
            } else if let Some(bits) = self.by_service.get(service) {
                &mut bits.iter().copied()
            } else {
                continue;
            };
            found =
                bits.filter(|&bit| pattern.matches(&self.actions[bit].lower)).fold(found, |set, bit| set | 1 << bit);
        }
        Actions(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn only(patterns: &[&str]) -> Choice {
        Choice::Only(patterns.iter().map(|p| Pattern::any_case(p)).collect())
    }

    #[test]
    fn actions_are_found_in_any_case_and_by_wildcard() {
        assert_eq!(CATALOG.matching(&only(&["IAM:createACCESSkey"])).names(), ["iam:CreateAccessKey"]);
        assert!(CATALOG.matching(&only(&["iam:*"])).contains(CATALOG.admin_core));
        assert!(CATALOG.matching(&only(&["*"])).contains(CATALOG.sensitive));
        assert!(CATALOG.matching(&only(&["i*:Create*"])).names().contains(&"iam:CreatePolicyVersion"));
        assert!(CATALOG.matching(&only(&["madeup:*"])).is_empty());
        let Choice::Only(iam) = only(&["iam:*"]) else { unreachable!() };
        assert!(CATALOG.matching(&Choice::AllBut(iam)).both(CATALOG.admin_core).is_empty());
    }

    #[test]
    fn actions_know_what_they_act_on() {
        for (action, target) in [
            ("iam:CreateAccessKey", Target::User),
            ("iam:AttachUserPolicy", Target::User),
            ("iam:AddUserToGroup", Target::Group),
            ("iam:PutRolePolicy", Target::Role),
            ("iam:PassRole", Target::Role),
            ("iam:UpdateAssumeRolePolicy", Target::Role),
            ("iam:SetDefaultPolicyVersion", Target::Policy),
            ("lambda:UpdateFunctionCode", Target::Other),
        ] {
            assert_eq!(Target::of(action), target, "{action}");
        }
    }
}
