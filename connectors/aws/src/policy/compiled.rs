//! A document boiled down to what the analysis asks of it; done once for each distinct text.

use super::catalog::{Actions, CATALOG, Target};
use super::document::{Choice, Condition, Document, Effect, Quantifier, Statement};
use super::pattern::Pattern;
use super::resources::{Reach, reach};

/// What one document allows and denies.
#[derive(Debug, Clone)]
pub(super) struct Compiled {
    pub(super) allow: Sets,
    pub(super) deny: Sets,
    /// The statements that allow, for what is judged by pattern.
    pub(super) allows: Vec<Rule>,
    /// The statements that deny.
    pub(super) denies: Vec<Rule>,
    /// Actions of the catalog that whole services, or everything, bring along unnamed, on everything.
    pub(super) in_passing: Actions,
    /// Whether what it gives depends on who has it: it names ARNs that may be the principal's own.
    pub(super) depends_on_principal: bool,
}

/// Actions of the catalog by how far they reach.
#[derive(Debug, Clone, Default)]
pub(super) struct Sets {
    /// On everything, without condition.
    pub(super) all: Actions,
    /// On everything, under a condition or with exceptions.
    pub(super) all_if: Actions,
    /// On some resources.
    pub(super) some: Vec<Scoped>,
    /// The keys of the conditions that made `all_if`.
    pub(super) keys: Vec<(Actions, String)>,
}

/// Actions on some resources.
#[derive(Debug, Clone)]
pub(super) struct Scoped {
    pub(super) actions: Actions,
    pub(super) on: Vec<Pattern>,
    pub(super) keys: Vec<String>,
}

/// A statement as patterns.
#[derive(Debug, Clone)]
pub(super) struct Rule {
    pub(super) actions: Choice,
    pub(super) resources: Choice,
    pub(super) keys: Vec<String>,
}

/// What stands for a condition in `NotResource`.
const NOT_RESOURCE: &str = "NotResource";

pub(super) fn compile(document: &Document) -> Compiled {
    let mut compiled = Compiled {
        allow: Sets::default(),
        deny: Sets::default(),
        allows: Vec::new(),
        denies: Vec::new(),
        in_passing: Actions::NONE,
        depends_on_principal: false,
    };
    for statement in &document.statements {
        let (sets, rules) = match statement.effect {
            Effect::Allow => (&mut compiled.allow, &mut compiled.allows),
            Effect::Deny => (&mut compiled.deny, &mut compiled.denies),
        };
        sets.add(statement);
        if statement.effect == Effect::Allow && reach(&statement.resources, Target::Other) != Reach::Nothing {
            compiled.in_passing = compiled.in_passing.with(in_passing(&statement.actions));
        }
        rules.push(Rule {
            actions: statement.actions.clone(),
            resources: statement.resources.clone(),
            keys: keys(&statement.conditions, |_| true),
        });
    }
    compiled.depends_on_principal = !compiled.allow.some.is_empty() || !compiled.deny.some.is_empty();
    compiled
}

impl Sets {
    fn add(&mut self, statement: &Statement) {
        let mut actions = CATALOG.matching(&statement.actions);
        let mut pass_role_keys = None;
        for condition in &statement.conditions {
            if let Some(services) = services_passed_to(condition) {
                // The key exists in requests to pass a role and in no others.
                let others = if condition.if_exists { actions.without(CATALOG.pass_role) } else { Actions::NONE };
                let to: Vec<_> = services.iter().map(|s| Pattern::exact_case(s)).collect();
                actions = others.with(actions.both(CATALOG.passed_to(&to)));
                pass_role_keys = Some(keys(&statement.conditions, |c| services_passed_to(c).is_none()));
            }
        }
        if actions.is_empty() {
            return;
        }
        let all_keys = keys(&statement.conditions, |c| services_passed_to(c).is_none());
        let keys = pass_role_keys.unwrap_or(all_keys);
        for target in Target::ALL {
            let actions = actions.both(CATALOG.on(target));
            if actions.is_empty() {
                continue;
            }
            match reach(&statement.resources, target) {
                Reach::All if keys.is_empty() => self.all = self.all.with(actions),
                Reach::All => self.add_conditional(actions, &keys),
                Reach::AllBut => {
                    let mut keys = keys.clone();
                    keys.push(NOT_RESOURCE.to_owned());
                    self.add_conditional(actions, &keys);
                }
                Reach::Some(on) => self.some.push(Scoped { actions, on, keys: keys.clone() }),
                Reach::Nothing => {}
            }
        }
    }

