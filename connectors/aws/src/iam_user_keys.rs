//! `iam.ssh-keys` and `iam.signing-certificates`: what a user can hold besides access keys and a password.
//!
//! Neither has a bulk call. A signing certificate shows in the credential report, so only users who may have one are
//! asked; an SSH key is good for CodeCommit alone, so only users whose policies let them use CodeCommit are asked.
//! AWS tells no last use of either.

use aws_sdk_iam::types::{SigningCertificate, SshPublicKeyMetadata, UserDetail};
use whosekey_sdk::listing::{answers, answers_into, whole};
use whosekey_sdk::{CollectError, Complete, Entity, Evidence, Kind, Link, LinkKind, Next, Record, Sink};

use crate::api::Calls;
use crate::codecommit;
use crate::credential_report::report;
use crate::iam_service_credentials::enabled;
use crate::time::fact;

const LIST_SSH: &str = "iam:ListSSHPublicKeys";
const LIST_CERTIFICATES: &str = "iam:ListSigningCertificates";

/// Collects `iam.ssh-keys`.
pub(crate) async fn collect_ssh_keys(calls: &Calls, out: &mut dyn Sink) -> Result<Complete, CollectError> {
    let users = calls.account.authorization.users(calls).await;
    let asked = codecommit::users(calls).await;
    answers_into(out, answers(calls.asked(asked), |user| ssh_keys_of(calls, user))).await?;
    let grants = calls.account.authorization.grants(calls).await;
    Ok(users.complete()?.and(grants.complete()?))
}

/// Collects `iam.signing-certificates`.
pub(crate) async fn collect_certificates(calls: &Calls, out: &mut dyn Sink) -> Result<Complete, CollectError> {
    let users = calls.account.authorization.users(calls).await;
    let report = report(calls).await.ok();
    let may_have = |user: &&UserDetail| {
        report.as_ref().and_then(|report| report.row(user)).is_none_or(|row| row.may_have_certificates())
    };
    let asked = users.seen().filter(may_have);
    answers_into(out, answers(calls.asked(asked), |user| certificates_of(calls, user))).await?;
    users.complete()
}

async fn ssh_keys_of(calls: &Calls, user: &UserDetail) -> Result<Vec<Record>, CollectError> {
    let Some((name, user_id)) = user.user_name().zip(user.user_id()) else { return Ok(Vec::new()) };
    let iam = &calls.iam();
    let (keys, _whole) = whole(|marker| async move {
        let answer = iam.list_ssh_public_keys().user_name(name).set_marker(marker).send().await;
        Ok(match calls.found(LIST_SSH, answer)? {
            Some(page) => {
                let next = Next::from_flag_and_token(page.is_truncated, page.marker);
                (page.ssh_public_keys.unwrap_or_default(), next)
            }
            None => (Vec::new(), Next::End),
        })
    })
    .await?;
    Ok(keys.iter().flat_map(|key| ssh_key(key, user_id)).collect())
}

async fn certificates_of(calls: &Calls, user: &UserDetail) -> Result<Vec<Record>, CollectError> {
    let Some((name, user_id)) = user.user_name().zip(user.user_id()) else { return Ok(Vec::new()) };
    let iam = &calls.iam();
    let (certificates, _whole) = whole(|marker| async move {
        let answer = iam.list_signing_certificates().user_name(name).set_marker(marker).send().await;
        Ok(match calls.found(LIST_CERTIFICATES, answer)? {
            Some(page) => (page.certificates, Next::from_flag_and_token(page.is_truncated, page.marker)),
            None => (Vec::new(), Next::End),
        })
    })
    .await?;
    Ok(certificates.iter().flat_map(|certificate| signing_certificate(certificate, user_id)).collect())
}

fn ssh_key(key: &SshPublicKeyMetadata, user_id: &str) -> Vec<Record> {
    let name = format!("SSH key of {}", key.user_name());
    let mut entity =
        Entity::new(format!("aws:{}", key.ssh_public_key_id()), Kind::Credential, "aws.ssh-public-key", name);
    entity.created_at = fact(Some(key.upload_date()));
    entity.enabled = enabled(key.status());
    linked(entity, user_id, LIST_SSH)
}

fn signing_certificate(certificate: &SigningCertificate, user_id: &str) -> Vec<Record> {
    let name = format!("signing certificate of {}", certificate.user_name());
    let id = format!("aws:{}", certificate.certificate_id());
    let mut entity = Entity::new(id, Kind::Credential, "aws.signing-certificate", name);
    entity.created_at = fact(certificate.upload_date());
    entity.enabled = enabled(certificate.status());
    linked(entity, user_id, LIST_CERTIFICATES)
}

fn linked(entity: Entity, user_id: &str, because: &str) -> Vec<Record> {
    let user = format!("aws:{user_id}");
    let link = Link::new(&entity.id, LinkKind::AuthenticatesAs, user.as_str(), Evidence::Proven, because);
    vec![entity.into(), link.into()]
}
