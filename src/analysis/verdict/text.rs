//! A verdict in one sentence that names the facts it rests on.

use whosekey_sdk::{Fact, LinkKind, Timestamp};

use super::{Verdict, Why};
use crate::analysis::Input;
use crate::analysis::consumers::consumers_of;
use crate::analysis::ownership::{Standing, owners_of};
use crate::analysis::words::{day, span, switched_off_because};
use crate::graph::{Liveness, Node};

impl Verdict {
    /// Why, in one sentence. `node` is the verdict's subject, in the graph of `input`.
    pub fn because(self, input: &Input<'_>, node: Node<'_>) -> String {
        let words = Words { verdict: self, input, node };
        match self.why {
            Why::Gone | Why::Disabled | Why::Expired | Why::IdentityOff | Why::NoWayIn => words.dormant(),
            Why::WaysInUnseen => {
                format!("whether it can authenticate was not seen: {}", words.unseen("may hold its credentials"))
            }
            Why::ConsumerGone
            | Why::InGrace
            | Why::ConsumerMissing
            | Why::ConsumerUnseen
            | Why::ConsumerUnknown
            | Why::TakerUnnamed
            | Why::InUseBy
            | Why::MovedOn => words.consumers(),
            Why::Unlisted | Why::UnlistedInGrace | Why::ListingUnseen => words.unlisted(),
            Why::HomeOff | Why::HomeOffInGrace => words.home_off(),
            Why::ParentGone | Why::ParentUnseen => words.parents(),
            Why::OwnerGone | Why::OwnerUnseen | Why::OtherOwnersUnresolved | Why::OtherOwnersUnseen => {
                words.owners_gone()
            }
            Why::NothingServed => {
                "no agent or workload was ever seen to use it, and neither its parents nor its owners are gone"
                    .to_owned()
            }
            Why::ConsumersNotExposed => {
                "no agent or workload was ever seen to use it, and its platform does not show what uses it from outside"
                    .to_owned()
            }
            Why::Unused | Why::UnusedWhileTracked | Why::NeverUsed | Why::UsedRecently | Why::TooYoung => {
                words.use_known()
            }
            Why::LastUseNotExposed
            | Why::LastUseDenied
            | Why::TrackedTooShort
            | Why::TrackingUnknown
            | Why::AgeUnknown
            | Why::FactsStale => words.use_unknown(),
            Why::NoEvidence | Why::OnlyMachines | Why::OwnerUnresolved => words.nobody(),
            Why::Owned | Why::OwnedByDeparted => words.owned(),
            Why::OwnerEvidenceUnseen => {
                format!("no owner was found, and {}", words.unseen("may hold evidence of one"))
            }
            Why::DirectoryUnseen => format!("no owner was found, and {}", words.unseen("is a directory of owners")),
        }
    }
}

struct Words<'a, 'g> {
    verdict: Verdict,
    input: &'a Input<'g>,
    node: Node<'a>,
}

