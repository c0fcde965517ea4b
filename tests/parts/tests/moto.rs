//! The AWS stand-in starts from nothing, is a real account, and ends.

use std::net::TcpStream;

use whosekey_parts::moto::{ACCOUNT, Moto, Seed};

const SMALL: Seed = Seed { users: 6, users_with_keys: 3, roles: 2, policies: 2 };

const COUNT_USERS: &str = "
import boto3, sys
print(len(boto3.client('iam', endpoint_url=sys.argv[1]).list_users()['Users']))
";

#[test]
fn a_seeded_account_has_what_was_asked_for_until_it_is_reset() {
    let moto = Moto::start().unwrap();
    let seeded = moto.seed(&SMALL).unwrap();
    assert_eq!(seeded.account, ACCOUNT);
    assert_eq!((seeded.access_keys.len(), seeded.roles.len(), seeded.policies.len()), (3, 2, 2));
    assert_eq!(moto.script(COUNT_USERS, &[]).unwrap().trim(), "6");
    moto.reset().unwrap();
    assert_eq!(moto.script(COUNT_USERS, &[]).unwrap().trim(), "0");
}

#[test]
fn enforced_iam_refuses_strangers_and_can_be_lifted() {
    let moto = Moto::start().unwrap();
    moto.enforce_iam().unwrap();
    let error = moto.script(COUNT_USERS, &[]).unwrap_err().to_string();
    assert!(error.contains("InvalidClientTokenId"), "{error}");
    moto.allow_everything().unwrap();
    assert_eq!(moto.script(COUNT_USERS, &[]).unwrap().trim(), "0");
}

#[test]
fn moto_ends_when_its_guard_is_dropped() {
    let moto = Moto::start().unwrap();
    let address = moto.address();
    TcpStream::connect(address).unwrap();
    drop(moto);
    TcpStream::connect(address).unwrap_err();
}
