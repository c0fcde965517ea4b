//! Recordings in the connector protocol, and short ways to say what is in them.

use whosekey_sdk::protocol::Line;
use whosekey_sdk::{
    AccessLevel, EndRef, Entity, Evidence, Fact, Issue, IssueKind, Kind, Link, LinkKind, OwnerRole, Record, Timestamp,
};

/// How a recorded scope ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Done,
    Cut,
}

/// A scope and what its connector said.
#[derive(Debug, Clone)]
pub(super) struct Scope {
    name: String,
    covers: Vec<String>,
    records: Vec<Record>,
    issues: Vec<Issue>,
    end: End,
}

impl Scope {
    pub(super) fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), covers: Vec::new(), records: Vec::new(), issues: Vec::new(), end: End::Done }
    }

    /// This is *the* listing of what starts so.
    pub(super) fn covering(mut self, prefix: impl Into<String>) -> Self {
        self.covers.push(prefix.into());
        self
    }

    /// With an issue: it was not seen whole.
    pub(super) fn issue(mut self, kind: IssueKind, message: &str) -> Self {
        self.issues.push(Issue::new(kind, message));
        self
    }

    /// It broke off before its end.
    pub(super) fn cut(mut self) -> Self {
        self.end = End::Cut;
        self
    }

    /// Adds an entity; gives its id for links.
    pub(super) fn add(&mut self, entity: Entity) -> String {
        let id = entity.id.to_string();
        self.records.push(entity.into());
        id
    }

    /// Adds a link that the platform's API shows.
    pub(super) fn proven(&mut self, from: &str, kind: LinkKind, to: &str, because: &str) {
        self.link(Link::new(from, kind, to, Evidence::Proven, because));
    }

    /// Adds an owner that a tag, label or file declares: an email, or `team:…`, `owner:…`, `login:…`.
    pub(super) fn owned_by(&mut self, what: &str, owner: &str, because: &str) {
        let end = if owner.contains('@') { format!("email:{owner}") } else { owner.to_owned() };
        let role = if owner.contains('@') || owner.starts_with("login:") { OwnerRole::Owner } else { OwnerRole::Team };
        let link = Link::new(what, LinkKind::OwnedBy, EndRef::from(end), Evidence::Declared, because);
        self.link(link.role(role));
    }

    /// Adds what an identity can reach.
    pub(super) fn can_access(&mut self, identity: &str, resource: &str, level: AccessLevel, policy: &str) {
        let link = Link::new(identity, LinkKind::CanAccess, resource, Evidence::Proven, format!("policy {policy}"));
        self.link(link.level(level).attribute("policy", policy));
    }

    pub(super) fn link(&mut self, link: Link) {
        self.records.push(link.into());
    }

    #[cfg(test)]
    pub(super) fn entity_ids(&self) -> Vec<String> {
        let id = |record: &Record| if let Record::Entity(entity) = record { Some(entity.id.to_string()) } else { None };
        self.records.iter().filter_map(id).collect()
    }
}

/// The recording of these scopes, one line of JSON for each thing said.
pub(super) fn render(scopes: &[Scope]) -> String {
    let mut lines = vec![Line::Collect { collect: "*".into() }];
    let listed =
        |scope: &Scope| Line::Scope { scope: scope.name.clone(), covers: scope.covers.clone(), forgets: false };
    lines.extend(scopes.iter().map(listed));
    lines.push(Line::Done { done: true });
    for scope in scopes {
        lines.push(Line::Collect { collect: scope.name.clone() });
        lines.extend(scope.records.iter().map(|record| Line::Record { record: record.clone() }));
        lines.extend(scope.issues.iter().map(|issue| Line::Issue { issue: issue.clone() }));
        if scope.end == End::Done {
            lines.push(Line::Done { done: true });
        }
    }
    let text = |line: &Line| serde_json::to_string(line).expect("a protocol line is JSON") + "\n";
    lines.iter().map(text).collect()
}

/// Facts of an entity, by day.
pub(super) trait Facts: Sized {
    fn created(self, day: &str) -> Self;
    fn used(self, day: &str) -> Self;
    fn never_used(self) -> Self;
    fn use_denied(self) -> Self;
    fn tracked_since(self, day: &str) -> Self;
    fn expires(self, day: &str) -> Self;
    fn never_expires(self) -> Self;
    fn on(self) -> Self;
    fn off(self) -> Self;
    fn environment(self, environment: &str) -> Self;
}

fn day(day: &str) -> Timestamp {
    format!("{day}T08:00:00Z").parse().expect("a day of the estate is written YYYY-MM-DD")
}

impl Facts for Entity {
    fn created(mut self, on: &str) -> Self {
        self.created_at = Fact::Known(day(on));
        self
    }

    fn used(mut self, on: &str) -> Self {
        self.last_used_at = Fact::Known(Some(day(on)));
        self
    }

    fn never_used(mut self) -> Self {
        self.last_used_at = Fact::Known(None);
        self
    }

    fn use_denied(mut self) -> Self {
        self.last_used_at = Fact::Denied;
        self
    }

    fn tracked_since(mut self, on: &str) -> Self {
        self.use_tracked_since = Fact::Known(day(on));
        self
    }

    fn expires(mut self, on: &str) -> Self {
        self.expires_at = Fact::Known(Some(day(on)));
        self
    }

    fn never_expires(mut self) -> Self {
        self.expires_at = Fact::Known(None);
        self
    }

    fn on(mut self) -> Self {
        self.enabled = Fact::Known(true);
        self
    }

    fn off(mut self) -> Self {
        self.enabled = Fact::Known(false);
        self
    }

    fn environment(self, environment: &str) -> Self {
        self.attribute("environment", environment)
    }
}

/// An entity of this kind and type.
pub(super) fn entity(kind: Kind, type_name: &str, id: &str, name: &str) -> Entity {
    Entity::new(id, kind, type_name, name)
}
