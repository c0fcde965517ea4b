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

/// That a Lambda function does the work of an agent's tool; by the function's ARN, without its version or alias.
pub(crate) fn works_for(function: Option<&str>, tool: &EntityId, because: &str) -> Option<Record> {
    // arn:aws:lambda:<region>:<account>:function:<name>[:<version or alias>]
    const PARTS: usize = 7;
    let end = function?.match_indices(':').nth(PARTS - 1).map(|(at, _)| at);
    let arn = end.map_or(function?, |end| &function.unwrap_or_default()[..end]);
    Some(Link::new(arn, LinkKind::PartOf, tool, Evidence::Proven, because).into())
}

/// That it is a component of an agent, or lives and dies with something.
pub(crate) fn part_of(id: &EntityId, whole: &EntityId, because: &str) -> Record {
    Link::new(id, LinkKind::PartOf, whole, Evidence::Proven, because).into()
}
