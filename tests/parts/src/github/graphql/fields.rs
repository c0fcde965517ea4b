//! The types of GitHub's schema that the fake has, and their fields.

use serde_json::{Value, json};

use crate::github::ask::Ask;
use crate::github::contents::{self, Entry};
use crate::github::organisations::Organisation;
use crate::github::repositories::Repository;
use crate::github::rulesets::Ruleset;
use crate::github::sign_in::{Needs, SignIn};
use crate::github::world::{Enterprise, World, id_of};
use crate::github::{Deny, ExternalIdentity, Role};

use super::query::Field;

/// Longer texts are cut.
const LONGEST_TEXT: usize = 512_000;

/// A thing that fields are asked of.
#[derive(Debug, Clone)]
pub(super) enum Node<'w> {
    Query,
    Viewer,
    RateLimit,
    Enterprise(&'w str, &'w Enterprise),
    Organisation(&'w Organisation),
    Repository(&'w Organisation, &'w Repository),
    Owner(&'w Organisation),
    Branch(&'w Repository),
    Commit(&'w Repository),
    Tree(&'w Repository, String),
    TreeEntry(&'w Repository, String),
    Blob(&'w [u8]),
    Ruleset(&'w Ruleset),
    /// Of the one kind that requires workflows.
    Rule(&'w Ruleset),
    RuleParameters(&'w Ruleset),
    RequiredWorkflow(&'w (u64, String)),
    User(String, Option<Role>),
    /// What its owners are shown of an enterprise.
    OwnerInfo(&'w Enterprise),
    IdentityProvider {
        of: &'static str,
        homes: Vec<&'w Organisation>,
        known: &'w [ExternalIdentity],
    },
    ExternalIdentity(&'w ExternalIdentity),
    SamlAttributes(&'w ExternalIdentity),
    ScimAttributes(&'w str),
    Email(&'w str),
    Connection(Connection<'w>),
    Edge(Box<Node<'w>>, usize),
    PageInfo {
        start: usize,
        end: usize,
        total: usize,
    },
}

/// A page of a list.
#[derive(Debug, Clone)]
pub(super) struct Connection<'w> {
    of: &'static str,
    nodes: Vec<Node<'w>>,
    start: usize,
    total: usize,
}

/// What a field is.
pub(super) enum Found<'w> {
    Value(Value),
    Node(Node<'w>),
    Nodes(Vec<Node<'w>>),
}

/// Why a field has no value: its type in the schema's errors, and the message.
pub(super) type Fault = (&'static str, String);

impl<'w> Node<'w> {
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Query => "Query",
            Self::Viewer | Self::User(..) => "User",
            Self::RateLimit => "RateLimit",
            Self::Enterprise(..) => "Enterprise",
            Self::Organisation(_) | Self::Owner(_) => "Organization",
            Self::Repository(..) => "Repository",
            Self::Branch(_) => "Ref",
            Self::Commit(_) => "Commit",
            Self::Tree(..) => "Tree",
            Self::TreeEntry(..) => "TreeEntry",
            Self::Blob(_) => "Blob",
            Self::Ruleset(_) => "RepositoryRuleset",
            Self::Rule(_) => "RepositoryRule",
            Self::RuleParameters(_) => "WorkflowsParameters",
            Self::RequiredWorkflow(_) => "WorkflowFileReference",
            Self::OwnerInfo(_) => "EnterpriseOwnerInfo",
            Self::IdentityProvider { of, .. } => of,
            Self::ExternalIdentity(_) => "ExternalIdentity",
            Self::SamlAttributes(_) => "ExternalIdentitySamlAttributes",
            Self::ScimAttributes(_) => "ExternalIdentityScimAttributes",
            Self::Email(_) => "UserEmailMetadata",
            Self::Connection(connection) => connection.of,
            Self::Edge(..) => "Edge",
            Self::PageInfo { .. } => "PageInfo",
        }
    }

    /// The field of this name.
    pub(super) fn field(&self, field: &Field, world: &'w World, ask: &Ask<'_>) -> Result<Found<'w>, Fault> {
        let value = |value: Value| Ok(Found::Value(value));
        if field.name == "__typename" {
            return value(json!(self.kind()));
        }
        let is = |name: &str| field.name == name;
        match self {
            Self::Query => root(field, world, ask),
            Self::Viewer if is("login") => match ask.sign_in {
                SignIn::Classic { login, .. } | SignIn::FineGrained { login, .. } => value(json!(login)),
                _ => value(json!("app[bot]")),
            },
            // Its numbers are in the answer's headers.
            Self::RateLimit if is("cost") => value(json!(1)),
            Self::RateLimit if is("limit") => value(json!(world.limits.graphql)),
            Self::Enterprise(slug, _) if is("slug") || is("name") => value(json!(slug)),
            Self::Enterprise(_, enterprise) if is("viewerIsAdmin") => {
                value(json!(enterprise.is_owned_by(ask.sign_in.login())))
            }
            Self::Enterprise(slug, _) if is("databaseId") => value(json!(id_of("enterprise", slug))),
            Self::Enterprise(_, enterprise) if is("ownerInfo") => {
                let is_shown = enterprise.is_owned_by(ask.sign_in.login());
                Ok(if is_shown { Found::Node(Node::OwnerInfo(enterprise)) } else { Found::Value(Value::Null) })
            }
            Self::OwnerInfo(enterprise) if is("samlIdentityProvider") => {
                Ok(provider(enterprise, world, "EnterpriseIdentityProvider", !enterprise.signs_on_by_oidc))
            }
            Self::OwnerInfo(enterprise) if is("oidcProvider") => {
                Ok(provider(enterprise, world, "OIDCProvider", enterprise.signs_on_by_oidc))
            }
            Self::Enterprise(slug, _) if is("id") => value(json!(format!("E_{}", id_of("enterprise", slug)))),
            Self::Enterprise(_, enterprise) if is("organizations") => {
                let is_owner = enterprise.is_owned_by(ask.sign_in.login());
                let all = enterprise.organisations.iter().filter_map(|login| world.organisations.get(login));
                let all =
                    all.filter(|home| is_owner || ask.sign_in.login().is_some_and(|login| home.role(login).is_some()));
                connection(field, "OrganizationConnection", all.map(Node::Organisation).collect())
            }
            Self::Organisation(home) | Self::Owner(home) => organisation(home, field, world, ask),
            Self::Repository(home, repository) => repository_field(home, repository, field, world, ask),
            Self::Branch(repository) if is("name") => value(json!(repository.default_branch)),
            Self::Branch(repository) if is("target") => Ok(Found::Node(Node::Commit(repository))),
            Self::Commit(repository) if is("oid") => value(json!(contents::head_sha(repository))),
            Self::Commit(repository) if is("committedDate") => value(json!(repository.pushed_at)),
            Self::Commit(repository) if is("tree") => Ok(Found::Node(Node::Tree(repository, String::new()))),
            Self::Tree(repository, folder) if is("oid") => value(json!(contents::tree_sha(repository, folder))),
            Self::Tree(repository, folder) if is("entries") => {
                let below =
                    |name: &&str| if folder.is_empty() { (*name).to_owned() } else { format!("{folder}/{name}") };
                let entries = contents::entries(repository, folder);
                Ok(Found::Nodes(entries.keys().map(|name| Node::TreeEntry(repository, below(name))).collect()))
            }
            Self::TreeEntry(repository, path) => entry(repository, path, field),
            Self::Blob(content) => blob(content, field),
            Self::Ruleset(ruleset) if is("id") => value(json!(format!("RRS_{}", ruleset.id))),
            Self::Ruleset(ruleset) if is("enforcement") => value(json!(ruleset.enforcement)),
            Self::Ruleset(ruleset) if is("rules") => {
                let is_asked = !ruleset.workflows.is_empty() && matches!(field.text("type"), "" | "WORKFLOWS");
                let all = is_asked.then_some(Node::Rule(ruleset)).into_iter().collect();
                connection(field, "RepositoryRuleConnection", all)
            }
            Self::Rule(_) if is("type") => value(json!("WORKFLOWS")),
            Self::Rule(ruleset) if is("parameters") => Ok(Found::Node(Node::RuleParameters(ruleset))),
            Self::RuleParameters(ruleset) if is("workflows") => {
                Ok(Found::Nodes(ruleset.workflows.iter().map(Node::RequiredWorkflow).collect()))
            }
            Self::RequiredWorkflow((repository, _)) if is("repositoryId") => value(json!(repository)),
            Self::RequiredWorkflow((_, path)) if is("path") => value(json!(path)),
            Self::User(login, _) if is("login") => value(json!(login)),
            Self::User(login, _) if is("databaseId") => value(json!(world.user(login).id)),
            Self::User(login, _) if is("id") => value(json!(format!("U_{}", world.user(login).id))),
            Self::User(login, _) if is("name") => value(json!(world.user(login).name)),
            Self::User(login, _) if is("email") => value(json!(world.user(login).email.unwrap_or_default())),
            Self::User(login, role) if is("organizationVerifiedDomainEmails") => {
                let home = world.organisations.get(field.text("login")).filter(|_| role.is_some());
                let user = world.user(login);
                let is_verified = |email: &&String| {
                    home.is_some_and(|home| {
                        home.verified_domains.iter().any(|domain| email.ends_with(&format!("@{domain}")))
                    })
                };
                let emails: Vec<&String> = user.email.iter().filter(is_verified).collect();
                value(json!(emails))
            }
            Self::IdentityProvider { homes, known, .. } if is("externalIdentities") => {
                let only_members = field.argument("membersOnly").and_then(Value::as_bool).unwrap_or(false);
                let is_member = |one: &&ExternalIdentity| {
                    one.login.as_ref().is_some_and(|login| homes.iter().any(|home| home.role(login).is_some()))
                };
                let wanted = known.iter().filter(|one| !only_members || is_member(one));
                connection(field, "ExternalIdentityConnection", wanted.map(Node::ExternalIdentity).collect())
            }
            Self::ExternalIdentity(one) if is("user") => Ok(match &one.login {
                Some(login) => Found::Node(Node::User(login.clone(), None)),
                None => Found::Value(Value::Null),
            }),
            Self::ExternalIdentity(one) if is("samlIdentity") => Ok(Found::Node(Node::SamlAttributes(one))),
            Self::ExternalIdentity(one) if is("scimIdentity") => Ok(match &one.scim_username {
                Some(username) => Found::Node(Node::ScimAttributes(username)),
                None => Found::Value(Value::Null),
            }),
            Self::SamlAttributes(one) if is("nameId") => value(json!(one.name_id)),
            Self::SamlAttributes(_) if is("username") => value(Value::Null),
            Self::SamlAttributes(one) if is("emails") => {
                Ok(Found::Nodes(one.emails.iter().map(|email| Node::Email(email)).collect()))
            }
            Self::ScimAttributes(username) if is("username") => value(json!(username)),
            Self::ScimAttributes(_) if is("emails") => value(Value::Null),
            Self::Email(address) if is("value") => value(json!(address)),
            Self::Connection(page) => page.field(field),
            Self::Edge(node, _) if is("node") => Ok(Found::Node((**node).clone())),
            Self::Edge(_, at) if is("cursor") => value(json!(cursor(at + 1))),
            Self::Edge(node, _) if is("role") && matches!(**node, Node::User(_, Some(_))) => {
                let is_owner = matches!(**node, Node::User(_, Some(Role::Owner)));
                value(json!(if is_owner { "ADMIN" } else { "MEMBER" }))
            }
            Self::PageInfo { end, total, .. } if is("hasNextPage") => value(json!(end < total)),
            Self::PageInfo { start, .. } if is("hasPreviousPage") => value(json!(*start > 0)),
            Self::PageInfo { end, start, .. } if is("endCursor") => value(json!((end > start).then(|| cursor(*end)))),
            Self::PageInfo { end, start, .. } if is("startCursor") => {
                value(json!((end > start).then(|| cursor(*start + 1))))
            }
            _ => Err(unknown(self, field)),
        }
    }
}

fn unknown(node: &Node<'_>, field: &Field) -> Fault {
    ("undefinedField", format!("Field '{}' doesn't exist on type '{}'", field.name, node.kind()))
}

fn root<'w>(field: &Field, world: &'w World, ask: &Ask<'_>) -> Result<Found<'w>, Fault> {
    let none = |kind: &str, by: &str| ("NOT_FOUND", format!("Could not resolve to {kind} with the {by}."));
    match field.name.as_str() {
        "viewer" => Ok(Found::Node(Node::Viewer)),
        "rateLimit" => Ok(Found::Node(Node::RateLimit)),
        "organization" => {
            let login = field.text("login");
            let found = world.organisations.get(login).filter(|home| ask.sign_in.sees(world, home));
            let found = found.ok_or_else(|| none("an Organization", &format!("login of '{login}'")))?;
            Ok(Found::Node(Node::Organisation(found)))
        }
        "repository" => {
            let (owner, name) = (field.text("owner"), field.text("name"));
            let home = world.organisations.get(owner);
            // An old name leads to where the repository is now, without a word about it.
            let moved = world.moved.get(&format!("{owner}/{name}")).and_then(|id| world.repository_of_id(*id));
            let found = home.and_then(|home| Some((home, home.repository(name)?))).or(moved);
            let seen = found.filter(|(home, repository)| ask.sign_in.sees_repository(world, home, repository));
            let (home, repository) = seen.ok_or_else(|| none("a Repository", &format!("name '{owner}/{name}'")))?;
            Ok(Found::Node(Node::Repository(home, repository)))
        }
        "enterprise" => {
            let slug = field.text("slug");
            let found = world.enterprises.get_key_value(slug).filter(|_| ask.sign_in.may_read_enterprises());
            let (slug, found) = found.ok_or_else(|| none("a Business", &format!("URL slug of '{slug}'")))?;
            Ok(Found::Node(Node::Enterprise(slug, found)))
        }
        // Of all that has an id, rulesets alone.
        "nodes" => {
            let ids = field.argument("ids").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
            Ok(Found::Nodes(ids.iter().filter_map(|id| ruleset(id.as_str()?, world, ask)).map(Node::Ruleset).collect()))
        }
        _ => Err(unknown(&Node::Query, field)),
    }
}

fn ruleset<'w>(id: &str, world: &'w World, ask: &Ask<'_>) -> Option<&'w Ruleset> {
    let id: u64 = id.strip_prefix("RRS_")?.parse().ok()?;
    let homes = world.organisations.values();
    let all = homes.flat_map(|home| home.repositories.iter().map(move |repository| (home, repository)));
    let seen = all.filter(|(home, repository)| ask.sign_in.sees_repository(world, home, repository));
    seen.flat_map(|(_, repository)| &repository.rulesets).find(|ruleset| ruleset.id == id)
}

fn organisation<'w>(
    home: &'w Organisation,
    field: &Field,
    world: &'w World,
    ask: &Ask<'_>,
) -> Result<Found<'w>, Fault> {
    let value = |value: Value| Ok(Found::Value(value));
    match field.name.as_str() {
        "id" => value(json!(format!("O_{}", home.id))),
        "databaseId" => value(json!(home.id)),
        "login" | "name" => value(json!(home.login)),
        "url" => value(json!(format!("https://github.com/{}", home.login))),
        "repositories" => {
            let visible = home.repositories.iter().filter(|one| ask.sign_in.sees_repository(world, home, one));
            let wanted =
                |name: &str, is: bool| field.argument(name).and_then(Value::as_bool).is_none_or(|wanted| wanted == is);
            let wanted = visible.filter(|one| wanted("isArchived", one.archived) && wanted("isFork", one.fork));
            connection(field, "RepositoryConnection", wanted.map(|one| Node::Repository(home, one)).collect())
        }
        "membersWithRole" => {
            let members = Needs::member("members", &["read:org"]).check(world, ask.sign_in, Some(home));
            members.map_err(|_| forbidden())?;
            let all = home.members.iter().map(|member| Node::User(member.login.clone(), Some(member.role)));
            connection(field, "OrganizationMemberConnection", all.collect())
        }
        "viewerCanAdminister" => value(json!(is_owner(home, ask))),
        "samlIdentityProvider" => identity_provider(home, world, ask),
        _ => Err(unknown(&Node::Organisation(home), field)),
    }
}

fn provider<'w>(enterprise: &'w Enterprise, world: &'w World, of: &'static str, is_there: bool) -> Found<'w> {
    let homes = enterprise.organisations.iter().filter_map(|login| world.organisations.get(login)).collect();
    match &enterprise.external_identities {
        Some(known) if is_there => Found::Node(Node::IdentityProvider { of, homes, known }),
        _ => Found::Value(Value::Null),
    }
}

fn is_owner(home: &Organisation, ask: &Ask<'_>) -> bool {
    ask.sign_in.login().is_some_and(|login| home.role(login) == Some(Role::Owner))
}

/// Shown to owners and to Apps that read members; to others, and where there is none, it is null without a word.
/// <https://docs.github.com/en/graphql/reference/objects#organization>, seen 2026-11-27.
fn identity_provider<'w>(home: &'w Organisation, world: &'w World, ask: &Ask<'_>) -> Result<Found<'w>, Fault> {
    let checked = Needs::owner("members", &["read:org"]).check(world, ask.sign_in, Some(home));
    match (checked, &home.external_identities) {
        (Err(Deny::NotFound), _) => {
            let message = "Your token has not been granted the required scopes to execute this query.";
            Err(("INSUFFICIENT_SCOPES", message.to_owned()))
        }
        (Err(Deny::TokenNotAccessible), _) => Err(forbidden()),
        (Ok(()), Some(known)) => {
            Ok(Found::Node(Node::IdentityProvider { of: "OrganizationIdentityProvider", homes: vec![home], known }))
        }
        _ => Ok(Found::Value(Value::Null)),
    }
}

fn forbidden() -> Fault {
    ("FORBIDDEN", "Resource not accessible by integration".to_owned())
}

fn repository_field<'w>(
    home: &'w Organisation,
    repository: &'w Repository,
    field: &Field,
    world: &'w World,
    ask: &Ask<'_>,
) -> Result<Found<'w>, Fault> {
    let value = |value: Value| Ok(Found::Value(value));
    let full_name = format!("{}/{}", home.login, repository.name);
    match field.name.as_str() {
        "id" => value(json!(format!("R_{}", repository.id))),
        "databaseId" => value(json!(repository.id)),
        "name" => value(json!(repository.name)),
        "nameWithOwner" => value(json!(full_name)),
        "owner" => Ok(Found::Node(Node::Owner(home))),
        "url" => value(json!(format!("https://github.com/{full_name}"))),
        "isArchived" => value(json!(repository.archived)),
        "isDisabled" => value(json!(repository.disabled)),
        "isFork" => value(json!(repository.fork)),
        "isPrivate" => value(json!(repository.private)),
        "isEmpty" => value(json!(repository.files.is_empty())),
        "visibility" => value(json!(if repository.private { "PRIVATE" } else { "PUBLIC" })),
        "pushedAt" => value(json!(repository.pushed_at)),
        "createdAt" => value(json!("2021-01-01T00:00:00Z")),
        "updatedAt" => value(json!("2026-01-01T00:00:00Z")),
        "defaultBranchRef" | "object" if repository.files.is_empty() => value(Value::Null),
        "defaultBranchRef" => Ok(Found::Node(Node::Branch(repository))),
        "rulesets" => {
            let all = repository.rulesets.iter().map(Node::Ruleset).collect();
            connection(field, "RepositoryRulesetConnection", all)
        }
        "object" | "refs" => match Needs::user("contents", &["repo"]).check(world, ask.sign_in, Some(home)) {
            Ok(()) if repository.disabled => Err(("FORBIDDEN", "Repository access blocked".into())),
            Ok(()) if field.name == "object" => Ok(object(repository, field.text("expression"))),
            Ok(()) => connection(field, "RefConnection", branches(repository, field.text("refPrefix"))),
            Err(Deny::NotFound) => value(Value::Null),
            Err(_) => Err(forbidden()),
        },
        _ => Err(unknown(&Node::Repository(home, repository), field)),
    }
}

/// The branches, by name; there are no tags.
fn branches<'w>(repository: &'w Repository, prefix: &str) -> Vec<Node<'w>> {
    let mut all: Vec<&Repository> = repository.all_branches().filter(|_| prefix == "refs/heads/").collect();
    all.sort_by_key(|branch| &branch.default_branch);
    all.into_iter().map(Node::Branch).collect()
}

/// What `HEAD:path`, the same of another branch or commit, or the digest of a file names.
fn object<'w>(repository: &'w Repository, expression: &str) -> Found<'w> {
    let (revision, path) = expression.split_once(':').map_or((expression, None), |(at, path)| (at, Some(path)));
    let Some(repository) = repository.all_branches().find(|branch| contents::is_head(branch, revision)) else {
        let file = contents::blob_of(repository, expression);
        return file.map_or(Found::Value(Value::Null), |content| Found::Node(Node::Blob(content)));
    };
    match path {
        None => Found::Node(Node::Commit(repository)),
        Some(path) => at_path(repository, path.trim_end_matches('/')),
    }
}

fn at_path<'w>(repository: &'w Repository, path: &str) -> Found<'w> {
    match repository.files.get(path) {
        Some(content) => Found::Node(Node::Blob(content)),
        None if contents::entries(repository, path).is_empty() => Found::Value(Value::Null),
        None => Found::Node(Node::Tree(repository, path.to_owned())),
    }
}

fn entry<'w>(repository: &'w Repository, path: &str, field: &Field) -> Result<Found<'w>, Fault> {
    let content = repository.files.get(path);
    let value = |value: Value| Ok(Found::Value(value));
    match field.name.as_str() {
        "name" => value(json!(path.rsplit('/').next())),
        "path" => value(json!(path)),
        "type" => value(json!(content.map_or(Entry::Folder, |content| Entry::File(content)).kind())),
        "mode" => value(json!(if content.is_some() { 0o100_644 } else { 0o040_000 })),
        "size" => value(json!(content.map_or(0, Vec::len))),
        "oid" => {
            let sha =
                content.map_or_else(|| contents::tree_sha(repository, path), |content| contents::blob_sha(content));
            value(json!(sha))
        }
        "object" => Ok(at_path(repository, path)),
        _ => Err(unknown(&Node::TreeEntry(repository, path.to_owned()), field)),
    }
}

