//! What the connector says of what there is.

use whosekey_parts::github::{GitHub, id_of};
use whosekey_sdk::testkit::{Seen, observe};
use whosekey_sdk::{Alias, Entity, Fact, Kind, LinkKind, Record, Timestamp};

use crate::support::{APPS_TOKEN, OWNERS_TOKEN, connector, ends, scope, world};

async fn seen() -> Vec<Seen> {
    let github = GitHub::start(world()).unwrap();
    observe(&connector(&github.url(), &["acme"], APPS_TOKEN)).await.unwrap().0
}

fn entity<'s>(seen: &'s Seen, id: &str) -> &'s Entity {
    seen.collected.entities().find(|entity| entity.id.as_str() == id).unwrap_or_else(|| panic!("no {id}"))
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[tokio::test]
async fn people_are_known_by_id_and_meet_others_by_login() {
    let seen = seen().await;
    let members = scope(&seen, "members");
    let bob = entity(members, &format!("github:user/{}", id_of("user", "bob")));
    assert_eq!(bob.kind, Kind::Owner);
    let aliases: Vec<&str> = bob.aliases.iter().map(|alias| alias.as_str()).collect();
    assert_eq!(aliases, ["login:bob", "github:member/acme/bob"]);
    assert_eq!(members.scope.covers, ["github:member/acme/"]);
    assert_eq!(members.collected.entities().count(), 123, "two pages of members and a collaborator");
}

#[tokio::test]
async fn an_address_of_a_verified_domain_names_a_member_and_no_other_does() {
    let seen = seen().await;
    let emails = scope(&seen, "member-emails");
    let told: Vec<_> = emails.collected.entities().map(|entity| (entity.name.as_str(), &entity.aliases)).collect();
    assert_eq!(told, [("bob", &vec![Alias::email("bob@example.com")])]);
}

#[tokio::test]
async fn members_have_the_addresses_of_single_sign_on_and_who_left_has_none() {
    let seen = seen().await;
    let identities = scope(&seen, "external-identities");
    let aliases = |login| &entity(identities, &format!("github:user/{}", id_of("user", login))).aliases;
    assert_eq!(aliases("ada"), &[Alias::email("ada.l@example.com"), Alias::email("ada@example.com")]);
    assert_eq!(aliases("bob"), &[Alias::email("bob@corp.example.com")]);
    assert_eq!(aliases("member-119"), &[Alias::email("member-119@example.com")], "on the second page");
    assert_eq!(identities.collected.entities().count(), 122, "neither dave, who has left, nor what nobody has claimed");
}

#[tokio::test]
async fn a_token_is_as_github_says_and_belongs_to_its_owner() {
    let seen = seen().await;
    let tokens = scope(&seen, "personal-access-tokens");
    let nightly = entity(tokens, "github:pat/17");
    assert_eq!(nightly.last_used_at, Fact::Known(Some(at("2026-11-20T08:00:00Z"))));
    assert_eq!(nightly.expires_at, Fact::Known(Some(at("2027-06-01T09:00:00Z"))));
    assert_eq!(ends(tokens, "github:pat/17", LinkKind::OwnedBy), ["github:member/acme/bob"]);
    let old = entity(tokens, &format!("github:pat/{}", id_of("grant", "old")));
    assert_eq!((old.last_used_at, old.expires_at), (Fact::Known(None), Fact::Known(None)), "never, and never");
}

#[tokio::test]
async fn a_sign_in_of_a_classic_token_is_not_its_use() {
    let seen = seen().await;
    let authorizations = scope(&seen, "credential-authorizations");
    let types: Vec<&str> = authorizations.collected.entities().map(|entity| &*entity.type_name).collect();
    assert_eq!(types, ["github.classic-pat", "github.ssh-key"]);
    for entity in authorizations.collected.entities() {
        assert_eq!(entity.last_used_at, Fact::NotExposed);
        assert!(entity.attributes.contains_key("credential_accessed_at"));
    }
}

#[tokio::test]
async fn a_suspended_installation_is_switched_off() {
    let seen = seen().await;
    let installations = scope(&seen, "installations");
    let enabled = |slug| entity(installations, &format!("github:installation/{}", id_of("installation", slug))).enabled;
    assert_eq!(enabled("linter"), Fact::Known(false));
    assert_eq!(enabled("auditor"), Fact::Known(true));
}

