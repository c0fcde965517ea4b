//! How a record stands in a row: what is interned or needed as a column is a column, the rest is JSON text.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use whosekey_sdk::{AccessLevel, Alias, EndRef, Entity, EntityId, Evidence, Fact, Kind, Link, LinkKind};
use whosekey_sdk::{Location, OwnerRole, Timestamp};

use super::StoreError;

/// What stands in a use column for [`Fact::Denied`].
const DENIED: i64 = i64::MIN;
/// What stands in a use column for *known never*.
const NEVER: i64 = i64::MAX;
/// What stands for a column that is NULL where there is no room for an option.
const UNTOLD: i64 = i64::MIN + 1;

/// An entity's facts about use: outside its content, in columns of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct UseFacts {
    pub(super) last_used_at: Fact<Option<Timestamp>>,
    pub(super) use_tracked_since: Fact<Timestamp>,
}

/// Use facts in sixteen bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PackedUse([i64; 2]);

impl PackedUse {
    pub(super) fn unpacked(self) -> UseFacts {
        let [last_used_at, use_tracked_since] = self.0.map(|column| (column != UNTOLD).then_some(column));
        UseFacts::from_columns(last_used_at, use_tracked_since)
    }
}

impl UseFacts {
    pub(super) fn packed(self) -> PackedUse {
        let (last_used_at, use_tracked_since) = self.to_columns();
        PackedUse([last_used_at, use_tracked_since].map(|column| column.unwrap_or(UNTOLD)))
    }

    pub(super) fn of(entity: &Entity) -> Self {
        Self { last_used_at: entity.last_used_at, use_tracked_since: entity.use_tracked_since }
    }

    pub(super) fn to_columns(self) -> (Option<i64>, Option<i64>) {
        let last_used_at = match self.last_used_at {
            Fact::Known(Some(at)) => Some(at.as_millis()),
            Fact::Known(None) => Some(NEVER),
            Fact::Denied => Some(DENIED),
            Fact::NotExposed => None,
        };
        let tracked = match self.use_tracked_since {
            Fact::Known(at) => Some(at.as_millis()),
            Fact::Denied => Some(DENIED),
            Fact::NotExposed => None,
        };
        (last_used_at, tracked)
    }

    pub(super) fn from_columns(last_used_at: Option<i64>, use_tracked_since: Option<i64>) -> Self {
        let last_used_at = match last_used_at {
            None => Fact::NotExposed,
            Some(DENIED) => Fact::Denied,
            Some(NEVER) => Fact::Known(None),
            Some(at) => Fact::Known(Some(Timestamp::from_millis(at))),
        };
        let use_tracked_since = match use_tracked_since {
            None => Fact::NotExposed,
            Some(DENIED) => Fact::Denied,
            Some(at) => Fact::Known(Timestamp::from_millis(at)),
        };
        Self { last_used_at, use_tracked_since }
    }
}

#[derive(Serialize)]
struct EntityBodyRef<'a> {
    id: &'a EntityId,
    name: &'a str,
    #[serde(skip_serializing_if = "<[Alias]>::is_empty")]
    aliases: &'a [Alias],
    #[serde(skip_serializing_if = "Fact::is_not_exposed")]
    created_at: Fact<Timestamp>,
    #[serde(skip_serializing_if = "Fact::is_not_exposed")]
    expires_at: Fact<Option<Timestamp>>,
    #[serde(skip_serializing_if = "Fact::is_not_exposed")]
    enabled: Fact<bool>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    attributes: &'a BTreeMap<String, Value>,
}

/// A text of a body: borrowed from it when it stands there as it is. A type of its own, for serde borrows inside a list
/// only what says so itself.
#[derive(Deserialize)]
pub(super) struct Text<'a>(#[serde(borrow)] pub(super) Cow<'a, str>);

impl Default for Text<'_> {
    fn default() -> Self {
        Self(Cow::Borrowed(""))
    }
}

/// An entity's body, read without copying.
#[derive(Deserialize)]
pub(super) struct EntityText<'a> {
    #[serde(borrow)]
    pub(super) id: Text<'a>,
    #[serde(borrow)]
    pub(super) name: Text<'a>,
    #[serde(borrow, default)]
    pub(super) aliases: Vec<Text<'a>>,
    #[serde(default)]
    pub(super) created_at: Fact<Timestamp>,
    #[serde(default)]
    pub(super) expires_at: Fact<Option<Timestamp>>,
    #[serde(default)]
    pub(super) enabled: Fact<bool>,
    /// A JSON object.
    #[serde(borrow, default)]
    pub(super) attributes: Option<&'a RawValue>,
}

fn attributes(text: Option<&RawValue>) -> Result<BTreeMap<String, Value>, serde_json::Error> {
    text.map_or_else(|| Ok(BTreeMap::new()), |text| serde_json::from_str(text.get()))
}