fn blob<'w>(content: &'w [u8], field: &Field) -> Result<Found<'w>, Fault> {
    let text = std::str::from_utf8(content).ok().filter(|text| !text.contains('\0'));
    Ok(Found::Value(match field.name.as_str() {
        "oid" => json!(contents::blob_sha(content)),
        "byteSize" => json!(content.len()),
        "isBinary" => json!(text.is_none()),
        "isTruncated" => json!(content.len() > LONGEST_TEXT),
        "text" => json!(text.map(|text| text.chars().take(LONGEST_TEXT).collect::<String>())),
        _ => return Err(unknown(&Node::Blob(content), field)),
    }))
}

fn cursor(position: usize) -> String {
    format!("Y3Vyc29yOnYyOp{position:06}")
}

/// The page that the field's arguments ask for; without a length it is refused, as GitHub refuses it.
fn connection<'w>(field: &Field, of: &'static str, all: Vec<Node<'w>>) -> Result<Found<'w>, Fault> {
    let name = &field.name;
    let Some(first) = field.argument("first").and_then(Value::as_u64) else {
        return Err((
            "MISSING_PAGINATION_BOUNDARIES",
            format!("You must provide a `first` or `last` value to properly paginate the `{name}` connection."),
        ));
    };
    if first > 100 {
        return Err((
            "EXCESSIVE_PAGINATION",
            format!("Requesting {first} records on the `{name}` connection exceeds the `first` limit of 100 records."),
        ));
    }
    let after = field.text("after");
    let start = match after.strip_prefix("Y3Vyc29yOnYyOp").map(str::parse::<usize>) {
        Some(Ok(position)) => position,
        None if after.is_empty() => 0,
        _ => {
            return Err(("INVALID_CURSOR_ARGUMENTS", format!("`{after}` does not appear to be a valid cursor.")));
        }
    };
    let total = all.len();
    let nodes = all.into_iter().skip(start).take(usize::try_from(first).unwrap_or(100)).collect();
    Ok(Found::Node(Node::Connection(Connection { of, nodes, start, total })))
}

impl<'w> Connection<'w> {
    fn field(&self, field: &Field) -> Result<Found<'w>, Fault> {
        let end = self.start + self.nodes.len();
        match field.name.as_str() {
            "totalCount" => Ok(Found::Value(json!(self.total))),
            "nodes" => Ok(Found::Nodes(self.nodes.clone())),
            "edges" => {
                let edges = self.nodes.iter().enumerate();
                Ok(Found::Nodes(edges.map(|(n, node)| Node::Edge(Box::new(node.clone()), self.start + n)).collect()))
            }
            "pageInfo" => Ok(Found::Node(Node::PageInfo { start: self.start, end, total: self.total })),
            _ => Err(unknown(&Node::Connection(self.clone()), field)),
        }
    }
}
