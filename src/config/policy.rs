//! `[policy]`: thresholds and accepted risks.

use std::time::Duration;

use globset::Glob;
use whosekey_sdk::settings::{Section, closest, shown};

use crate::analysis::{Accept, Policy};

const DAY: Duration = Duration::from_secs(86_400);

pub(super) fn read(section: &Section<'_>, rules: &[&str]) -> Policy {
    let default = Policy::default();
    let policy = Policy {
        unused_after: section.duration("unused_after").unwrap_or(default.unused_after),
        rotate_after: section.duration("rotate_after").unwrap_or(default.rotate_after),
        long_lived_after: section.duration("long_lived_after").unwrap_or(default.long_lived_after),
        consumer_grace: section.duration("consumer_grace").unwrap_or(default.consumer_grace),
        confirm_absence: section
            .number("confirm_absence", 1..=1_000)
            .and_then(|scans| u32::try_from(scans).ok())
            .unwrap_or(default.confirm_absence),
        accept: section.sections("accept").iter().filter_map(|accept| read_accept(accept, rules)).collect(),
    };
    section.refuse_unknown_keys();
    policy
}

fn read_accept(section: &Section<'_>, rules: &[&str]) -> Option<Accept> {
    let rule = section.text("rule");
    let subject = section.text("subject");
    let reason = section.text("reason");
    let until = section.date("until");
    section.refuse_unknown_keys();
    for (key, hint) in [
        ("rule", "rule = \"long-lived\"; `whosekey rules` lists them"),
        ("subject", "subject = \"arn:aws:iam::123456789012:user/legacy-*\""),
        ("reason", "reason = \"migration tracked in OPS-123\""),
        ("until", "until = \"2027-01-31\": an accepted risk has an end"),
    ] {
        if !section.has(key) {
            section.missing(key, hint);
        }
    }
    if let Some(rule) = &rule
        && !rules.contains(&rule.value.as_str())
    {
        let hint = match closest(&rule.value, rules.iter().copied()) {
            Some(meant) => format!("did you mean \"{meant}\"?"),
            None => format!("the rules are {}", rules.join(", ")),
        };
        section.refuse_value("rule", format!("there is no rule {}", shown(&rule.value)), hint);
    }
    if let Some(subject) = &subject
        && let Err(error) = Glob::new(&subject.value)
    {
        let what = format!("`subject` is not a pattern: {}", error.kind());
        section.refuse_value("subject", what, "*, ?, [a-z] and {a,b} are special");
    }
    if reason.as_ref().is_some_and(|reason| reason.value.trim().is_empty()) {
        section.refuse_value("reason", "`reason` is empty", "say why, for whoever reads this next year");
    }
    Some(Accept { rule: rule?.value, subject: subject?.value, reason: reason?.value, until: until?.value.plus(DAY) })
}
