//! `hard-coded`: a secret's value stands in an agent's definition, tool configuration, prompt or manifest.
//!
//! What stands in a file is told by the link from its holder: only the value classes `literal` and `default-leak` are
//! values, everything else is a reference. The finding is about the credential, with every place where it stands.

#[cfg(test)]
mod tests;

use whosekey_sdk::{Kind, Location};

use crate::analysis::finding::{Confidence, Finding, Severity};
use crate::analysis::{Input, Meta, Rule, remediation, subjects};
use crate::graph::{LinkView, Node};

/// The rule.
pub static RULE: Rule = Rule {
    meta: Meta {
        id: "hard-coded",
        title: "Hard-coded secret",
        severity: Severity::High,
        confidence: Confidence::High,
        owasp: &["OWASP NHI2:2025"],
        reasons: &[
            ("literal", "its value stands in a file or definition"),
            ("default_leak", "its value stands in a file as the default of a variable"),
        ],
        description: "A secret value, not a reference to one, stands in an agent's or workload's definition, tool \
                      configuration, prompt or manifest. Cannot be told of a value whose class nobody told.",
        remediation: "Put the value where secrets are kept, refer to it from the file, and rotate it: it has been read.",
    },
    kinds: &[Kind::Credential],
    find,
};

fn find(_: &Input<'_>, node: Node<'_>) -> Option<Finding> {
    let places: Vec<(&'static str, LinkView<'_>)> =
        subjects::held_by(node).filter_map(|link| Some((leak(link)?, link))).collect();
    let reason = places.iter().map(|(reason, _)| *reason).max()?;
    let mut finding = Finding::new(&RULE.meta, reason, node);
    let surest = places.iter().map(|(_, link)| link.evidence()).max()?;
    finding.rely_on(surest);
    for (reason, link) in &places {
        let at = link.location().map_or_else(|| link.because().to_owned(), place);
        finding.fact("holds", format!("{} holds it as {reason}: {at}", link.from().label()), link.scope().label());
        finding.rest_on(node, link.scope_id());
        finding.locations.extend(link.location().cloned());
    }
    finding.locations.sort();
    finding.locations.dedup();
    let (_, first) = places[0];
    let at = first.location().map_or_else(|| first.because().to_owned(), place);
    let others = match places.len() - 1 {
        0 => String::new(),
        1 => " and in 1 more place".to_owned(),
        more => format!(" and in {more} more places"),
    };
    let how = if leak(first) == Some("literal") { "its value stands" } else { "its value stands as a default" };
    finding.because = format!("{how} in what {} holds ({at}){others}", first.from().label());
    let first = vec![
        remediation::say("make a new value, for this one has been read by whoever reads the file"),
        remediation::say("put the new one where secrets are kept and refer to it, as in ${NAME}"),
    ];
    finding.remediation = remediation::switch_off_after(first, node, finding.confidence);
    Some(finding)
}

/// What a holder's link says of the value, as a reason.
fn leak(link: LinkView<'_>) -> Option<&'static str> {
    match link.attribute("value_class")?.as_str() {
        "literal" => Some("literal"),
        "default-leak" | "default_leak" => Some("default_leak"),
        _ => None,
    }
}

fn place(location: &Location) -> String {
    match location.line {
        Some(line) => format!("{}:{line}", location.path),
        None => location.path.clone(),
    }
}
