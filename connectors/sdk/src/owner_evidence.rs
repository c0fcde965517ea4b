//! From what a tag, label or annotation says to a link's end that names an owner.
//!
//! All connectors read such values by the same rules, so that `Owner=Ada@Example.com` in AWS and
//! `owner: ada@example.com` in Kubernetes meet in one person.

use crate::{Alias, EndRef, EntityId, Evidence, Link, LinkKind, OwnerRole};

/// Tag keys that name an owner, in lower case, unless the source's `owner_tags` says otherwise.
pub const DEFAULT_OWNER_KEYS: &[&str] = &[
    "owner",
    "owner-email",
    "owner_email",
    "service-owner",
    "team",
    "contact",
    "created-by",
    "created_by",
    "createdby",
];

/// The keys that a source looks for: its `owner_tags`, else the ones that all connectors know; in lower case.
pub fn owner_keys(configured: Option<&[String]>) -> Vec<String> {
    match configured {
        Some(keys) => keys.iter().map(|key| key.to_lowercase()).collect(),
        None => DEFAULT_OWNER_KEYS.iter().map(ToString::to_string).collect(),
    }
}

/// The role that a tag key gives: teams and creators are told apart from owners.
pub fn role_of_key(key: &str) -> OwnerRole {
    match key.to_lowercase().as_str() {
        "team" => OwnerRole::Team,
        "created-by" | "created_by" | "createdby" => OwnerRole::Creator,
        _ => OwnerRole::Owner,
    }
}

/// The end that a value names: `email:` for an address, `owner:<value in lower case>` for a bare login or team name,
/// which the graph resolves against every directory it knows. `None` for an empty value. References that already
/// carry a known prefix (`person:`, `team:`, `login:`, `github:`, `entra:`) are taken as they are, addresses in lower case.
pub fn owner_ref(value: &str) -> Option<EndRef> {
    let value = value.trim();
    if value.is_empty() {
        return None;
    }
    // Prefixes first: `person:ada@example.com` looks like an address too, of somebody whose name has a colon.
    if value.starts_with("person:") || value.starts_with("email:") {
        return Some(EndRef::from(value.to_lowercase()));
    }
    if ["team:", "login:", "github:", "entra:"].iter().any(|prefix| value.starts_with(prefix)) {
        return Some(EndRef::from(value));
    }
    if let Some(address) = email(value) {
        return Some(Alias::email(address).into());
    }
    let bare = value.trim_start_matches('@');
    Some(EndRef::from(format!("owner:{}", bare.to_lowercase())))
}

/// The address in `ada@example.com`, `mailto:ada@example.com` or `Ada <ada@example.com>`.
pub fn email(value: &str) -> Option<&str> {
    let inner = match (value.find('<'), value.rfind('>')) {
        (Some(open), Some(close)) if open < close => &value[open + 1..close],
        _ => value,
    };
    let inner = inner.trim().strip_prefix("mailto:").unwrap_or(inner.trim());
    let (local, domain) = inner.split_once('@')?;
    let plausible = !local.is_empty()
        && domain.contains('.')
        && !domain.starts_with('.')
        && !domain.ends_with('.')
        && !domain.contains('@')
        && !inner.chars().any(|c| c.is_whitespace() || c.is_control() || matches!(c, ',' | ';' | '<' | '>'));
    plausible.then_some(inner)
}

/// The `owned_by` links that a set of tags declares for `subject`. `keys` are in lower case; `word` is what the
/// platform calls them: `tag`, `label`, `annotation`.
pub fn links_from<'a>(
    subject: &EntityId,
    word: &str,
    tags: impl IntoIterator<Item = (&'a str, &'a str)>,
    keys: &[String],
) -> Vec<Link> {
    tags.into_iter()
        .filter(|(key, _)| keys.iter().any(|k| k.eq_ignore_ascii_case(key)))
        .filter_map(|(key, value)| {
            let to = owner_ref(value)?;
            let because = format!("{word} {key}");
            Some(Link::new(subject, LinkKind::OwnedBy, to, Evidence::Declared, because).role(role_of_key(key)))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_found_in_the_forms_people_write() {
        for text in ["Ada@Example.com", " mailto:Ada@Example.com", "Ada L <Ada@Example.com>"] {
            assert_eq!(owner_ref(text), Some(EndRef::from("email:ada@example.com")), "{text}");
        }
        for text in ["ada", "@acme/platform", "ada@", "@", "a@b@c.d", "a b@c.de"] {
            assert_eq!(email(text), None, "{text}");
        }
    }

    #[test]
    fn a_bare_name_is_left_for_the_graph_to_resolve() {
        assert_eq!(owner_ref("Platform"), Some(EndRef::from("owner:platform")));
        assert_eq!(owner_ref("team:people/platform"), Some(EndRef::from("team:people/platform")));
        assert_eq!(owner_ref("  "), None);
    }

    #[test]
    fn a_reference_with_an_address_in_it_is_a_reference() {
        assert_eq!(owner_ref("person:Ada@example.com"), Some(EndRef::from("person:ada@example.com")));
        assert_eq!(owner_ref("email:Ada@example.com"), Some(EndRef::from("email:ada@example.com")));
    }

    #[test]
    fn keys_match_in_any_case() {
        let links = links_from(&"k8s:1".into(), "label", [("Team", "platform"), ("Name", "x")], &owner_keys(None));
        assert_eq!(links.len(), 1);
        assert_eq!(links[0].role, Some(OwnerRole::Team));
    }
}