impl<'a> Words<'a, '_> {
    fn about(&self) -> Option<Node<'a>> {
        self.verdict.about().map(|id| self.node.graph().node(id))
    }

    /// What decided it, by name.
    fn who(&self) -> &'a str {
        self.about().unwrap_or(self.node).label()
    }

    /// `it` or the name of the credential or identity that spoke for it.
    fn subject(&self) -> String {
        self.about().map_or_else(|| "it".to_owned(), |node| node.label().to_owned())
    }

    fn at(&self) -> String {
        self.verdict.at().map_or_else(|| "an unknown day".to_owned(), day)
    }

    fn ago(&self, at: Timestamp) -> String {
        format!("{} ago", span(at.until(self.input.now)))
    }

    fn unseen(&self, role: &str) -> String {
        match self.verdict.scope() {
            Some(id) => {
                let scope = self.input.graph.scope(id);
                format!("the scope {}, which {role}, was not complete ({})", scope.label(), scope.trouble())
            }
            None => "a scope was not complete".to_owned(),
        }
    }

    fn dormant(&self) -> String {
        let why = match self.verdict.why {
            Why::Gone => match self.node.liveness() {
                Liveness::Gone { since, .. } => format!("it is gone since {}", day(since)),
                Liveness::Alive | Liveness::Missing { .. } => "it is gone".to_owned(),
            },
            Why::Disabled => "it is switched off".to_owned(),
            Why::Expired => match self.node.expires_at() {
                Fact::Known(Some(at)) => format!("it expired on {}", day(at)),
                _ => "it has expired".to_owned(),
            },
            Why::IdentityOff => "the identity that it proves is switched off or has expired".to_owned(),
            _ => "it has no live credential and no trust, and nothing runs as it".to_owned(),
        };
        format!("{why}, so it cannot authenticate: dormant and harmless")
    }

    fn consumers(&self) -> String {
        let who = self.who();
        let grace = span(self.input.policy.consumer_grace);
        match self.verdict.why {
            Why::InUseBy => match self.may_use() {
                Some(because) => format!("{who} may use it ({because}) and is there"),
                None => format!("{who} uses it and is there"),
            },
            Why::ConsumerUnknown => match self.may_use() {
                Some(because) => format!("what may use it is not known: {because}"),
                None => "what may use it is not known".to_owned(),
            },
            Why::TakerUnnamed => {
                format!(
                    "what is known to have used it has ended, but {who}, which it lets in, may use it without naming it"
                )
            }
            Why::MovedOn => format!("{who} used it and does so no longer, but is still there"),
            Why::ConsumerMissing => {
                format!("{who}, which uses it, is missing since {}; a second complete scan has yet to agree", self.at())
            }
            Why::ConsumerUnseen => {
                format!("{who} uses it, and {}", self.unseen("would show whether it is still there"))
            }
            Why::InGrace => format!("{} on {}, less than the grace of {grace} ago", self.ended(), self.at()),
            _ => format!(
                "{} on {}, more than the grace of {grace} ago, and nothing else uses it",
                self.ended(),
                self.at()
            ),
        }
    }

    fn ended(&self) -> String {
        let verb =
            if self.about().is_some_and(Node::is_gone) { "was first found gone" } else { "was found switched off" };
        format!("{}, which used it, {verb}", self.who())
    }

    /// How the consumer that decided it names it, when that is by a pattern.
    fn may_use(&self) -> Option<&'a str> {
        let consumers = consumers_of(self.node);
        let decided = consumers.iter().find(|consumer| Some(consumer.node.node_id()) == self.verdict.about())?;
        decided.is_by_pattern().then(|| decided.link.because())
    }

    fn unlisted(&self) -> String {
        let Some(listing) = self.verdict.scope().map(|id| self.input.graph.scope(id).label()) else {
            return "nothing uses it".to_owned();
        };
        let grace = span(self.input.policy.consumer_grace);
        let left = self.about().map_or_else(
            || format!("it was made or set on {}", self.at()),
            |who| {
                let did = if self.may_use().is_some() { "may have done" } else { "did" };
                format!("{} {did} so until {}", who.label(), self.at())
            },
        );
        match self.verdict.why {
            Why::ListingUnseen => {
                format!("nothing is known to use it, but {}", self.unseen("lists all that may"))
            }
            Why::UnlistedInGrace => {
                format!(
                    "nothing that {listing} lists uses it; {left}, less than the grace of {grace} before that was seen"
                )
            }
            _ => format!(
                "nothing that {listing} lists uses it; {left}, more than the grace of {grace} before that was seen"
            ),
        }
    }

    fn home_off(&self) -> String {
        let grace = span(self.input.policy.consumer_grace);
        let why = self.about().and_then(switched_off_because).map_or_else(String::new, |why| format!(" ({why})"));
        let than = if self.verdict.why == Why::HomeOff { "more" } else { "less" };
        format!(
            "{}, within which alone it can be used, was found switched off{why} on {}, {than} than the grace of {grace} ago",
            self.who(),
            self.at()
        )
    }

    fn parents(&self) -> String {
        let Some(parent) = self.about() else { return "what it served no longer exists".to_owned() };
        let is_end_of = |kind| self.node.out(kind).any(|link| link.to().node_id() == parent.node_id());
        let relation = if is_end_of(LinkKind::PartOf) {
            "which it is part of"
        } else if is_end_of(LinkKind::AuthenticatesAs) {
            "which it proves"
        } else if is_end_of(LinkKind::Trusts) {
            "the last that it trusts"
        } else {
            "which its identity served"
        };
        let label = parent.label();
        match (self.verdict.why, self.verdict.at()) {
            (Why::ParentUnseen, _) => {
                format!("{label}, {relation}: {}", self.unseen("would show whether that still exists"))
            }
            (_, Some(at)) => format!("{label}, {relation}, was first found gone on {}", day(at)),
            (_, None) => format!("{label}, {relation}, does not exist: the complete listing of such things lacks it"),
        }
    }

    fn owners_gone(&self) -> String {
        let owners = owners_of(self.node, &self.input.sight);
        let names: Vec<&str> = owners.iter().take(5).map(|owner| self.input.graph.node(owner.node).label()).collect();
        let names = names.join(", ");
        match self.verdict.why {
            Why::OwnerUnseen => format!("whether its owners ({names}) have left: {}", self.unseen("would show it")),
            Why::OtherOwnersUnseen => {
                format!("its known owners ({names}) have left, but {}", self.unseen("may name others"))
            }
            Why::OtherOwnersUnresolved => {
                format!("its known owners ({names}) have left, but it names others whom no directory resolves")
            }
            _ => {
                let since = owners.iter().filter_map(|owner| match owner.standing {
                    Standing::Departed { since } => since,
                    Standing::Present | Standing::Unseen(_) => None,
                });
                let since = since
                    .max()
                    .map_or_else(String::new, |at| format!("; the last was found to have left on {}", day(at)));
                format!("every owner has left: {names}{since}")
            }
        }
    }

    fn use_known(&self) -> String {
        let (subject, at) = (self.subject(), self.verdict.at());
        let ago = at.map_or_else(String::new, |at| self.ago(at));
        let threshold = span(self.input.policy.unused_after);
        match self.verdict.why {
            Why::UsedRecently => format!("{subject} was used on {}, less than {threshold} ago", self.at()),
            Why::TooYoung => format!("{subject} was made on {}, less than {threshold} ago", self.at()),
            Why::Unused => {
                format!("{subject} was last used on {} ({ago}), and the threshold is {threshold}", self.at())
            }
            Why::NeverUsed => format!("{subject} was made on {} ({ago}) and has never been used", self.at()),
            _ => format!("{subject} has not been used since use has been tracked, on {} ({ago})", self.at()),
        }
    }

    fn use_unknown(&self) -> String {
        let subject = self.subject();
        let threshold = span(self.input.policy.unused_after);
        match self.verdict.why {
            Why::LastUseNotExposed => format!("the platform does not expose when {subject} was last used"),
            Why::LastUseDenied => format!("the platform denied us when {subject} was last used"),
            Why::TrackedTooShort => {
                format!("use of {subject} has been tracked only since {}, less than {threshold}", self.at())
            }
            Why::TrackingUnknown => format!("no use of {subject} is known, nor since when use would have been seen"),
            Why::FactsStale => {
                let seen = format!("{subject} was last seen on {}", self.at());
                match self.verdict.scope() {
                    Some(_) => format!("{seen}, and use since then: {}", self.unseen("would show it")),
                    None => format!("{seen}, and no scan has looked at its use since then"),
                }
            }
            _ => format!("{subject} is not known to be older than {threshold}"),
        }
    }

    fn nobody(&self) -> String {
        let unresolved = self.node.out(LinkKind::OwnedBy).find(|link| link.is_there() && link.to().kind().is_none());
        let named =
            unresolved.map(|link| format!("{} names {}, whom no directory knows", link.because(), link.to().id()));
        match self.verdict.why {
            Why::OwnerUnresolved => {
                named.unwrap_or_else(|| "it is reached by a name that no directory knows".to_owned())
            }
            Why::OnlyMachines => {
                let creator = self.node.out(LinkKind::CreatedBy).chain(self.node.out(LinkKind::OwnedBy)).next();
                let by = creator.map_or_else(String::new, |link| format!(" ({})", link.to().label()));
                format!("the chain of creators and owners ends at a machine{by}, and no person stands behind it")
            }
            _ => named.map_or_else(
                || "no tag, holder, identity, parent or creator leads to a person or a team".to_owned(),
                |named| format!("nothing leads to a person or a team: {named}"),
            ),
        }
    }

    fn owned(&self) -> String {
        let owners = owners_of(self.node, &self.input.sight);
        let departed = if self.verdict.why == Why::OwnedByDeparted { "; all owners have departed" } else { "" };
        match owners.first() {
            Some(owner) => {
                let name = self.input.graph.node(owner.node).label();
                format!("{name} is its {} ({}){departed}", owner.role.as_str(), owner.because)
            }
            None => format!("an owner is reached{departed}"),
        }
    }
}