    fn add_conditional(&mut self, actions: Actions, keys: &[String]) {
        self.all_if = self.all_if.with(actions);
        self.keys.extend(keys.iter().map(|key| (actions, key.clone())));
    }
}

fn in_passing(actions: &Choice) -> Actions {
    match actions {
        Choice::AllBut(_) => CATALOG.matching(actions),
        Choice::Only(patterns) => {
            let whole = patterns.iter().filter(|p| p.is_everything() || p.as_str().ends_with(":*")).cloned();
            CATALOG.matching(&Choice::Only(whole.collect()))
        }
    }
}

/// The services of a condition that limits `iam:PassRole` to some.
fn services_passed_to(condition: &Condition) -> Option<&[String]> {
    let is_positive = matches!(condition.operator.as_str(), "stringequals" | "stringlike" | "stringequalsignorecase");
    let is_limit = condition.quantifier != Some(Quantifier::ForAllValues);
    (condition.key == "iam:passedtoservice" && is_positive && is_limit).then_some(&condition.values)
}

fn keys(conditions: &[Condition], counts: impl Fn(&Condition) -> bool) -> Vec<String> {
    let mut keys: Vec<_> = conditions.iter().filter(|c| counts(c)).map(|c| c.key.clone()).collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::document::{DocumentKind, parse};

    fn compiled(statement: &str) -> Compiled {
        let text = format!(r#"{{"Version":"2012-10-17","Statement":[{statement}]}}"#);
        compile(&parse(&text, DocumentKind::Identity).unwrap())
    }

    #[test]
    fn a_role_that_may_be_passed_to_one_service_is_passed_to_no_other() {
        let c = compiled(
            r#"{"Effect":"Allow","Action":["iam:PassRole","iam:CreateAccessKey"],"Resource":"*",
                "Condition":{"StringEquals":{"iam:PassedToService":"lambda.amazonaws.com"}}}"#,
        );
        let lambda = CATALOG.passed_to(&[Pattern::exact_case("lambda.amazonaws.com")]);
        assert_eq!(c.allow.all, lambda, "and the key is absent when access keys are made, so that is not allowed");
    }

    #[test]
    fn conditions_and_exceptions_keep_their_keys() {
        let c = compiled(
            r#"{"Effect":"Allow","Action":"iam:*","Resource":"*","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}}"#,
        );
        assert!(c.allow.all.is_empty());
        assert!(c.allow.all_if.contains(CATALOG.admin_core));
        assert!(c.allow.keys.iter().any(|(_, key)| key == "aws:multifactorauthpresent"));
        let c = compiled(r#"{"Effect":"Allow","Action":"iam:*","NotResource":"arn:aws:iam::1:role/x"}"#);
        assert!(c.allow.keys.iter().any(|(_, key)| key == NOT_RESOURCE));
    }

    #[test]
    fn only_named_resources_make_it_depend_on_the_principal() {
        assert!(!compiled(r#"{"Effect":"Allow","Action":"s3:*","Resource":"*"}"#).depends_on_principal);
        let own = r#"{"Effect":"Allow","Action":"iam:*AccessKey*","Resource":"arn:aws:iam::*:user/${aws:username}"}"#;
        assert!(compiled(own).depends_on_principal);
    }
}
