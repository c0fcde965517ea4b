//! `installations`: GitHub Apps that are installed in the organisation, and what they may do there.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use whosekey_sdk::{
    AccessLevel, CollectError, Complete, Entity, Evidence, Fact, Kind, Link, LinkKind, Record, Sink, Timestamp,
};

use crate::api::{Call, Calls, nullable};
use crate::descriptor::ORGANIZATION;
use crate::place::Place;

const LIST: Call = Call::new("GET /orgs/{org}/installations", ORGANIZATION);

#[derive(Debug, Serialize, Deserialize)]
struct Installation {
    id: u64,
    app_id: u64,
    app_slug: String,
    repository_selection: Option<String>,
    #[serde(default)]
    permissions: BTreeMap<String, String>,
    created_at: Option<Timestamp>,
    /// Null: it is not suspended.
    #[serde(default, with = "nullable", skip_serializing_if = "Fact::is_not_exposed")]
    suspended_at: Fact<Option<Timestamp>>,
}

/// Collects `installations`.
pub(crate) async fn collect(calls: &Calls, out: &mut dyn Sink) -> Result<Complete, CollectError> {
    let first = calls.of_organisation("/installations?per_page=100");
    let (installations, complete) = calls.listing::<Installation>(LIST, first).await?;
    out.page(installations.iter().flat_map(|one| normalize(&calls.place, one)).collect()).await?;
    Ok(complete)
}

fn normalize(place: &Place, one: &Installation) -> Vec<Record> {
    let mut entity =
        Entity::new(format!("github:installation/{}", one.id), Kind::Identity, "github.installation", &*one.app_slug)
            .alias(place.bot(&one.app_slug));
    entity.created_at = Fact::from(one.created_at);
    entity.enabled = one.suspended_at.map(|at| at.is_none());
    entity = entity.attribute("app_id", one.app_id).attribute(
        "permissions",
        one.permissions.iter().map(|(name, level)| format!("{name}: {level}")).collect::<Vec<_>>(),
    );
    if let Some(selection) = &one.repository_selection {
        entity = entity.attribute("repository_selection", &**selection);
    }
    if let Fact::Known(Some(at)) = one.suspended_at {
        entity = entity.attribute("suspended_at", at.to_string());
    }
    // The App signs for itself and gets a token of the installation whenever it asks.
    let app = Entity::new(format!("github:app/{}", one.app_id), Kind::Workload, "github.app", &*one.app_slug);
    let runs = Link::new(&app.id, LinkKind::RunsAs, &entity.id, Evidence::Proven, LIST.what);
    let access = access(one).map(|(level, because)| {
        let because = format!("permission {because} ({})", LIST.what);
        Link::new(&entity.id, LinkKind::CanAccess, place.organisation(), Evidence::Proven, because).level(level)
    });
    let mut records = vec![entity.into(), app.into(), runs.into()];
    records.extend(access.map(Record::from));
    records
}

/// The most that it may do, and the permission that says so.
fn access(one: &Installation) -> Option<(AccessLevel, String)> {
    let reaches_all = one.repository_selection.as_deref() == Some("all");
    let level = |name: &str, level: &str| match (name, level) {
        (_, "read") => AccessLevel::Read,
        ("organization_administration", _) => AccessLevel::Admin,
        // Whoever manages members makes an owner of whom it likes.
        ("members", _) => AccessLevel::Escalation,
        ("administration", _) if reaches_all => AccessLevel::Admin,
        _ => AccessLevel::Write,
    };
    let all = one.permissions.iter().map(|(name, word)| (level(name, word), format!("{name}: {word}")));
    all.max_by(|a, b| a.0.cmp(&b.0).then_with(|| b.1.cmp(&a.1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn installation(permissions: &[(&str, &str)], selection: &str) -> Installation {
        Installation {
            id: 1,
            app_id: 2,
            app_slug: "linter".into(),
            repository_selection: Some(selection.into()),
            permissions: permissions.iter().map(|(name, level)| ((*name).into(), (*level).into())).collect(),
            created_at: None,
            suspended_at: Fact::Known(None),
        }
    }

    #[test]
    fn the_greatest_permission_is_what_it_may_do() {
        let level = |permissions: &[(&str, &str)], selection| {
            access(&installation(permissions, selection)).map(|(level, _)| level)
        };
        assert_eq!(level(&[("contents", "read"), ("issues", "write")], "all"), Some(AccessLevel::Write));
        assert_eq!(level(&[("administration", "write")], "all"), Some(AccessLevel::Admin));
        assert_eq!(level(&[("administration", "write")], "selected"), Some(AccessLevel::Write));
        assert_eq!(level(&[("organization_administration", "read")], "all"), Some(AccessLevel::Read));
        assert_eq!(level(&[], "all"), None);
    }
}
