//! The analyzer: policies come in by name and text, grants come out by principal; what is the same is done once.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::sync::Arc;

use super::assemble::assemble;
use super::compiled::{Compiled, compile};
use super::document::{DocumentKind, PolicyError, parse};
use super::grant::{Grant, On};
use super::{Principal, PrincipalKind};

/// Reads policies and analyses principals. One serves an account's whole listing.
#[derive(Debug, Default)]
pub struct Analyzer {
    policies: Vec<Named>,
    by_name_and_text: HashMap<(Arc<str>, TextKey), PolicyId>,
    by_text: HashMap<TextKey, Arc<Compiled>>,
    by_policies: HashMap<(PrincipalKind, Vec<PolicyId>, Option<PolicyId>), Arc<Analysis>>,
    /// Random, so that no text can be made to collide with another.
    hashers: [RandomState; 2],
}

/// A policy that an [`Analyzer`] has read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PolicyId(u32);

/// What a principal's policies let it do.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Analysis {
    /// The grants, the highest level first.
    pub grants: Vec<Grant>,
    /// The ARNs (or patterns of ARNs) of roles that its policies let it assume; whether the role trusts it is the
    /// role's to say. [`On::Everything`]: any.
    pub may_assume: Vec<On>,
}

#[derive(Debug)]
pub(super) struct Named {
    pub(super) name: Arc<str>,
    pub(super) compiled: Arc<Compiled>,
}

/// 128 bits of a text: as good as the text itself, and it need not be kept.
type TextKey = (u64, u64);

impl Analyzer {
    /// An analyzer that has read nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads a policy, unless the same text was read before. `name` is how people know it.
    ///
    /// # Errors
    /// When the text is not an identity policy; nothing is kept of it.
    pub fn policy(&mut self, name: &str, text: &str) -> Result<PolicyId, PolicyError> {
        let text_key = (self.hashers[0].hash_one(text), self.hashers[1].hash_one(text));
        let key = (Arc::from(name), text_key);
        if let Some(&id) = self.by_name_and_text.get(&key) {
            return Ok(id);
        }
        let compiled = match self.by_text.get(&text_key) {
            Some(compiled) => Arc::clone(compiled),
            None => {
                let compiled = Arc::new(compile(&parse(text, DocumentKind::Identity)?));
                self.by_text.insert(text_key, Arc::clone(&compiled));
                compiled
            }
        };
        let id = PolicyId(u32::try_from(self.policies.len()).expect("an account has fewer policies than 2^32"));
        self.policies.push(Named { name: Arc::clone(&key.0), compiled });
        self.by_name_and_text.insert(key, id);
        Ok(id)
    }

    /// Analyses a principal, unless one with the same policies was analysed before and nothing in them depends on who
    /// has them.
    pub fn analyze(&mut self, principal: &Principal<'_>) -> Arc<Analysis> {
        let mut ids = principal.policies.to_vec();
        ids.sort_unstable();
        ids.dedup();
        let named: Vec<&Named> = ids.iter().map(|id| self.named(*id)).collect();
        let boundary = principal.boundary.map(|id| self.named(id));
        let depends = named.iter().chain(&boundary).any(|policy| policy.compiled.depends_on_principal);
        let key = (principal.kind, ids.clone(), principal.boundary);
        if !depends && let Some(known) = self.by_policies.get(&key) {
            return Arc::clone(known);
        }
        let analysis = Arc::new(assemble(principal, &named, boundary));
        if !depends {
            self.by_policies.insert(key, Arc::clone(&analysis));
        }
        analysis
    }

    fn named(&self, id: PolicyId) -> &Named {
        self.policies.get(id.0 as usize).expect("ids are given out by this analyzer only")
    }
}
