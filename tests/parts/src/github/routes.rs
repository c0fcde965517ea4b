//! Which path is answered by what, and what that needs.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use super::ask::Ask;
use super::deny::Deny;
use super::limits::Resource;
use super::reply::Reply;
use super::sign_in::Needs;
use super::world::World;
use super::{
    app, audit_log, contents, credential_authorizations, deploy_keys, environments, graphql, hooks, installations,
    members, organisations, personal_access_tokens, repositories, runners, secrets, teams, variables,
};

pub(super) type Answered = fn(&World, &Ask<'_>) -> Result<Reply, Deny>;

/// A path and its answer. What stands in braces is any one segment of a path, `{path}` all that follows.
#[derive(Debug)]
pub(super) struct Route {
    pub(super) method: &'static str,
    pub(super) pattern: &'static str,
    pub(super) needs: Needs,
    pub(super) answered: Answered,
    pub(super) resource: Resource,
}

impl Route {
    pub(super) const fn get(pattern: &'static str, needs: Needs, answered: Answered) -> Self {
        Self { method: "GET", pattern, needs, answered, resource: Resource::Core }
    }

    pub(super) const fn post(pattern: &'static str, needs: Needs, answered: Answered) -> Self {
        Self { method: "POST", pattern, needs, answered, resource: Resource::Core }
    }

    pub(super) const fn counted_as(mut self, resource: Resource) -> Self {
        self.resource = resource;
        self
    }
}

const ALL: &[&[Route]] = &[
    app::ROUTES,
    audit_log::ROUTES,
    contents::ROUTES,
    credential_authorizations::ROUTES,
    deploy_keys::ROUTES,
    environments::ROUTES,
    graphql::ROUTES,
    hooks::ROUTES,
    installations::ROUTES,
    members::ROUTES,
    organisations::ROUTES,
    personal_access_tokens::ROUTES,
    repositories::ROUTES,
    runners::ROUTES,
    secrets::ROUTES,
    teams::ROUTES,
    variables::ROUTES,
];

/// The route of a path, with what stands in its braces.
pub(super) fn find(method: &str, path: &str) -> Option<(&'static Route, Vec<(&'static str, String)>)> {
    let of_method = ALL.iter().copied().flatten().filter(|route| route.method == method);
    of_method.filter_map(|route| Some((route, parameters(route.pattern, path)?))).next()
}

/// Whether the path is of the pattern: `*` and what stands in braces is any one segment, `**` and `{path}` all that follows.
pub(super) fn matches(pattern: &str, path: &str) -> bool {
    let (mut wanted, mut got) = (pattern.split('/'), path.split('/'));
    loop {
        match (wanted.next(), got.next()) {
            (None, None) => return true,
            (Some("**" | "{path}"), Some(_)) => return true,
            (Some(wanted), Some(got)) if wanted == "*" || name(wanted).is_some() || wanted == got => {}
            _ => return false,
        }
    }
}

fn parameters(pattern: &'static str, path: &str) -> Option<Vec<(&'static str, String)>> {
    if !matches(pattern, path) {
        return None;
    }
    let mut got = path.split('/');
    let mut found = Vec::new();
    for wanted in pattern.split('/') {
        let segment = got.next()?;
        let Some(name) = name(wanted) else { continue };
        let value = if name == "path" {
            let rest = got.by_ref().fold(segment.to_owned(), |path, segment| format!("{path}/{segment}"));
            decoded(&rest).into_owned()
        } else {
            decoded(segment).into_owned()
        };
        found.push((name, value));
    }
    Some(found)
}

fn name(segment: &str) -> Option<&str> {
    segment.strip_prefix('{')?.strip_suffix('}')
}

pub(super) fn decoded(segment: &str) -> Cow<'_, str> {
    percent_decode_str(segment).decode_utf8_lossy()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_segments_and_the_rest() {
        assert!(matches("/orgs/{org}/hooks", "/orgs/acme/hooks"));
        assert!(matches("/repos/acme/*/keys", "/repos/acme/shop/keys"));
        assert!(matches("/repos/**", "/repos/acme/shop/contents/a/b"));
        assert!(!matches("/orgs/{org}", "/orgs/acme/hooks") && !matches("/orgs/{org}/hooks", "/orgs/acme"));
    }

    #[test]
    fn no_two_routes_are_the_same() {
        let mut all: Vec<_> = ALL.iter().copied().flatten().map(|route| (route.method, route.pattern)).collect();
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
    }

    #[test]
    fn what_stands_in_braces_is_decoded() {
        let (route, found) = find("GET", "/repos/acme/shop/contents/.github/a%20b.yml").unwrap();
        assert_eq!(route.pattern, "/repos/{owner}/{repo}/contents/{path}");
        assert_eq!(found[2], ("path", ".github/a b.yml".to_owned()));
    }
}