#[tokio::test]
async fn a_deploy_key_belongs_to_its_repository_and_to_whoever_added_it() {
    let seen = seen().await;
    let keys = scope(&seen, "deploy-keys");
    let id = |title| format!("github:deploy-key/{}", id_of("deploy key", title));
    let repository = |name| format!("github:repo/{}", id_of("repository", name));
    assert_eq!(ends(keys, &id("left behind"), LinkKind::OwnedBy), ["github:member/acme/dave"]);
    assert_eq!(ends(keys, &id("mirror"), LinkKind::OwnedBy), [""; 0]);
    assert_eq!(ends(keys, &id("mirror"), LinkKind::PartOf), [repository("shop")]);
    assert_eq!(entity(keys, &id("mirror")).last_used_at, Fact::Known(None));
    assert_eq!(entity(keys, &id("attic")).attributes["repository_archived"], true);
}

#[tokio::test]
async fn a_workflow_holds_the_secrets_that_it_names_and_becomes_its_cloud_role() {
    let seen = seen().await;
    let definitions = scope(&seen, "definitions");
    let shop = id_of("repository", "shop");
    let workflow = format!("github:workflow/{shop}/.github/workflows/deploy.yml");
    let runs_as = ends(definitions, &workflow, LinkKind::RunsAs);
    assert!(runs_as.contains(&"arn:aws:iam::000000000000:role/deploy".to_owned()), "{runs_as:?}");
    let holds = ends(definitions, &workflow, LinkKind::Holds);
    let secrets = scope(&seen, "secrets");
    assert!(holds.contains(&format!("github:secret/repo/{shop}/DB")));
    entity(secrets, &format!("github:secret/repo/{shop}/DB"));
    entity(secrets, &format!("github:secret/repo/{shop}/UNUSED"));
    let environments = scope(&seen, "environments");
    let prod = entity(environments, &format!("github:environment/{}", id_of("environment", "prod")));
    let subject = "oidc:https://token.actions.githubusercontent.com#repo:acme/shop:environment:prod";
    assert!(prod.aliases.iter().any(|alias| alias.as_str() == subject), "{:?}", prod.aliases);
    let agents = definitions.collected.entities().filter(|entity| entity.kind == Kind::Agent).count();
    assert_eq!(agents, 2, "the client of .mcp.json and its tool");
    assert_eq!(ends(definitions, &format!("github:repo/{shop}"), LinkKind::OwnedBy), ["owner:acme/platform"]);
}

#[tokio::test]
async fn variables_of_an_environment_are_named_to_the_end_of_their_short_pages() {
    let seen = seen().await;
    let environments = scope(&seen, "environments");
    let prod = id_of("environment", "prod");
    let last = entity(environments, &format!("github:variable/environment/{prod}/URL_30"));
    assert_eq!((last.kind, last.name.as_str()), (Kind::Resource, "acme/shop prod URL_30"));
    assert_eq!(ends(environments, last.id.as_str(), LinkKind::PartOf), [format!("github:environment/{prod}")]);
    let is_variable = |entity: &&Entity| entity.type_name == "github.variable";
    assert_eq!(environments.collected.entities().filter(is_variable).count(), 31);
}

#[tokio::test]
async fn what_may_be_in_many_places_is_called_by_its_own() {
    let seen = seen().await;
    let (shop, acme, prod) = (id_of("repository", "shop"), id_of("organisation", "acme"), id_of("environment", "prod"));
    let name = |kind: &str, id: String| entity(scope(&seen, kind), &id).name.clone();
    assert_eq!(name("secrets", format!("github:secret/repo/{shop}/DB")), "acme/shop DB");
    assert_eq!(name("dependabot-secrets", format!("github:dependabot-secret/repo/{shop}/DB")), "acme/shop DB");
    assert_eq!(name("environments", format!("github:secret/environment/{prod}/DB")), "acme/shop prod DB");
    assert_eq!(name("variables", format!("github:variable/repo/{shop}/STAGE")), "acme/shop STAGE");
    assert_eq!(name("repository-runners", format!("github:runner/repo/{shop}/7")), "acme/shop builder");
    let of = |kind: &str, start: &str| {
        let all = scope(&seen, kind).collected.entities().filter(|entity| entity.id.as_str().starts_with(start));
        all.map(|entity| entity.name.clone()).collect::<Vec<_>>()
    };
    for (kind, type_name) in [("secrets", "secret"), ("variables", "variable"), ("runners", "runner")] {
        let names = of(kind, &format!("github:{type_name}/org/{acme}/"));
        assert!(!names.is_empty() && names.iter().all(|name| name.starts_with("acme ")), "{names:?}");
    }
    assert!(of("deploy-keys", "github:deploy-key/").contains(&"acme/shop left behind".to_owned()));
}

