//! Fingerprints of what people may have chosen themselves: passwords and connection strings.
//!
//! A keyed hash of a generated token gives nothing away. A password has so few bits that who has the database and the
//! installation's key could try guesses by the million; so its fingerprint goes through Argon2id, which makes each guess
//! cost what it costs us. The account that the password is for is the salt: the same account's password matches
//! wherever it stands, and equal passwords of two accounts do not.
//!
//! Because it is slow it is done late: only for what ends in a record, once for each value, in the order of the files.
//! Until then a credential carries [`Weak`], a keyed digest that is in memory only and goes into no record.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use argon2::{Algorithm, Argon2, Block, Params, Version};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use whosekey_sdk::FingerprintKey;

/// What a weak secret's fingerprint will be made from.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Weak {
    digest: String,
    salt: String,
}

impl std::fmt::Debug for Weak {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Weak")
    }
}

impl Weak {
    /// A password of an account, which may not be known.
    pub(crate) fn new(key: &FingerprintKey, account: &[u8], password: &[u8]) -> Self {
        Self {
            digest: key.fingerprint("weak", password).as_str().to_owned(),
            salt: key.fingerprint("weak-salt", account).as_str().to_owned(),
        }
    }

    /// Tells equal ones apart from others within one file; never told.
    pub(crate) fn provisional_id(&self) -> String {
        format!("secret:weak/{}{}", self.digest, self.salt)
    }
}

/// Distinct weak secrets that one scan makes fingerprints of: a dozen seconds of one core.
pub(crate) const MAX_WEAK: usize = 400;

/// Memory in KiB and passes, the least that OWASP's password storage recommends for Argon2id.
const MEMORY: u32 = 19 * 1024;
const PASSES: u32 = 2;

/// Makes fingerprints, each value's once.
pub(crate) struct Stretcher {
    known: RefCell<BTreeMap<Weak, String>>,
    memory: RefCell<Vec<Block>>,
    limit: usize,
    beyond: Cell<usize>,
}

impl Stretcher {
    pub(crate) fn new(limit: usize) -> Self {
        Self { known: RefCell::default(), memory: RefCell::default(), limit, beyond: Cell::new(0) }
    }

    /// The fingerprint; `None` when there were too many already.
    pub(crate) fn fingerprint(&self, weak: &Weak) -> Option<String> {
        let mut known = self.known.borrow_mut();
        if let Some(fingerprint) = known.get(weak) {
            return Some(fingerprint.clone());
        }
        if known.len() >= self.limit {
            self.beyond.set(self.beyond.get() + 1);
            return None;
        }
        let mut out = [0u8; 16];
        let params = Params::new(MEMORY, PASSES, 1, Some(out.len())).expect("the parameters are within their limits");
        let mut memory = self.memory.borrow_mut();
        memory.resize(params.block_count(), Block::default());
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into_with_memory(
                weak.digest.as_bytes(),
                weak.salt.as_bytes(),
                &mut out,
                memory.as_mut_slice(),
            )
            .expect("digest and salt are of a length that Argon2 takes");
        let fingerprint = URL_SAFE_NO_PAD.encode(out);
        known.insert(weak.clone(), fingerprint.clone());
        Some(fingerprint)
    }

    /// Places that were left without a fingerprint.
    pub(crate) fn beyond(&self) -> usize {
        self.beyond.get()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_depends_on_key_account_and_password_and_is_made_once() {
        let key = |byte| FingerprintKey::from_bytes([byte; 32]);
        let stretcher = Stretcher::new(4);
        let of = |key: &FingerprintKey, account: &str, password: &str| {
            stretcher.fingerprint(&Weak::new(key, account.as_bytes(), password.as_bytes())).unwrap()
        };
        let one = of(&key(1), "app@db", "hunter2");
        assert_eq!(of(&key(1), "app@db", "hunter2"), one);
        let others =
            [of(&key(1), "crm@db", "hunter2"), of(&key(1), "app@db", "hunter3"), of(&key(2), "app@db", "hunter2")];
        assert!(!others.contains(&one));
        assert_eq!(stretcher.fingerprint(&Weak::new(&key(1), b"x", b"y")), None, "four are the limit");
        assert_eq!(of(&key(1), "app@db", "hunter2"), one, "what is known already is still told");
        assert_eq!(stretcher.beyond(), 1);
    }
}
