//! Grants that are read off the patterns of a statement: wildcards, and reads and writes of what is named.

use whosekey_sdk::AccessLevel;

use super::compiled::Rule;
use super::document::Choice;
use super::pattern::Pattern;

/// What one pattern of one allowing statement gives, after denials and a boundary.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Broad {
    pub(super) action: Which,
    /// `None`: everything, or everything but what `NotResource` names.
    pub(super) on: Option<Pattern>,
    /// Keys of conditions, sorted.
    pub(super) keys: Vec<String>,
}

/// A pattern of actions, or all but some.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Which {
    Only(Pattern),
    AllBut(Vec<Pattern>),
}

/// What stands for a condition where a denial takes a part away.
const PARTLY_DENIED: &str = "a denial of a part";

/// Verbs that change nothing and give nothing away but what is asked for.
const READING: &[&str] = &[
    "batchcheck",
    "batchdescribe",
    "batchget",
    "batchlist",
    "check",
    "count",
    "describe",
    "discover",
    "estimate",
    "filter",
    "get",
    "head",
    "list",
    "lookup",
    "preview",
    "query",
    "read",
    "scan",
    "search",
    "select",
    "simulate",
    "test",
    "validate",
    "verify",
    "view",
];

impl Which {
    fn parts(choice: &Choice) -> Vec<Which> {
        match choice {
            Choice::Only(patterns) => patterns.iter().cloned().map(Which::Only).collect(),
            Choice::AllBut(patterns) if patterns.is_empty() => vec![Which::Only(Pattern::any_case("*"))],
            Choice::AllBut(patterns) => vec![Which::AllBut(patterns.clone())],
        }
    }

    /// As shown to people.
    pub(super) fn text(&self) -> String {
        match self {
            Which::Only(pattern) => pattern.written().to_owned(),
            Which::AllBut(patterns) => {
                format!("everything but {}", patterns.iter().map(Pattern::written).collect::<Vec<_>>().join(", "))
            }
        }
    }

    pub(super) fn is_everything(&self) -> bool {
        matches!(self, Which::Only(pattern) if pattern.is_everything() || pattern.as_str() == "*:*")
    }

    /// Whether it is all of IAM's actions, and maybe more.
    pub(super) fn gives_iam(&self) -> bool {
        match self {
            Which::Only(pattern) => pattern.covers(&Pattern::any_case("iam:*")),
            Which::AllBut(but) => !but.iter().any(|p| p.overlaps(&Pattern::any_case("iam:*"))),
        }
    }

    /// How much it gives on everything, and on something named.
    pub(super) fn level(&self, on_everything: bool) -> AccessLevel {
        let Which::Only(pattern) = self else {
            return if on_everything { AccessLevel::Wildcard } else { AccessLevel::Write };
        };
        let verb = pattern.as_str().split_once(':').map_or("", |(_, verb)| verb);
        if READING.iter().any(|reading| verb.starts_with(reading)) {
            AccessLevel::Read
        } else if on_everything && !pattern.is_literal() {
            AccessLevel::Wildcard
        } else {
            AccessLevel::Write
        }
    }

    fn is_covered_by(&self, choice: &Choice) -> bool {
        match (self, choice) {
            (Which::Only(one), Choice::Only(patterns)) => patterns.iter().any(|p| p.covers(one)),
            (Which::Only(one), Choice::AllBut(excepted)) => !excepted.iter().any(|p| p.overlaps(one)),
            (Which::AllBut(_), Choice::Only(patterns)) => patterns.iter().any(Pattern::is_everything),
            (Which::AllBut(mine), Choice::AllBut(excepted)) => {
                excepted.iter().all(|e| mine.iter().any(|m| m.covers(e)))
            }
        }
    }

    fn overlaps(&self, choice: &Choice) -> bool {
        match (self, choice) {
            (Which::Only(one), Choice::Only(patterns)) => patterns.iter().any(|p| p.overlaps(one)),
            (Which::Only(one), Choice::AllBut(excepted)) => !excepted.iter().any(|p| p.covers(one)),
            (Which::AllBut(mine), Choice::Only(patterns)) => patterns.iter().any(|p| !mine.iter().any(|m| m.covers(p))),
            (Which::AllBut(_), Choice::AllBut(_)) => true,
        }
    }