/// Writes an entity's body.
pub(super) fn write_entity(entity: &Entity, out: &mut Vec<u8>) -> Result<(), StoreError> {
    let Entity { id, name, aliases, created_at, expires_at, enabled, attributes, .. } = entity;
    let body = EntityBodyRef {
        id,
        name,
        aliases,
        created_at: *created_at,
        expires_at: *expires_at,
        enabled: *enabled,
        attributes,
    };
    Ok(serde_json::to_writer(out, &body)?)
}

/// Reads an entity from its body and columns.
pub(super) fn read_entity(body: &str, kind: Kind, type_name: &str, used: UseFacts) -> Result<Entity, StoreError> {
    let text: EntityText<'_> = serde_json::from_str(body)?;
    Ok(Entity {
        id: EntityId::new(text.id.0),
        kind,
        type_name: type_name.to_owned(),
        name: text.name.0.into_owned(),
        aliases: text.aliases.into_iter().map(|alias| Alias::new(alias.0)).collect(),
        created_at: text.created_at,
        last_used_at: used.last_used_at,
        use_tracked_since: used.use_tracked_since,
        expires_at: text.expires_at,
        enabled: text.enabled,
        attributes: attributes(text.attributes)?,
    })
}

/// What a link says and how it is known: few combinations, interned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct LinkType {
    pub(super) kind: LinkKind,
    pub(super) evidence: Evidence,
    pub(super) role: Option<OwnerRole>,
    pub(super) level: Option<AccessLevel>,
}

impl LinkType {
    pub(super) fn of(link: &Link) -> Self {
        Self { kind: link.kind, evidence: link.evidence, role: link.role, level: link.level }
    }
}

#[derive(Serialize)]
struct LinkBodyRef<'a> {
    from: &'a EndRef,
    to: &'a EndRef,
    #[serde(skip_serializing_if = "str::is_empty")]
    because: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<&'a Location>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    attributes: &'a BTreeMap<String, Value>,
}

/// A link's body, read without copying.
#[derive(Deserialize)]
pub(super) struct LinkText<'a> {
    #[serde(borrow)]
    pub(super) from: Text<'a>,
    #[serde(borrow)]
    pub(super) to: Text<'a>,
    #[serde(borrow, default)]
    pub(super) because: Text<'a>,
    #[serde(default)]
    pub(super) location: Option<Location>,
    /// A JSON object.
    #[serde(borrow, default)]
    pub(super) attributes: Option<&'a RawValue>,
}

/// Writes a link's body.
pub(super) fn write_link(link: &Link, out: &mut Vec<u8>) -> Result<(), StoreError> {
    let Link { from, to, because, location, attributes, .. } = link;
    let body = LinkBodyRef { from, to, because, location: location.as_ref(), attributes };
    Ok(serde_json::to_writer(out, &body)?)
}

/// Reads a link from its body and type.
pub(super) fn read_link(body: &str, link_type: LinkType) -> Result<Link, StoreError> {
    let text: LinkText<'_> = serde_json::from_str(body)?;
    let LinkType { kind, evidence, role, level } = link_type;
    Ok(Link {
        from: EndRef::new(text.from.0),
        kind,
        to: EndRef::new(text.to.0),
        evidence,
        because: text.because.0.into_owned(),
        role,
        level,
        location: text.location,
        attributes: attributes(text.attributes)?,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_entity_comes_back_as_it_went() {
        let mut entity = Entity::new("aws:AIDA1", Kind::Identity, "aws.iam-user", "ci \u{202e}\0\"")
            .alias("arn:1")
            .attribute("tags", json!({"owner": ["ada", null, 1.5]}));
        entity.created_at = Fact::Known(Timestamp::from_millis(-1));
        entity.expires_at = Fact::Known(None);
        entity.enabled = Fact::Denied;
        for last_used_at in
            [Fact::NotExposed, Fact::Denied, Fact::Known(None), Fact::Known(Some(Timestamp::from_secs(7)))]
        {
            for use_tracked_since in [Fact::NotExposed, Fact::Denied, Fact::Known(Timestamp::from_secs(3))] {
                let entity = Entity { last_used_at, use_tracked_since, ..entity.clone() };
                let mut body = Vec::new();
                write_entity(&entity, &mut body).unwrap();
                let (last, tracked) = UseFacts::of(&entity).to_columns();
                let body = std::str::from_utf8(&body).unwrap();
                let used = UseFacts::from_columns(last, tracked).packed().unpacked();
                assert_eq!(read_entity(body, entity.kind, &entity.type_name, used).unwrap(), entity);
            }
        }
    }

    #[test]
    fn a_link_comes_back_as_it_went() {
        let link = Link::new("aws:AKIA1", LinkKind::OwnedBy, "email:a@b", Evidence::Declared, "tag owner")
            .role(OwnerRole::Sponsor)
            .level(AccessLevel::Admin)
            .location(Location { path: "/x".into(), line: Some(3), pointer: None })
            .attribute("tag", "owner");
        let mut body = Vec::new();
        write_link(&link, &mut body).unwrap();
        assert_eq!(read_link(std::str::from_utf8(&body).unwrap(), LinkType::of(&link)).unwrap(), link);
    }
}
