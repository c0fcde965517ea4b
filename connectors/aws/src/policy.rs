//! What IAM policies let their principals do, and whom roles trust: pure functions over policy documents.
//!
//! [`Analyzer`] reads each distinct document once and each distinct set of documents once, so that an account of a
//! hundred thousand principals costs little more than its distinct policies. It honours `Effect`, `Action` and
//! `NotAction`, `Resource` and `NotResource`, `Deny`, permission boundaries and, as reasons for doubt, conditions.
//!
//! What it does not know: service control policies and resource policies of other accounts (it may say more than an
//! organisation lets happen), session policies, the values that conditions will meet, and what exists in the account.
//! It names no AWS SDK type; documents come in as text.

mod analyzer;
mod assemble;
mod broad;
mod catalog;
mod combinations;
mod compiled;
mod document;
mod effective;
mod escalations;
mod grant;
mod links;
mod pattern;
mod resources;
mod trust;

pub use analyzer::{Analysis, Analyzer, PolicyId};
pub use document::PolicyError;
pub use escalations::{ESCALATIONS, Escalation, Way};
pub use grant::{Confidence, Grant, On};
pub use links::{access_links, assume_links, trust_links};
pub use trust::{Limit, Provider, Subject, Trust, TrustedSubject};

/// A principal with its policies.
#[derive(Debug, Clone, Copy)]
pub struct Principal<'a> {
    /// What it is.
    pub kind: PrincipalKind,
    /// Its ARN.
    pub arn: &'a str,
    /// The policies that apply to it: inline, attached, and through its groups.
    pub policies: &'a [PolicyId],
    /// Its permission boundary.
    pub boundary: Option<PolicyId>,
    /// The ARNs of the groups that it is in.
    pub groups: &'a [&'a str],
    /// The ARNs of the managed policies among its policies: by changing one it changes its own rights.
    pub managed_policies: &'a [&'a str],
}

/// The kinds of principal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PrincipalKind {
    /// An IAM user.
    User,
    /// An IAM role.
    Role,
}