    /// What is left of it under a boundary's statement.
    fn within(&self, boundary: &Choice) -> Vec<Which> {
        if self.is_covered_by(boundary) {
            return vec![self.clone()];
        }
        match (self, boundary) {
            (Which::Only(one), Choice::Only(patterns)) => {
                patterns.iter().filter(|p| p.overlaps(one)).map(|p| lesser(one, p)).collect()
            }
            (Which::AllBut(mine), Choice::Only(patterns)) => {
                patterns.iter().filter(|p| !mine.iter().any(|m| m.covers(p))).cloned().map(Which::Only).collect()
            }
            (Which::Only(one), Choice::AllBut(excepted)) => {
                if excepted.iter().any(|e| e.covers(one)) {
                    Vec::new()
                } else if one.is_everything() || one.as_str() == "*:*" {
                    vec![Which::AllBut(excepted.clone())]
                } else {
                    vec![self.clone()]
                }
            }
            (Which::AllBut(mine), Choice::AllBut(excepted)) => {
                let mut both: Vec<_> = mine.iter().chain(excepted).cloned().collect();
                both.sort_unstable();
                both.dedup();
                vec![Which::AllBut(both)]
            }
        }
    }
}

/// What two overlapping patterns have in common, or, where neither covers the other, the one that gives less.
fn lesser(mine: &Pattern, limit: &Pattern) -> Which {
    let (mine_only, limit_only) = (Which::Only(mine.clone()), Which::Only(limit.clone()));
    if !mine.covers(limit) && mine_only.level(true) < limit_only.level(true) { mine_only } else { limit_only }
}

/// What an allowing statement gives, pattern by pattern.
pub(super) fn of_rule(rule: &Rule) -> Vec<Broad> {
    let mut keys = rule.keys.clone();
    let on: Vec<Option<Pattern>> = match &rule.resources {
        Choice::Only(patterns) if patterns.iter().any(Pattern::is_everything) => vec![None],
        Choice::Only(patterns) => patterns.iter().cloned().map(Some).collect(),
        Choice::AllBut(patterns) if patterns.iter().any(Pattern::is_everything) => Vec::new(),
        Choice::AllBut(patterns) => {
            if !patterns.is_empty() {
                keys.push("NotResource".to_owned());
            }
            vec![None]
        }
    };
    let parts = Which::parts(&rule.actions);
    on.iter()
        .flat_map(|on| parts.iter().map(|part| Broad { action: part.clone(), on: on.clone(), keys: keys.clone() }))
        .collect()
}

/// What a denial leaves of it.
pub(super) fn after_denial(mut broad: Broad, denial: &Rule) -> Option<Broad> {
    if !broad.action.overlaps(&denial.actions) || !resource_overlaps(broad.on.as_ref(), &denial.resources) {
        return Some(broad);
    }
    let is_whole =
        broad.action.is_covered_by(&denial.actions) && resource_covered(broad.on.as_ref(), &denial.resources);
    if denial.keys.is_empty() && is_whole {
        return None;
    }
    // A denied part of a wildcard on everything is what `NotAction` would say, and no reason for doubt.
    if denial.keys.is_empty() && resource_covered(broad.on.as_ref(), &denial.resources) {
        if let (true, Choice::Only(denied)) = (broad.action.is_everything(), &denial.actions) {
            broad.action = Which::AllBut(denied.clone());
            return Some(broad);
        }
        if let (Which::AllBut(but), Choice::Only(denied)) = (&mut broad.action, &denial.actions) {
            but.extend(denied.iter().cloned());
            but.sort_unstable();
            but.dedup();
            return Some(broad);
        }
        return Some(broad);
    }
    broad.keys.push(if denial.keys.is_empty() { PARTLY_DENIED.to_owned() } else { denial.keys.join(", ") });
    Some(broad)
}

