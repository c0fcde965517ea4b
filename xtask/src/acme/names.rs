//! Ids as the platforms make them, derived from names instead of chance.

/// The account of the company's production.
pub(super) const PROD: &str = "000000000000";
/// The account where people try things.
pub(super) const SANDBOX: &str = "000000000001";

const BASE32: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const BASE62: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// Numbers that depend on the seed alone: FNV-1a over the seed, then splitmix64.
fn numbers(seed: &str) -> impl Iterator<Item = u64> {
    let hash = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    let mut state = seed.bytes().fold(0xcbf2_9ce4_8422_2325, hash);
    std::iter::repeat_with(move || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    })
}

fn letters(seed: &str, alphabet: &[u8], length: usize) -> String {
    let size = u64::try_from(alphabet.len()).expect("an alphabet is short");
    let pick = |number: u64| char::from(alphabet[usize::try_from(number % size).expect("below the alphabet's size")]);
    numbers(seed).take(length).map(pick).collect()
}

/// `aws:AIDA…`: an IAM user.
pub(super) fn user(account: &str, name: &str) -> String {
    format!("aws:AIDA{}", letters(&format!("user {account} {name}"), BASE32, 17))
}

/// `aws:AROA…`: an IAM role.
pub(super) fn role(account: &str, name: &str) -> String {
    format!("aws:AROA{}", letters(&format!("role {account} {name}"), BASE32, 17))
}

/// `AKIA…`: an access key id. Its letters hold the account's number, as real ones do.
pub(super) fn access_key_id(account: &str, name: &str) -> String {
    let account_number: u64 = account.parse().expect("an account is twelve digits");
    // Fifty bits in ten letters: a one, forty bits of account, nine others.
    let bits = (1 << 49) | (account_number << 9);
    let letter = |at: u32| char::from(BASE32[usize::try_from((bits >> (45 - 5 * at)) & 31).expect("below 32")]);
    let head: String = (0..10).map(letter).collect();
    format!("AKIA{head}{}", letters(&format!("key {account} {name}"), BASE32, 6))
}

/// Forty letters where a secret stands: invented like everything else, and of no account.
pub(super) fn secret(name: &str) -> String {
    letters(&format!("secret {name}"), BASE62, 40)
}

/// The ARN of something in IAM: `user/ci`.
pub(super) fn iam_arn(account: &str, what: &str) -> String {
    format!("arn:aws:iam::{account}:{what}")
}

/// A uid as Kubernetes makes them.
pub(super) fn uid(name: &str) -> String {
    let hex = letters(&format!("uid {name}"), b"0123456789abcdef", 32);
    format!("{}-{}-4{}-a{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..])
}
