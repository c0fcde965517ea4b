//! Keyed fingerprints of secret values: two places with the same secret can be seen to have the same one, and nothing
//! else can be learned from a fingerprint without the installation's key.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use zeroize::Zeroizing;

/// The installation's random key. It lives in a file of its own (0600), never in the database or in an export.
#[derive(Clone)]
pub struct FingerprintKey(Zeroizing<[u8; 32]>);

impl FingerprintKey {
    /// The key from its stored bytes.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// A new random key.
    ///
    /// # Errors
    /// When the operating system has no randomness to give.
    pub fn generate() -> std::io::Result<Self> {
        let mut bytes = Zeroizing::new([0u8; 32]);
        getrandom::fill(bytes.as_mut()).map_err(|e| std::io::Error::other(e.to_string()))?;
        Ok(Self(bytes))
    }

    /// The bytes to store.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The fingerprint of a value. `family` names the kind of secret, not the rule that found it, so that the same
    /// key found by two rules matches.
    pub fn fingerprint(&self, family: &str, value: &[u8]) -> Fingerprint {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.0.as_ref()).expect("HMAC takes a key of any length");
        mac.update(b"whosekey-fp/1\0");
        mac.update(family.as_bytes());
        mac.update(b"\0");
        mac.update(value);
        let digest = mac.finalize().into_bytes();
        Fingerprint(URL_SAFE_NO_PAD.encode(&digest[..16]))
    }
}

impl std::fmt::Debug for FingerprintKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FingerprintKey")
    }
}

/// 128 bits of a keyed hash, in URL-safe base64.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint(String);

impl Fingerprint {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depends_on_key_family_and_value() {
        let a = FingerprintKey::from_bytes([1; 32]);
        let b = FingerprintKey::from_bytes([2; 32]);
        assert_eq!(a.fingerprint("github", b"v"), a.fingerprint("github", b"v"));
        assert_ne!(a.fingerprint("github", b"v"), b.fingerprint("github", b"v"));
        assert_ne!(a.fingerprint("github", b"v"), a.fingerprint("openai", b"v"));
        assert_ne!(a.fingerprint("github", b"v"), a.fingerprint("github", b"w"));
    }
}
