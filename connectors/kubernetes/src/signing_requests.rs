//! `certificatesigningrequests`: client certificates that the cluster issued, as long as their requests are kept.
//!
//! The cluster deletes a request about an hour after its certificate was issued, keeps no list of certificates and cannot take
//! one back. So this is a log that forgets: a certificate stands until it expires, and one that no scan saw is not known.

use whosekey_sdk::{
    CollectError, Complete, EndRef, Entity, Evidence, Fact, Kind, Link, LinkKind, Record, Sink, Timestamp,
};
use x509_parser::pem::parse_x509_pem;

use crate::api::Calls;
use crate::api::list::Extent;
use crate::cluster::Cluster;
use crate::owners::described;
use crate::resources;
use crate::wire::signing::SigningRequest;

/// The signer of certificates that the API server takes for who somebody is.
const CLIENTS: &str = "kubernetes.io/kube-apiserver-client";
const ACCOUNT: &str = "system:serviceaccount:";

/// Collects the scope.
pub(crate) async fn collect(calls: &Calls, out: &mut dyn Sink) -> Result<Complete, CollectError> {
    let normalize = |one: SigningRequest| normalize(&one, &calls.cluster);
    calls.list(resources::SIGNING_REQUESTS, Extent::Whole, normalize).await.into(out).await
}

fn normalize(request: &SigningRequest, cluster: &Cluster) -> Vec<Record> {
    // `kubernetes.io/kube-apiserver-client-kubelet` is the nodes' own.
    if request.spec.signer_name != CLIENTS {
        return Vec::new();
    }
    let meta = &request.metadata;
    let mut entity = Entity::new(meta.id(), Kind::Credential, "k8s.client-certificate", meta.name.as_str());
    entity.created_at = meta.created_at();
    let is = |kind: &str| request.status.conditions.iter().any(|one| one.kind == kind);
    let certificate = request.status.certificate.as_deref().and_then(Certificate::read);
    entity.enabled = Fact::Known(request.status.certificate.is_some());
    let state = match (is("Denied"), is("Failed"), is("Approved"), &request.status.certificate) {
        (true, ..) => "denied",
        (_, true, ..) => "failed",
        (_, _, _, Some(_)) => "issued",
        (_, _, true, None) => "approved",
        _ => "pending",
    };
    entity = entity.attribute("state", state);
    let id = entity.id.clone();
    let mut links = Vec::new();
    if let Some(certificate) = certificate {
        entity.expires_at = Fact::Known(Some(certificate.expires_at));
        if let Some(user) = &certificate.user {
            let because = "the certificate's common name";
            links.push(Link::new(&id, LinkKind::AuthenticatesAs, user_end(user, cluster), Evidence::Proven, because));
        }
        entity = entity.attribute("groups", certificate.groups);
    }
    if !request.spec.username.is_empty() {
        let asker = user_end(&request.spec.username, cluster);
        links.push(Link::new(&id, LinkKind::CreatedBy, asker, Evidence::Proven, "spec.username"));
    }
    let mut records = described(entity, meta, cluster);
    records.extend(links.into_iter().map(Record::from));
    records
}

/// A user by the name that the API server knows: a service account, a person by email, or a name of this cluster alone.
fn user_end(name: &str, cluster: &Cluster) -> EndRef {
    if let Some((namespace, account)) = name.strip_prefix(ACCOUNT).and_then(|rest| rest.split_once(':')) {
        return cluster.object(namespace, "serviceaccounts", account).into();
    }
    match whosekey_sdk::owner_evidence::email(name) {
        Some(address) => whosekey_sdk::Alias::email(address).into(),
        None => format!("{}/users/{name}", cluster.end()).into(),
    }
}

/// What a certificate, which is public, says.
struct Certificate {
    user: Option<String>,
    groups: Vec<String>,
    expires_at: Timestamp,
}

impl Certificate {
    /// From PEM in base64, as the API sends bytes.
    fn read(text: &str) -> Option<Self> {
        let pem = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, text).ok()?;
        let (_, pem) = parse_x509_pem(&pem).ok()?;
        let certificate = pem.parse_x509().ok()?;
        let subject = certificate.subject();
        let text = |value: &x509_parser::x509::AttributeTypeAndValue<'_>| value.as_str().ok().map(str::to_owned);
        Some(Self {
            user: subject.iter_common_name().next().and_then(text),
            groups: subject.iter_organization().filter_map(text).collect(),
            expires_at: Timestamp::from_secs(certificate.validity().not_after.timestamp()),
        })
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use serde_json::json;

    use super::*;
    use crate::cluster::testcluster;

    fn records(status: &serde_json::Value, signer: &str) -> Vec<Record> {
        let request = json!({
            "metadata": {"name": "csr-1", "uid": "c-1"},
            "spec": {"username": "system:serviceaccount:ci:deployer", "signerName": signer},
            "status": status,
        });
        normalize(&serde_json::from_value(request).unwrap(), &testcluster())
    }

    fn entity(records: &[Record]) -> &Entity {
        match &records[0] {
            Record::Entity(entity) => entity,
            other => panic!("{other:?}"),
        }
    }

    fn certificate() -> String {
        let mut params = rcgen::CertificateParams::default();
        params.distinguished_name.push(rcgen::DnType::CommonName, "ada@example.com");
        params.distinguished_name.push(rcgen::DnType::OrganizationName, "operators");
        params.not_after = rcgen::date_time_ymd(2027, 1, 31);
        let key = rcgen::KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        base64::engine::general_purpose::STANDARD.encode(pem)
    }

    #[test]
    fn an_issued_certificate_says_whom_it_proves_and_until_when() {
        let records = records(&json!({"certificate": certificate(), "conditions": [{"type": "Approved"}]}), CLIENTS);
        let entity = entity(&records);
        assert_eq!(entity.expires_at, Fact::Known(Some("2027-01-31T00:00:00Z".parse().unwrap())));
        assert_eq!(entity.attributes["groups"], json!(["operators"]));
        let ends: Vec<_> = records
            .iter()
            .filter_map(|record| match record {
                Record::Link(link) => Some((link.kind, link.to.to_string())),
                _ => None,
            })
            .collect();
        assert_eq!(
            ends,
            [
                (LinkKind::AuthenticatesAs, "email:ada@example.com".to_owned()),
                (LinkKind::CreatedBy, "k8s://prod/ci/serviceaccounts/deployer".to_owned())
            ]
        );
    }

    #[test]
    fn a_request_without_a_certificate_proves_nothing() {
        for (conditions, state) in [(json!([]), "pending"), (json!([{"type": "Denied"}]), "denied")] {
            let records = records(&json!({"conditions": conditions}), CLIENTS);
            assert_eq!(entity(&records).enabled, Fact::Known(false));
            assert_eq!(entity(&records).attributes["state"], state);
        }
    }

    #[test]
    fn certificates_of_nodes_are_left_out() {
        assert!(records(&json!({}), "kubernetes.io/kubelet-serving").is_empty());
    }
}
