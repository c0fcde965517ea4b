//! An account of a given size.

use serde::{Deserialize, Serialize};

use super::{Moto, PART};
use crate::PartError;

const SEED: &str = include_str!("../../python/moto_seed.py");

/// How many of each to make. Users are `user-00000` …, tagged with an owner three times in four, each with a policy
/// attached; roles are `role-00000` …, trusted by Lambda.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Seed {
    /// IAM users.
    pub users: usize,
    /// How many of them have an access key: the first ones.
    pub users_with_keys: usize,
    /// IAM roles.
    pub roles: usize,
    /// Managed policies of the account's own.
    pub policies: usize,
}

impl Default for Seed {
    /// The account that requests, time and memory are measured with: 1,000 users, half with a key, 500 roles, 200
    /// policies. Takes about ten seconds.
    fn default() -> Self {
        Self { users: 1000, users_with_keys: 500, roles: 500, policies: 200 }
    }
}

/// What was made.
#[derive(Debug, Clone, Deserialize)]
pub struct Seeded {
    /// The account's number.
    pub account: String,
    /// The access keys' ids.
    pub access_keys: Vec<String>,
    /// The roles' names.
    pub roles: Vec<String>,
    /// The policies' ARNs.
    pub policies: Vec<String>,
}

impl Moto {
    /// Makes these in the account, through its API.
    ///
    /// # Errors
    /// When a call is refused: a name is taken, or IAM is enforced.
    pub fn seed(&self, seed: &Seed) -> Result<Seeded, PartError> {
        let plan = serde_json::to_string(seed).expect("four numbers");
        let printed = self.script(SEED, &[&plan])?;
        serde_json::from_str(&printed).map_err(|error| PartError::Answer {
            part: PART,
            request: "seeding".into(),
            answer: error.to_string(),
        })
    }
}
