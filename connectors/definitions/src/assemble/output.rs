//! The records so far: entities by id, links, and for each holder and credential the place that says most.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use whosekey_sdk::{Entity, EntityId, Evidence, Kind, Link, LinkKind, Location, Record};

use crate::WITHHELD;
use crate::credential::Credential;
use crate::found::{FileFacts, Slot};
use crate::secrets::{self, Depth};

/// The strongest of the places where one holder holds one credential, and the others.
pub(super) struct Holding {
    link: Link,
    rank: u8,
    also: BTreeSet<String>,
}

/// Nothing that people wrote into a name, a description or an address is shown when it has a secret in it.
fn withhold(entity: &mut Entity) {
    // A reference was looked at already, and `secret:crm:token` in an ARN is a telling name without a value.
    let depth = if entity.kind == Kind::Credential { Depth::Shapes } else { Depth::ShapesAndNames };
    if secrets::betrays(&entity.name, depth) {
        WITHHELD.clone_into(&mut entity.name);
    }
    for (key, value) in &mut entity.attributes {
        // Our own random words are none.
        if key != "fingerprint" && value.as_str().is_some_and(|text| secrets::betrays(text, depth)) {
            *value = WITHHELD.into();
        }
    }
}

#[derive(Default)]
pub(super) struct Output<'f> {
    pub(super) owners: Vec<&'f FileFacts>,
    pub(super) entities: BTreeMap<EntityId, Entity>,
    pub(super) links: Vec<Link>,
    pub(super) held: BTreeMap<(EntityId, EntityId), Holding>,
}

impl Output<'_> {
    pub(super) fn entity(&mut self, mut entity: Entity) {
        withhold(&mut entity);
        self.entities.insert(entity.id.clone(), entity);
    }

    /// The same credential seen twice: what either place tells about it is kept.
    fn credential(&mut self, credential: &Credential) {
        let new = &credential.entity;
        match self.entities.get_mut(&new.id) {
            Some(known) => {
                for (key, value) in &new.attributes {
                    known.attributes.entry(key.clone()).or_insert_with(|| value.clone());
                }
                withhold(known);
            }
            None => {
                let mut entity = new.clone();
                withhold(&mut entity);
                self.entities.insert(new.id.clone(), entity);
            }
        }
        self.links.extend(credential.links.iter().cloned());
    }

    pub(super) fn hold(
        &mut self,
        holder: &EntityId,
        facts: &FileFacts,
        slot: &Slot,
        class: crate::value_class::ValueClass,
        credential: &Credential,
    ) {
        self.credential(credential);
        let location = Location {
            path: facts.path.to_string_lossy().into_owned(),
            line: Some(slot.line),
            pointer: slot.pointer.clone().filter(|pointer| !secrets::betrays(pointer, Depth::Shapes)),
        };
        // A key of a map may be a secret as well as its value.
        let name = if secrets::betrays(&slot.name, Depth::Shapes) { "" } else { slot.name.as_str() };
        let place = format!("{}:{}", location.path, slot.line);
        let because = if name.is_empty() { class.as_str().to_owned() } else { format!("{} in {name}", class.as_str()) };
        let mut link = Link::new(holder, LinkKind::Holds, credential.id(), Evidence::Declared, because)
            .location(location)
            .attribute("value_class", class.as_str());
        if !name.is_empty() {
            link = link.attribute("variable", name);
        }
        if class.is_hard_coded() {
            link = link.attribute("confidence", slot.confidence.as_str());
        }
        let is_told = |value: &Value| !value.as_str().is_some_and(|text| secrets::betrays(text, Depth::Shapes));
        if let Some((key, value)) = slot.note.as_ref().filter(|(_, value)| is_told(value)) {
            link = link.attribute(*key, value.clone());
        }
        let rank = u8::from(class.is_hard_coded()) * 2 + u8::from(class.is_reference());
        let key = (holder.clone(), credential.id().clone());
        match self.held.get_mut(&key) {
            // One link for a holder and a credential; a hard-coded place outranks a reference.
            Some(held) if held.rank >= rank => {
                held.also.insert(place);
            }
            Some(held) => {
                if let Some(old) = &held.link.location {
                    held.also.insert(format!("{}:{}", old.path, old.line.unwrap_or(0)));
                }
                held.link = link;
                held.rank = rank;
            }
            None => {
                self.held.insert(key, Holding { link, rank, also: BTreeSet::new() });
            }
        }
    }

    pub(super) fn into_records(self) -> Vec<Record> {
        let mut links = self.links;
        for held in self.held.into_values() {
            let own = held.link.location.as_ref().map(|at| format!("{}:{}", at.path, at.line.unwrap_or(0)));
            let also: Vec<String> = held.also.into_iter().filter(|place| Some(place) != own.as_ref()).collect();
            links.push(if also.is_empty() { held.link } else { held.link.attribute("also_at", also) });
        }
        let key = |link: &Link| (link.from.clone(), link.kind, link.to.clone(), link.role);
        links.sort_by_key(key);
        links.dedup_by(|a, b| key(a) == key(b));
        self.entities.into_values().map(Record::from).chain(links.into_iter().map(Record::from)).collect()
    }
}