/// What a boundary's allowing statements leave of it.
pub(super) fn within_boundary(broad: &Broad, boundary: &[Rule]) -> Vec<Broad> {
    let mut left = Vec::new();
    for rule in boundary {
        let on: Vec<Option<Pattern>> = match (&broad.on, &rule.resources) {
            (on, resources) if resource_covered(on.as_ref(), resources) => vec![on.clone()],
            (None, Choice::Only(patterns)) => patterns.iter().cloned().map(Some).collect(),
            (Some(mine), Choice::Only(patterns)) => {
                patterns.iter().filter(|p| mine.overlaps(p)).cloned().map(Some).collect()
            }
            (Some(mine), Choice::AllBut(patterns)) if patterns.iter().any(|p| p.covers(mine)) => Vec::new(),
            (on, Choice::AllBut(_)) => vec![on.clone()],
        };
        for action in broad.action.within(&rule.actions) {
            for on in &on {
                let mut keys = [broad.keys.as_slice(), rule.keys.as_slice()].concat();
                keys.sort_unstable();
                keys.dedup();
                left.push(Broad { action: action.clone(), on: on.clone(), keys });
            }
        }
    }
    left.sort_unstable();
    left.dedup();
    left
}

fn resource_covered(on: Option<&Pattern>, by: &Choice) -> bool {
    match (on, by) {
        (None, Choice::Only(patterns)) => patterns.iter().any(Pattern::is_everything),
        (None, Choice::AllBut(patterns)) => patterns.is_empty(),
        (Some(on), Choice::Only(patterns)) => patterns.iter().any(|p| p.covers(on)),
        (Some(on), Choice::AllBut(patterns)) => !patterns.iter().any(|p| p.overlaps(on)),
    }
}

fn resource_overlaps(on: Option<&Pattern>, with: &Choice) -> bool {
    match (on, with) {
        (None, Choice::Only(_)) => true,
        (Some(on), Choice::Only(patterns)) => patterns.iter().any(|p| p.overlaps(on)),
        (None, Choice::AllBut(patterns)) => !patterns.iter().any(Pattern::is_everything),
        (Some(on), Choice::AllBut(patterns)) => !patterns.iter().any(|p| p.covers(on)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn level(pattern: &str, on_everything: bool) -> AccessLevel {
        Which::Only(Pattern::any_case(pattern)).level(on_everything)
    }

    #[test]
    fn wildcards_that_only_read_are_reads() {
        assert_eq!(level("ec2:Describe*", true), AccessLevel::Read);
        assert_eq!(level("s3:GetObject", false), AccessLevel::Read);
        assert_eq!(level("s3:*", true), AccessLevel::Wildcard);
        assert_eq!(level("s3:*", false), AccessLevel::Write);
        assert_eq!(level("s3:Put*", true), AccessLevel::Wildcard);
        assert_eq!(level("s3:PutObject", true), AccessLevel::Write);
        assert_eq!(level("*", true), AccessLevel::Wildcard);
    }

    fn rule(actions: &[&str], resource: &str) -> Rule {
        Rule {
            actions: Choice::Only(actions.iter().map(|a| Pattern::any_case(a)).collect()),
            resources: Choice::Only(vec![Pattern::exact_case(resource)]),
            keys: Vec::new(),
        }
    }

    #[test]
    fn a_denial_takes_away_what_it_covers_and_no_more() {
        let s3 = of_rule(&rule(&["s3:*"], "*")).remove(0);
        assert_eq!(after_denial(s3.clone(), &rule(&["s3:*"], "*")), None);
        assert_eq!(after_denial(s3.clone(), &rule(&["iam:*"], "*")), Some(s3.clone()));
        let cut = after_denial(s3, &rule(&["s3:*"], "arn:aws:s3:::vault")).unwrap();
        assert_eq!(cut.keys, [PARTLY_DENIED]);
        let all = of_rule(&rule(&["*"], "*")).remove(0);
        assert_eq!(after_denial(all, &rule(&["iam:*"], "*")).unwrap().action.text(), "everything but iam:*");
    }

    #[test]
    fn a_boundary_leaves_only_what_both_allow() {
        let all = of_rule(&rule(&["*"], "*")).remove(0);
        let left = within_boundary(&all, &[rule(&["s3:Get*", "sqs:*"], "*")]);
        assert_eq!(left.iter().map(|b| b.action.text()).collect::<Vec<_>>(), ["s3:Get*", "sqs:*"]);
        assert!(within_boundary(&left[0], &[rule(&["ec2:*"], "*")]).is_empty());
        let bucket = within_boundary(&left[0], &[rule(&["*"], "arn:aws:s3:::b/*")]);
        assert_eq!(bucket[0].on.as_ref().unwrap().as_str(), "arn:aws:s3:::b/*");
    }
}
