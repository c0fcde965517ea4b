//! What the scopes of software that runs under roles have in common.

use whosekey_sdk::{Entity, EntityId, Evidence, Kind, Link, LinkKind, Record};

/// A thing that has no id besides its ARN.
pub(crate) fn by_arn(arn: &str, kind: Kind, type_name: &str, name: &str) -> Entity {
    Entity::new(format!("aws:{arn}"), kind, type_name, name).alias(arn)
}

/// That it runs under a role, by the role's ARN; nothing where AWS names none.
pub(crate) fn runs_as(id: &EntityId, role: Option<&str>, because: &str) -> Option<Record> {
    let role = role.filter(|role| !role.is_empty())?;
    Some(Link::new(id, LinkKind::RunsAs, role, Evidence::Proven, because).into())
}

/// That it is a component of an agent, or lives and dies with something.
pub(crate) fn part_of(id: &EntityId, whole: &EntityId, because: &str) -> Record {
    Link::new(id, LinkKind::PartOf, whole, Evidence::Proven, because).into()
}
