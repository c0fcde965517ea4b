//! The public key of a private one: the same key in PKCS#1, PKCS#8, SEC1 and OpenSSH's own format has the same.
//!
//! What is encrypted, shorter than any library accepts, or no key at all has none; but OpenSSH writes the public part
//! of an encrypted key in the open.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, ECDSA_P521_SHA512_ASN1_SIGNING, EcdsaKeyPair,
    Ed25519KeyPair, KeyPair as _, RsaKeyPair,
};

/// The public key that belongs to a private key's DER or OpenSSH bytes. RSA: the DER of PKCS#1; curves: the point.
pub(crate) fn public_key(private: &[u8]) -> Option<Vec<u8>> {
    if let Some(rest) = private.strip_prefix(b"openssh-key-v1\0") {
        return openssh(rest);
    }
    if let Ok(pair) = RsaKeyPair::from_pkcs8(private).or_else(|_| RsaKeyPair::from_der(private)) {
        return Some(pair.public_key().as_ref().to_vec());
    }
    if let Ok(pair) = Ed25519KeyPair::from_pkcs8_maybe_unchecked(private) {
        return Some(pair.public_key().as_ref().to_vec());
    }
    [&ECDSA_P256_SHA256_ASN1_SIGNING, &ECDSA_P384_SHA384_ASN1_SIGNING, &ECDSA_P521_SHA512_ASN1_SIGNING]
        .into_iter()
        .find_map(|curve| EcdsaKeyPair::from_private_key_der(curve, private).ok())
        .map(|pair| pair.public_key().as_ref().to_vec())
}

/// What follows the magic: cipher, derivation, its options, the number of keys, then the first public key.
fn openssh(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut rest = bytes;
    for _ in 0..3 {
        take(&mut rest)?;
    }
    rest = rest.get(4..)?;
    let mut key = take(&mut rest)?;
    match take(&mut key)? {
        b"ssh-rsa" => {
            let exponent = take(&mut key)?;
            Some(rsa_der(take(&mut key)?, exponent))
        }
        b"ssh-ed25519" => Some(take(&mut key)?.to_vec()),
        kind if kind.starts_with(b"ecdsa-sha2-") => {
            take(&mut key)?;
            Some(take(&mut key)?.to_vec())
        }
        _ => None,
    }
}

/// A string of the SSH protocol: four bytes of length, then as many bytes.
fn take<'b>(rest: &mut &'b [u8]) -> Option<&'b [u8]> {
    let (length, after) = rest.split_first_chunk::<4>()?;
    let (text, after) = after.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
    *rest = after;
    Some(text)
}

/// `RSAPublicKey` of RFC 8017: a sequence of two integers, which both formats write with the same bytes.
fn rsa_der(modulus: &[u8], exponent: &[u8]) -> Vec<u8> {
    let mut inner = element(0x02, modulus);
    inner.extend(element(0x02, exponent));
    element(0x30, &inner)
}

fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut bytes = vec![tag];
    let length = content.len().to_be_bytes();
    let length = &length[length.iter().position(|byte| *byte != 0).unwrap_or(length.len() - 1)..];
    if content.len() >= 0x80 {
        bytes.push(0x80 | u8::try_from(length.len()).expect("a length has at most eight bytes"));
    }
    bytes.extend_from_slice(length);
    bytes.extend_from_slice(content);
    bytes
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::encoding::{AsDer as _, EcPrivateKeyRfc5915Der, Pkcs8V1Der};
    use aws_lc_rs::rsa::{KeyPair, KeySize};
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    use super::*;
    use crate::secrets::pem::normalised;

    fn pem(label: &str, der: &[u8]) -> String {
        let text = STANDARD.encode(der);
        let lines: Vec<&str> = text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
        format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
    }

    fn string(bytes: &[u8]) -> Vec<u8> {
        [&u32::try_from(bytes.len()).unwrap().to_be_bytes()[..], bytes].concat()
    }

    /// As ssh-keygen writes it; the private part is locked, so that only the public one can be read.
    fn openssh(public: &[Vec<u8>]) -> String {
        let key: Vec<u8> = public.iter().flat_map(|part| string(part)).collect();
        let head = [string(b"aes256-ctr"), string(b"bcrypt"), string(b"salt"), vec![0, 0, 0, 1]].concat();
        pem("OPENSSH PRIVATE KEY", &[b"openssh-key-v1\0".to_vec(), head, string(&key), string(&[7; 64])].concat())
    }

    #[test]
    fn an_rsa_key_is_the_same_in_three_encodings() {
        let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
        let pkcs8: Pkcs8V1Der<'_> = pair.as_der().unwrap();
        let pkcs8 = pkcs8.as_ref();
        // PKCS#8 has PKCS#1 in it, behind 26 bytes for a key of this size.
        let pkcs1 = &pkcs8[26..];
        assert_eq!(pkcs1[0], 0x30);
        // The public key's DER: a sequence of 2048 bits with a leading zero, and of the exponent.
        let public = pair.public_key().as_ref();
        let (modulus, exponent) = (public[8..8 + 257].to_vec(), public[8 + 257 + 2..].to_vec());
        let ssh = openssh(&[b"ssh-rsa".to_vec(), exponent, modulus]);
        let one = normalised(&pem("PRIVATE KEY", pkcs8));
        assert_eq!(one, public);
        assert_eq!(normalised(&pem("RSA PRIVATE KEY", pkcs1)), one);
        assert_eq!(normalised(&pem("RSA PRIVATE KEY", pkcs1).replace('\n', "\\n")), one, "within a string of JSON");
        assert_eq!(normalised(&ssh), one);
    }

    #[test]
    fn a_curves_key_is_the_same_in_three_encodings() {
        let pair = EcdsaKeyPair::generate(&ECDSA_P384_SHA384_ASN1_SIGNING).unwrap();
        let pkcs8 = pair.to_pkcs8v1().unwrap();
        let sec1: EcPrivateKeyRfc5915Der<'_> = pair.private_key().as_der().unwrap();
        let point = pair.public_key().as_ref().to_vec();
        let one = normalised(&pem("PRIVATE KEY", pkcs8.as_ref()));
        assert_eq!(one, point);
        assert_eq!(normalised(&pem("EC PRIVATE KEY", sec1.as_ref())), one);
        assert_eq!(normalised(&openssh(&[b"ecdsa-sha2-nistp384".to_vec(), b"nistp384".to_vec(), point])), one);
    }

    #[test]
    fn an_ed25519_key_is_the_same_in_two_encodings_and_what_is_no_key_is_its_text() {
        let pair = Ed25519KeyPair::generate().unwrap();
        let pkcs8 = pair.to_pkcs8v1().unwrap();
        let public = pair.public_key().as_ref().to_vec();
        assert_eq!(normalised(&pem("PRIVATE KEY", pkcs8.as_ref())), public);
        assert_eq!(normalised(&openssh(&[b"ssh-ed25519".to_vec(), public.clone()])), public);
        let nothing = pem("PRIVATE KEY", &[5; 90]);
        assert_eq!(normalised(&nothing), STANDARD.encode([5; 90]).into_bytes());
        assert_eq!(public_key(b"openssh-key-v1\0\xff\xff\xff\xff"), None);
    }
}
