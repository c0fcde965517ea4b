//! `zombie`: it can still authenticate, nothing has used it for the threshold, use would have been seen for that whole
//! time, and it is older than the threshold.
//!
//! What each fact proves:
//! * A last use before the threshold proves by itself that use was tracked then, and that the thing is older. Only when
//!   tracking is known to have begun *after* that is there a gap.
//! * *Known never used* counts for as long as use is known to have been tracked, and not a day longer. It is
//!   `never_used` when tracking covers the thing's whole life, else `unused`: AWS forgets a role's use after 400 days.
//! * Facts are as old as the last scan that showed them, and hold for a week: use since then would not have been seen. So
//!   the threshold must have been reached by then; and while the latest attempt at their scope showed nothing at all,
//!   they tell nothing.
//! * Age is known from the date of creation, from a use, or from our having seen it ourselves.
//!
//! An identity is as alive as its liveliest credential. A credential whose last use the platform does not expose follows
//! its identity; one whose last use was denied to us does not, for the answer exists.

#[cfg(test)]
mod tests;

use std::time::Duration;

use whosekey_sdk::{AccessLevel, Evidence, Fact, Kind, LinkKind, Timestamp};

use crate::analysis::access::live_credentials;
use crate::analysis::finding::{Answer, Confidence, Finding, Severity};
use crate::analysis::verdict::{Verdict, Why};
use crate::analysis::{Input, Meta, Rule, remediation, words};
use crate::graph::{Node, NodeId, ScopeId};

/// The rule.
pub static RULE: Rule = Rule {
    meta: Meta {
        id: "zombie",
        title: "Unused",
        severity: Severity::Medium,
        confidence: Confidence::High,
        owasp: &["OWASP NHI1:2025"],
        reasons: &[
            ("unused", "it was last used before the threshold, or not since use has been tracked"),
            ("never_used", "it has never been used since it was made"),
        ],
        description: "It can still authenticate, has had no use for the threshold (90 days), use would have been seen for \
                      that whole time, and it is older than the threshold. High when it has administrator rights. \
                      Cannot be told when the platform does not expose or denies the last use, or has tracked it for \
                      less than the threshold.",
        remediation: "Switch it off, wait for somebody to miss it, then delete it.",
    },
    kinds: &[Kind::Identity, Kind::Credential],
    find,
};

/// The verdict of one thing that can authenticate.
pub(crate) fn judge(input: &Input<'_>, node: Node<'_>, identity: Option<(NodeId, Verdict)>) -> Verdict {
    let own = of_facts(input, node);
    if node.kind() == Some(Kind::Identity) {
        return of_identity(input, node, own);
    }
    match identity {
        Some((id, verdict)) if own.why == Why::LastUseNotExposed && verdict.answer() != Answer::CannotTell => {
            verdict.about().map_or(verdict.with_about(id), |_| verdict)
        }
        _ => own,
    }
}

/// How long facts hold that no scan has shown anew.
const FACTS_HOLD: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// What a thing's own facts say, as long as they hold.
fn of_facts(input: &Input<'_>, node: Node<'_>) -> Verdict {
    let verdict = of_fresh_facts(input, node);
    if verdict.answer() != Answer::Yes {
        return verdict;
    }
    let stale = Verdict::new(Why::FactsStale).with_time(Some(node.last_seen()));
    match stale_scope(input, node) {
        Some(scope) => stale.with_scope(scope),
        None if is_watched(input, node, verdict) => verdict,
        None => stale,
    }
}

/// Whether a thing that is unused since the verdict's time was shown for the threshold after it. Of the days that no
/// scan looked at, nobody knows.
fn is_watched(input: &Input<'_>, node: Node<'_>, verdict: Verdict) -> bool {
    let shown_until = node.last_seen().plus(FACTS_HOLD);
    verdict.at().is_none_or(|since| since.plus(input.policy.unused_after) <= shown_until)
}

/// The scope for which a thing's facts are stale.
fn stale_scope(input: &Input<'_>, node: Node<'_>) -> Option<ScopeId> {
    if node.is_plainly_there() || node.last_seen().plus(FACTS_HOLD) > input.now {
        return None;
    }
    let scope = node.unseen_scope()?;
    let shows_nothing = |scope| input.graph.scope(scope).coverage.as_ref().is_none_or(|c| c.attempt.records == 0);
    node.scopes().all(shows_nothing).then_some(scope)
}

fn of_fresh_facts(input: &Input<'_>, node: Node<'_>) -> Verdict {
    let threshold = input.now.minus(input.policy.unused_after);
    let say = |why: Why, at: Option<Timestamp>| Verdict::new(why).with_time(at);
    let used = node.last_used_at();
    if let Fact::Known(Some(at)) = used
        && at > threshold
    {
        return say(Why::UsedRecently, Some(at));
    }
    if let Fact::Known(made) = node.created_at()
        && made > threshold
    {
        return say(Why::TooYoung, Some(made));
    }
    let tracked = node.use_tracked_since();
    match (used, tracked) {
        (Fact::NotExposed, _) => say(Why::LastUseNotExposed, None),
        (Fact::Denied, _) => say(Why::LastUseDenied, None),
        (Fact::Known(_), Fact::Known(since)) if since > threshold => say(Why::TrackedTooShort, Some(since)),
        (Fact::Known(Some(at)), _) => say(Why::Unused, Some(at)),
        (Fact::Known(None), Fact::NotExposed | Fact::Denied) => say(Why::TrackingUnknown, None),
        (Fact::Known(None), Fact::Known(since)) => match node.created_at() {
            Fact::Known(made) if since <= made => say(Why::NeverUsed, Some(made)),
            Fact::Known(_) => say(Why::UnusedWhileTracked, Some(since)),
            Fact::NotExposed | Fact::Denied if node.first_seen() <= threshold => {
                say(Why::UnusedWhileTracked, Some(since))
            }
            Fact::NotExposed | Fact::Denied => say(Why::AgeUnknown, None),
        },
    }
}

