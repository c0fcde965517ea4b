//! A request as the routes see it.

use serde_json::Value;
use url::form_urlencoded;

use super::deny::Deny;
use super::organisations::Organisation;
use super::repositories::Repository;
use super::sign_in::SignIn;
use super::world::World;
use crate::http;

/// A request that a route answers.
#[derive(Debug)]
pub(super) struct Ask<'a> {
    /// What stands before the path in addresses that the answer names.
    pub(super) base: &'a str,
    /// What stands in the route's braces, by name, decoded.
    pub(super) parameters: Vec<(&'static str, String)>,
    pub(super) query: &'a str,
    pub(super) headers: &'a [(String, String)],
    pub(super) body: &'a [u8],
    pub(super) sign_in: &'a SignIn,
}

impl Ask<'_> {
    /// What stands in these braces of the route.
    ///
    /// # Panics
    /// When the route has no such braces.
    pub(super) fn parameter(&self, name: &str) -> &str {
        let found = self.parameters.iter().find(|(key, _)| *key == name);
        found.map(|(_, value)| value.as_str()).expect("the route names the parameter")
    }

    pub(super) fn id(&self, name: &str) -> Result<u64, Deny> {
        self.parameter(name).parse().map_err(|_| Deny::NotFound)
    }

    pub(super) fn query(&self, name: &str) -> Option<String> {
        let mut pairs = form_urlencoded::parse(self.query.as_bytes());
        pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        http::header(self.headers, name)
    }

    /// Whether it was asked as one asks an Enterprise Server, which lacks some of what api.github.com has.
    pub(super) fn is_enterprise_server(&self) -> bool {
        self.base.ends_with(super::ENTERPRISE_SERVER)
    }

    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(self.body).unwrap_or(Value::Null)
    }

    /// Whose the thing is that the route is about, whoever may see it.
    pub(super) fn home<'w>(&self, world: &'w World) -> Option<&'w Organisation> {
        let (_, login) = self.parameters.iter().find(|(key, _)| *key == "org" || *key == "owner")?;
        world.organisations.values().find(|organisation| organisation.login.eq_ignore_ascii_case(login))
    }

    /// The organisation of the route. An installation and a fine-grained token see theirs alone.
    pub(super) fn organisation<'w>(&self, world: &'w World) -> Result<&'w Organisation, Deny> {
        self.home(world).filter(|organisation| self.sign_in.sees(world, organisation)).ok_or(Deny::NotFound)
    }

    /// The repository of the route, if the caller may see it.
    pub(super) fn repository<'w>(&self, world: &'w World) -> Result<(&'w Organisation, &'w Repository), Deny> {
        let organisation = self.home(world).ok_or(Deny::NotFound)?;
        let repository = organisation.repository(self.parameter("repo")).ok_or(Deny::NotFound)?;
        if !self.sign_in.sees_repository(world, organisation, repository) {
            return Err(Deny::NotFound);
        }
        Ok((organisation, repository))
    }
}
