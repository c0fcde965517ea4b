//! Who can authenticate.
//!
//! A thing can when it is not known to be switched off, has not expired, is not gone, and, for an identity, has a
//! credential that can, a `trusts` link, or consumers to which its platform hands credentials as they run. A consumer
//! that ended counts there: whatever is started in its place gets the credentials again.
//!
//! A credential of an identity that is known to be switched off, or expired, cannot either. That its identity is *gone*
//! says nothing: that is what makes it an orphan.

use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};
use whosekey_sdk::{Fact, Kind, LinkKind, Timestamp};

use super::sight::Sight;
use crate::graph::{Graph, Node, NodeId, ScopeId};

/// Whether something can authenticate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CanAuthenticate {
    /// Nothing says that it cannot.
    Yes,
    /// It cannot: it is dormant.
    No(Dormant),
    /// No way in was seen, but this scope, which may hold one, was not seen whole.
    Unseen(ScopeId),
}

/// Why something cannot authenticate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dormant {
    /// It is gone.
    Gone,
    /// It is switched off.
    Disabled,
    /// It has expired.
    Expired,
    /// The identity that it proves is switched off or has expired.
    IdentityOff,
    /// It has no live credential and no trust, and nothing runs as it.
    NoWayIn,
}

/// Who can authenticate, by node.
pub struct Access(Vec<Option<CanAuthenticate>>);

impl Access {
    pub(crate) fn of(graph: &Graph, sight: &Sight, now: Timestamp) -> Self {
        let can = |at: usize| {
            let node = graph.node_at(at);
            match node.kind() {
                Some(Kind::Credential) => Some(credential(node, now)),
                Some(Kind::Identity) => Some(identity(node, sight, now)),
                _ => None,
            }
        };
        Self((0..graph.len()).into_par_iter().map(can).collect())
    }

    /// Whether this identity or credential can authenticate; `None` for anything else.
    pub fn can_authenticate(&self, node: NodeId) -> Option<CanAuthenticate> {
        self.0[node.index()]
    }
}

fn credential(node: Node<'_>, now: Timestamp) -> CanAuthenticate {
    if let Some(why) = off(node, now) {
        return CanAuthenticate::No(why);
    }
    let mut identities =
        node.out(LinkKind::AuthenticatesAs).filter(|link| link.is_there()).map(|link| link.to()).peekable();
    let all_off = identities.peek().is_some() && identities.all(|identity| switched_off(identity, now).is_some());
    if all_off { CanAuthenticate::No(Dormant::IdentityOff) } else { CanAuthenticate::Yes }
}

fn identity(node: Node<'_>, sight: &Sight, now: Timestamp) -> CanAuthenticate {
    if let Some(why) = off(node, now) {
        return CanAuthenticate::No(why);
    }
    let has_way_in = live_credentials(node, now).next().is_some()
        || node.out(LinkKind::Trusts).any(|link| link.is_there())
        || node.incoming(LinkKind::RunsAs).next().is_some();
    match sight.ways_in(node) {
        _ if has_way_in => CanAuthenticate::Yes,
        Some(scope) => CanAuthenticate::Unseen(scope),
        None => CanAuthenticate::No(Dormant::NoWayIn),
    }
}

/// The credentials of an identity that can authenticate, as far as they themselves say.
pub(crate) fn live_credentials(identity: Node<'_>, now: Timestamp) -> impl Iterator<Item = Node<'_>> {
    identity
        .incoming(LinkKind::AuthenticatesAs)
        .filter(|link| link.is_there())
        .map(|link| link.from())
        .filter(move |credential| off(*credential, now).is_none())
}

/// Why the thing itself cannot authenticate, whatever stands around it.
fn off(node: Node<'_>, now: Timestamp) -> Option<Dormant> {
    if node.is_gone() { Some(Dormant::Gone) } else { switched_off(node, now) }
}

fn switched_off(node: Node<'_>, now: Timestamp) -> Option<Dormant> {
    if node.enabled() == Fact::Known(false) {
        return Some(Dormant::Disabled);
    }
    match node.expires_at() {
        Fact::Known(Some(at)) if at <= now => Some(Dormant::Expired),
        Fact::Known(_) | Fact::NotExposed | Fact::Denied => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::testworld::{now, world};

    fn can(text: &str, id: &str) -> CanAuthenticate {
        let graph = world(text);
        Access::of(&graph, &Sight::of(&graph), now()).can_authenticate(graph.find(id).unwrap().node_id()).unwrap()
    }

    #[test]
    fn a_credential_can_unless_it_is_known_that_it_cannot() {
        assert_eq!(can("credential c:1", "c:1"), CanAuthenticate::Yes);
        assert_eq!(can("credential c:1 enabled=denied expires=denied", "c:1"), CanAuthenticate::Yes);
        assert_eq!(can("credential c:1 expires=never", "c:1"), CanAuthenticate::Yes);
        assert_eq!(can("credential c:1 expires=-1d missing=3d", "c:1"), CanAuthenticate::Yes);
        assert_eq!(can("credential c:1 expires=1d", "c:1"), CanAuthenticate::No(Dormant::Expired));
        assert_eq!(can("credential c:1 enabled=false", "c:1"), CanAuthenticate::No(Dormant::Disabled));
        assert_eq!(can("credential c:1 gone=9d", "c:1"), CanAuthenticate::No(Dormant::Gone));
    }

    #[test]
    fn a_key_of_a_disabled_identity_cannot_and_of_a_deleted_one_can() {
        let of = |identity: &str| format!("credential c:1\nidentity i:1 {identity}\nc:1 authenticates_as i:1");
        assert_eq!(can(&of("enabled=false"), "c:1"), CanAuthenticate::No(Dormant::IdentityOff));
        assert_eq!(can(&of("gone=9d"), "c:1"), CanAuthenticate::Yes);
    }

    #[test]
    fn an_identity_needs_a_live_credential_a_trust_or_consumers() {
        let of = |rest: &str| can(&format!("identity i:1\n{rest}"), "i:1");
        assert_eq!(of(""), CanAuthenticate::No(Dormant::NoWayIn));
        assert_eq!(of("credential c:1 enabled=false\nc:1 authenticates_as i:1"), CanAuthenticate::No(Dormant::NoWayIn));
        assert_eq!(of("credential c:1\nc:1 authenticates_as i:1"), CanAuthenticate::Yes);
        assert_eq!(of("i:1 trusts lambda.amazonaws.com"), CanAuthenticate::Yes);
        assert_eq!(of("workload w:1 gone=9d\nw:1 runs_as i:1 gone=9d"), CanAuthenticate::Yes);
        assert_eq!(can("identity i:1 enabled=false\ni:1 trusts x", "i:1"), CanAuthenticate::No(Dormant::Disabled));
    }

    #[test]
    fn without_the_listing_of_credentials_nobody_knows() {
        let text =
            "scope keys failed\nidentity i:1\nidentity i:2\ncredential c:2 in=keys\nc:2 authenticates_as i:2 in=keys";
        assert!(matches!(can(text, "i:1"), CanAuthenticate::Unseen(_)));
        assert_eq!(can(text, "i:2"), CanAuthenticate::Yes);
    }
}
