//! What something is listed with, an organisation, repository, environment or enterprise: it is part of that, has its id
//! within its own, and is called by it. A secret `DB` is in many places.

use whosekey_sdk::{EndRef, EntityId};

use crate::place::Place;
use crate::repositories::Repository;

/// An organisation, repository, environment or enterprise, as what is listed with it names it.
#[derive(Debug, Clone)]
pub(crate) struct Home {
    /// Within ids: `repo/1`.
    pub(crate) id: String,
    name: String,
    end: EndRef,
}

impl Home {
    /// The organisation; none while its id is not known.
    pub(crate) fn organisation(place: &Place) -> Option<Self> {
        Some(Self { id: format!("org/{}", place.id?), name: place.login.clone(), end: place.organisation() })
    }

    pub(crate) fn repository(repository: &Repository) -> Self {
        Self { id: format!("repo/{}", repository.id), name: repository.full_name.clone(), end: repository.end() }
    }

    /// An environment of a repository.
    pub(crate) fn environment(repository: &Repository, name: &str, number: u64, end: EndRef) -> Self {
        Self { id: format!("environment/{number}"), name: format!("{} {name}", repository.full_name), end }
    }

    pub(crate) fn enterprise(slug: &str, number: u64, id: &EntityId) -> Self {
        Self { id: format!("enterprise/{number}"), name: slug.to_owned(), end: id.clone().into() }
    }

    /// How something in it is called: `acme/shop DB`.
    pub(crate) fn name_of(&self, own: &str) -> String {
        format!("{} {own}", self.name)
    }

    /// As an end of a link.
    pub(crate) fn end(&self) -> EndRef {
        self.end.clone()
    }
}
