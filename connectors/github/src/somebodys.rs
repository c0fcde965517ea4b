//! Tokens of GitHub that stand in files: each is somebody's, and who that is stands in GitHub's lists of tokens alone.
//! Where those are not shown, or do not say which entry a value belongs to, the owner is somebody whom nothing resolves,
//! and not nobody.

use async_trait::async_trait;
use whosekey_sdk::{Alias, Entity, Evidence, Issue, Link, LinkKind, OwnerRole, Record, Sink, Stopped};

use crate::api::sign_in::Caller;
use crate::audit_log::HASHED_TOKEN;
use crate::gates::plan_without_both;
use crate::place::Place;

/// How a file's secret is called that is a fine-grained token.
const FINE_GRAINED: &str = "github-fine-grained-token";

/// Hands records on, and says of tokens among them that somebody owns them.
pub(crate) struct Tokens<'o> {
    out: &'o mut dyn Sink,
    meets_entries: bool,
}

impl<'o> Tokens<'o> {
    /// Hands on to this sink what is told of this organisation.
    pub(crate) fn told_by(place: &Place, out: &'o mut dyn Sink) -> Self {
        // The audit log says which fine-grained token has which hash. Of classic ones nothing does.
        let meets_entries = place.caller != Caller::Person && plan_without_both(place).is_none();
        Self { out, meets_entries }
    }

    fn owner_of(&self, entity: &Entity) -> Option<Record> {
        let hash = entity.aliases.iter().find_map(|alias| alias.as_str().strip_prefix(HASHED_TOKEN))?;
        let is_fine_grained = entity.attributes.get("rule").is_some_and(|rule| rule == FINE_GRAINED);
        if is_fine_grained && self.meets_entries {
            return None;
        }
        let owner = Alias::new(format!("github:owner-of-hashed-token/{hash}"));
        let because = "GitHub (each token is somebody's there)";
        let link = Link::new(&entity.id, LinkKind::OwnedBy, owner, Evidence::Inferred, because).role(OwnerRole::Owner);
        Some(link.into())
    }
}

#[async_trait]
impl Sink for Tokens<'_> {
    async fn page(&mut self, mut records: Vec<Record>) -> Result<(), Stopped> {
        let entities = records.iter().filter_map(|record| match record {
            Record::Entity(entity) => self.owner_of(entity),
            _ => None,
        });
        let owners: Vec<Record> = entities.collect();
        records.extend(owners);
        self.out.page(records).await
    }

    fn issue(&mut self, issue: Issue) {
        self.out.issue(issue);
    }

    fn requests(&mut self, count: u64) {
        self.out.requests(count);
    }
}