/// An identity's own facts, and those of the credentials that can still prove it.
fn of_identity(input: &Input<'_>, node: Node<'_>, own: Verdict) -> Verdict {
    if own.answer() == Answer::No {
        return own;
    }
    let credentials: Vec<(NodeId, Verdict)> =
        live_credentials(node, input.now).map(|c| (c.node_id(), of_facts(input, c))).collect();
    let find = |fits: &dyn Fn(Verdict) -> bool| {
        credentials.iter().find(|(_, verdict)| fits(*verdict)).map(|(id, verdict)| verdict.with_about(*id))
    };
    let used = find(&|v| v.why == Why::UsedRecently);
    if let Some(alive) = used.or_else(|| find(&|v| v.answer() == Answer::No)) {
        return alive;
    }
    let knows_own = !matches!(own.why, Why::LastUseNotExposed | Why::LastUseDenied);
    if knows_own {
        // A credential that exposes no use of its own is covered by the identity's; one whose use is not fully known may
        // be what the identity's own facts do not count.
        let open = find(&|v| v.answer() == Answer::CannotTell && v.why != Why::LastUseNotExposed);
        return if own.answer() == Answer::CannotTell { own } else { open.unwrap_or(own) };
    }
    // The platform tells nothing of the identity itself, so its credentials speak for it, if they are the only way in.
    let has_other_way = node.out(LinkKind::Trusts).any(|link| link.is_there())
        || node.incoming(LinkKind::RunsAs).any(|link| link.is_there());
    if credentials.is_empty() || has_other_way {
        return own;
    }
    if let Some(scope) = input.sight.ways_in(node) {
        return Verdict::new(Why::WaysInUnseen).with_scope(scope);
    }
    let latest = || credentials.iter().max_by_key(|(id, verdict)| (verdict.at(), *id));
    find(&|v| v.answer() == Answer::CannotTell)
        .or_else(|| latest().map(|(id, verdict)| verdict.with_about(*id)))
        .unwrap_or(own)
}

fn find(input: &Input<'_>, node: Node<'_>) -> Option<Finding> {
    let verdict = input.verdicts.of(node.node_id())?.zombie;
    if verdict.answer() != Answer::Yes {
        return None;
    }
    let mut finding = Finding::new(&RULE.meta, verdict.why.code(), node);
    if reaches_administration(node) {
        finding.severity = Severity::High;
    }
    finding.because = verdict.because(input, node);
    let told = verdict.about().map_or(node, |id| input.graph.node(id));
    for scope in told.scopes() {
        finding.rest_on(told, scope);
    }
    for home in switched_off_homes(node) {
        let why = words::switched_off_because(home).map_or_else(String::new, |why| format!(" ({why})"));
        finding.because += &format!("; {}, which it is part of, is switched off{why}", home.label());
        finding.fact("enabled", format!("{}: false{why}", home.label()), home.scope_label());
    }
    if let Some(evidence) = tie(node, told) {
        finding.rely_on(evidence);
    }
    for (fact, value) in [
        ("last_used_at", words::optional(told.last_used_at())),
        ("use_tracked_since", words::time(told.use_tracked_since())),
        ("created_at", words::time(told.created_at())),
        ("enabled", words::flag(node.enabled())),
    ] {
        let of = if fact == "enabled" { node } else { told };
        finding.fact(fact, value, of.scope_label());
    }
    finding.remediation = remediation::switch_off(node, finding.confidence);
    Some(finding)
}

/// What it is part of, and is switched off: an archived repository runs nothing, but its keys still let in.
fn switched_off_homes(node: Node<'_>) -> impl Iterator<Item = Node<'_>> {
    let homes = node.out(LinkKind::PartOf).filter(|link| link.is_there()).map(|link| link.to());
    homes.filter(|home| home.enabled() == Fact::Known(false))
}

/// The best evidence that the facts of `told` are about `node`; `None` when they are its own.
fn tie(node: Node<'_>, told: Node<'_>) -> Option<Evidence> {
    let proves = node.out(LinkKind::AuthenticatesAs).chain(node.incoming(LinkKind::AuthenticatesAs));
    let between = proves.filter(|link| link.is_there() && [link.from().id(), link.to().id()].contains(&told.id()));
    (node.id() != told.id()).then(|| between.map(|link| link.evidence()).max()).flatten()
}

/// Whether the thing, or what it proves, is administrator-equivalent.
fn reaches_administration(node: Node<'_>) -> bool {
    let is_admin = |node: Node<'_>| {
        node.out(LinkKind::CanAccess)
            .any(|link| link.is_there() && matches!(link.level(), Some(AccessLevel::Admin | AccessLevel::Escalation)))
    };
    is_admin(node) || node.out(LinkKind::AuthenticatesAs).filter(|link| link.is_there()).any(|link| is_admin(link.to()))
}