#[tokio::test]
async fn a_repository_claims_every_subject_of_its_workflows() {
    let github = GitHub::start(world()).unwrap();
    let (seen, _) = observe(&connector(&github.url(), &["acme"], OWNERS_TOKEN)).await.unwrap();
    let repositories = scope(&seen, "repositories");
    let issuer = "https://token.actions.githubusercontent.com";
    let id = id_of("organisation", "acme");
    let covers = [format!("oidc:{issuer}#repo:acme/"), format!("oidc:{issuer}#repo:acme@{id}/")];
    assert_eq!(repositories.scope.covers, covers);
    let identity = entity(repositories, &format!("github:workflow-identity/{}", id_of("repository", "shop")));
    assert!(identity.aliases.iter().any(|alias| alias.as_str() == format!("oidc:{issuer}#repo:acme/shop:*")));
}

#[tokio::test]
async fn a_token_in_the_audit_log_is_the_one_in_the_list() {
    let seen = seen().await;
    let log = scope(&seen, "audit-log");
    let token = entity(log, "github:pat/17");
    let alias = "github:hashed-token/kqdmXn3WSDBZ0kOSpC0wvPMDp5DqcGkjGbCXWAqvpHU=";
    assert_eq!(token.aliases[0].as_str(), alias);
    let used = log.collected.records.iter().find_map(|record| match record {
        Record::Activity(activity) => Some((activity.subject.to_string(), activity.last_used_at)),
        _ => None,
    });
    assert_eq!(used, Some((alias.to_owned(), Some(Timestamp::from_millis(1_795_600_000_000)))));
}

fn last_uses(seen: &Seen) -> Vec<Option<Timestamp>> {
    let activities = seen.collected.records.iter().filter_map(|record| match record {
        Record::Activity(activity) => Some(activity.last_used_at),
        _ => None,
    });
    activities.collect()
}

#[tokio::test]
async fn a_runner_is_used_while_it_is_online() {
    let seen = seen().await;
    assert_eq!(last_uses(scope(&seen, "runners")), [Some(at("2026-11-27T00:00:00Z")), None]);
}

#[tokio::test]
async fn runners_of_repositories_are_used_as_the_organisations_are_and_archived_ones_have_none() {
    let seen = seen().await;
    let runners = scope(&seen, "repository-runners");
    let shop = id_of("repository", "shop");
    assert_eq!(last_uses(runners), [Some(at("2026-11-27T00:00:00Z")); 101], "two pages of shop, none of attic");
    let last = format!("github:runner/repo/{shop}/100");
    assert_eq!(entity(runners, &last).kind, Kind::Credential);
    assert_eq!(ends(runners, &last, LinkKind::PartOf), [format!("github:repo/{shop}")]);
}

#[tokio::test]
async fn webhooks_and_workflow_tokens_of_repositories_are_told_where_they_are_asked_for() {
    let seen = seen().await;
    let hook = scope(&seen, "repository-webhooks").collected.entities().next().unwrap();
    assert_eq!(hook.name, "ci.example.com");
    let shop = format!("github:repo/{}", id_of("repository", "shop"));
    assert_eq!(ends(scope(&seen, "repository-webhooks"), hook.id.as_str(), LinkKind::PartOf), [shop.as_str()]);
    let tokens = scope(&seen, "repository-workflow-tokens");
    assert_eq!(entity(tokens, &shop).attributes["default_workflow_permissions"], "write");
    let attic = format!("github:repo/{}", id_of("repository", "attic"));
    assert!(tokens.collected.entities().all(|entity| entity.id.as_str() != attic), "an archived one runs nothing");
}
