//! From a secret in a file to a credential in the inventory: the public part and a keyed fingerprint, never the value.

mod weak;

pub(crate) use self::weak::{MAX_WEAK, Stretcher, Weak};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};
use whosekey_sdk::{EndRef, Entity, EntityId, Evidence, Fact, FingerprintKey, Kind, Link, LinkKind, Timestamp};

use crate::secrets::{self, Rule, aws, dsn, jwt, pem};
use crate::value_class::ValueClass;

/// A credential, and what its own text proves about it.
#[derive(Debug, Clone)]
pub(crate) struct Credential {
    pub(crate) entity: Entity,
    pub(crate) links: Vec<Link>,
    /// Its fingerprint is still to be made, and with it its id.
    pub(crate) weak: Option<Weak>,
}

impl Credential {
    fn new(entity: Entity) -> Self {
        Self { entity, links: Vec::new(), weak: None }
    }

    /// With its final id and, when it could be made, its fingerprint.
    pub(crate) fn settled(mut self, id: String, fingerprint: Option<String>) -> Self {
        self.entity.id = EntityId::new(id);
        for link in &mut self.links {
            link.from = EndRef::from(self.entity.id.clone());
        }
        if let Some(fingerprint) = fingerprint {
            self.entity = self.entity.attribute("fingerprint", fingerprint);
        }
        self.weak = None;
        self
    }

    pub(crate) fn id(&self) -> &EntityId {
        &self.entity.id
    }

    fn authenticates_as(mut self, to: impl Into<EndRef>, because: &str) -> Self {
        let link = Link::new(self.id(), LinkKind::AuthenticatesAs, to, Evidence::Declared, because);
        self.links.push(link);
        self
    }
}

/// Makes credentials; holds the installation's key.
#[derive(Debug)]
pub(crate) struct Minter {
    key: FingerprintKey,
    source: String,
}

impl Minter {
    pub(crate) fn new(key: FingerprintKey, source: &str) -> Self {
        Self { key, source: source.to_owned() }
    }

    /// The digest that names what has no id of its own.
    pub(crate) fn digest(&self, parts: &[&str]) -> String {
        let mut hash = Sha256::new();
        for part in [self.source.as_str()].iter().chain(parts) {
            hash.update(part.as_bytes());
            hash.update([0]);
        }
        hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
    }

    /// The credential that a secret's value is.
    pub(crate) fn literal(&self, rule: &'static Rule, value: &str) -> Credential {
        let value = value.trim().trim_matches(['"', '\'']);
        if matches!(rule.family, "dsn" | "url")
            && let Some(url) = dsn::parse(value)
        {
            let part = |range: std::ops::Range<usize>| percent_decoded(&value[range]);
            let account = [part(url.user), part(url.host)].join(&0);
            let password = zeroize::Zeroizing::new(part(url.password));
            let entity = describe_url(self.entity(rule), value);
            return self.weak(entity, &account, &password);
        }
        let fingerprint = self.fingerprint(rule, value);
        let mut entity = self.entity(rule).attribute("fingerprint", fingerprint.clone());
        entity.id = EntityId::new(format!("secret:{fingerprint}"));
        match rule.family {
            "github" => {
                // What GitHub's audit log calls `hashed_token`; the token has 178 bits, so its hash gives nothing away.
                let hashed = STANDARD.encode(Sha256::digest(value.as_bytes()));
                entity = entity.alias(format!("github:hashed-token/{hashed}"));
            }
            "jwt" => return self.jwt(entity, value),
            "azure-signature" => entity.expires_at = signature_expiry(value),
            _ => {}
        }
        Credential::new(entity)
    }

    fn entity(&self, rule: &Rule) -> Entity {
        Entity::new("secret:", Kind::Credential, rule.type_name, rule.title)
            .attribute("provider", provider(rule))
            .attribute("rule", rule.id)
    }

    /// A password that stands for itself, with the account that it is for as far as that is known.
    pub(crate) fn password(&self, rule: &'static Rule, user: &str, host: &str, password: &str) -> Credential {
        let mut entity = self.entity(rule);
        for (key, value) in [("user", user), ("host", host)] {
            if !value.is_empty() {
                entity = entity.attribute(key, value);
            }
        }
        let account = [user.as_bytes(), host.as_bytes()].join(&0);
        self.weak(entity, &account, password.trim().as_bytes())
    }

    fn weak(&self, mut entity: Entity, account: &[u8], password: &[u8]) -> Credential {
        let weak = Weak::new(&self.key, account, password);
        entity.id = EntityId::new(weak.provisional_id());
        Credential { weak: Some(weak), ..Credential::new(entity) }
    }

    /// The AWS access key with this id; `secret`, when it is known, gives the fingerprint.
    pub(crate) fn aws_key(&self, key_id: &str, secret: Option<&str>) -> Credential {
        let mut entity = Entity::new(format!("aws:{key_id}"), Kind::Credential, "aws.access-key", key_id)
            .attribute("provider", "aws");
        if key_id.starts_with("ASIA") {
            entity.type_name = "aws.session".to_owned();
        }
        if let Some(account) = aws::account_of(key_id) {
            entity = entity.attribute("account", account);
        }
        if let Some(secret) = secret {
            entity = entity.attribute("fingerprint", self.fingerprint(&secrets::AWS_SECRET, secret));
        }
        Credential::new(entity)
    }

    /// A Google service account's key.
    pub(crate) fn gcp_key(&self, key_id: &str, email: &str, private_key: Option<&str>) -> Credential {
        let mut entity = Entity::new(
            format!("gcp:key/{key_id}"),
            Kind::Credential,
            "gcp.service-account-key",
            format!("key of {email}"),
        )
        .attribute("provider", "gcp")
        .attribute("client_email", email);
        if let Some(pem) = private_key {
            entity =
                entity.attribute("fingerprint", self.key.fingerprint("pem", &pem::normalised(pem)).as_str().to_owned());
        }
        Credential::new(entity)
            .authenticates_as(format!("gcp:serviceaccount/{email}").as_str(), "client_email in the key file")
    }

    /// A credential of which only the reference is known. `place` is the extent within which the reference means the
    /// same thing: empty for what is unique everywhere, else a folder.
    pub(crate) fn reference(&self, class: ValueClass, place: &str, target: &str) -> Credential {
        let class = class.as_str();
        let id = format!("ref:{class}/{}", self.digest(&[place, target]));
        let kind = class.trim_end_matches("_ref").replace('_', "-");
        let entity = Entity::new(id, Kind::Credential, format!("reference.{kind}"), target)
            .attribute("reference", target)
            .attribute("value_class", class);
        let mut credential = Credential::new(entity);
        if let Some(arn) = secret_arn(target) {
            let link =
                Link::new(credential.id(), LinkKind::StoredIn, arn, Evidence::Declared, "named by the reference");
            credential.links.push(link);
        }
        credential
    }

    fn fingerprint(&self, rule: &Rule, value: &str) -> String {
        let normalised = match rule.family {
            "pem" => pem::normalised(value),
            "azure-signature" => percent_decoded(signature_part(value, "sig").unwrap_or(value)),
            _ => percent_decoded(value),
        };
        let normalised = zeroize::Zeroizing::new(normalised);
        self.key.fingerprint(rule.family, &normalised).as_str().to_owned()
    }

    fn jwt(&self, mut entity: Entity, token: &str) -> Credential {
        let claims = jwt::claims(token).unwrap_or_default();
        entity.expires_at = Fact::Known(claims.exp.map(Timestamp::from_secs));
        for (key, value) in [("issuer", &claims.iss), ("subject", &claims.sub), ("token_id", &claims.jti)] {
            if let Some(value) = value {
                entity = entity.attribute(key, value.clone());
            }
        }
        if !claims.aud.is_empty() {
            entity = entity.attribute("audience", claims.aud.clone());
        }
        if let Some(uid) = claims.kubernetes_uid() {
            let to = format!("k8s:{uid}");
            return Credential::new(entity).authenticates_as(to.as_str(), "service account uid in the token's claims");
        }
        match (&claims.iss, &claims.sub) {
            (Some(issuer), Some(subject)) => {
                let to = format!("oidc:{issuer}#{subject}");
                Credential::new(entity).authenticates_as(to.as_str(), "issuer and subject in the token's claims")
            }
            _ => Credential::new(entity),
        }
    }
}

/// The part of a credential's type before the dot: whom it is for.
fn provider(rule: &Rule) -> &'static str {
    rule.type_name.split_once('.').map_or(rule.family, |(provider, _)| provider)
}

/// A parameter of a signed URL.
fn signature_part<'v>(url: &'v str, name: &str) -> Option<&'v str> {
    let query = url.split_once('?').map_or(url, |(_, query)| query);
    query.split('&').find_map(|pair| pair.split_once('=').filter(|(key, _)| *key == name).map(|(_, value)| value))
}

/// When a shared access signature ends: it says so itself.
fn signature_expiry(url: &str) -> Fact<Option<Timestamp>> {
    let text = signature_part(url, "se").map(percent_decoded).and_then(|bytes| String::from_utf8(bytes).ok());
    let Some(text) = text else { return Fact::NotExposed };
    let whole = if text.contains('T') { text } else { format!("{text}T00:00:00Z") };
    whole.parse().map_or(Fact::NotExposed, |at| Fact::Known(Some(at)))
}

/// Whose password it is, and where: everything of the URL but the password.
fn describe_url(entity: Entity, value: &str) -> Entity {
    let Some(url) = dsn::parse(value) else { return entity };
    let scheme = &value[url.scheme.clone()];
    let mut entity = entity.attribute("scheme", scheme).attribute("host", &value[url.host.clone()]);
    if !url.user.is_empty() {
        entity = entity.attribute("user", &value[url.user.clone()]);
    }
    if url.is_database(value.as_bytes()) && !url.path.is_empty() {
        entity = entity.attribute("database", &value[url.path]);
    }
    entity
}

/// The ARN of a stored secret, without the JSON key and version that a reference may append.
fn secret_arn(reference: &str) -> Option<&str> {
    let start = reference.find("arn:aws")?;
    let arn = &reference[start..];
    if arn.contains(":secretsmanager:") {
        let end = arn.match_indices(':').nth(6).map_or(arn.len(), |(at, _)| at);
        return Some(&arn[..end]);
    }
    arn.contains(":ssm:").then_some(arn)
}

/// `%41` as `A`; anything else stays.
fn percent_decoded(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = (bytes[at] == b'%').then(|| text.get(at + 1..at + 3)).flatten();
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                decoded.push(byte);
                at += 3;
            }
            None => {
                decoded.push(bytes[at]);
                at += 1;
            }
        }
    }
    decoded
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minter() -> Minter {
        Minter::new(FingerprintKey::from_bytes([7; 32]), "laptops")
    }

    #[test]
    fn a_github_token_meets_the_audit_log_at_its_hash() {
        let token = format!("ghp_{}", "a1B2".repeat(9));
        let rule = crate::secrets::first_in(&token.replace("a1B2a1B2", "q7Zt4Lm9")).unwrap().rule;
        let credential = minter().literal(rule, &token);
        let expected = STANDARD.encode(Sha256::digest(token.as_bytes()));
        assert_eq!(credential.entity.aliases[0].as_str(), format!("github:hashed-token/{expected}"));
    }

    #[test]
    fn a_password_matches_itself_for_the_same_account_only() {
        let stretcher = Stretcher::new(MAX_WEAK);
        let mint = |url| stretcher.fingerprint(&minter().literal(&secrets::DSN, url).weak.unwrap()).unwrap();
        assert_eq!(mint("postgres://a:p%40ss@db/x"), mint("postgres://a:p@ss@db/y"));
        assert_ne!(mint("postgres://a:pass@db/x"), mint("postgres://b:pass@db/x"));
    }

    #[test]
    fn nothing_but_the_password_of_a_url_is_kept() {
        let text = serde_json::to_string(&minter().literal(&secrets::DSN, "mysql://app:hunter2@db:3306/crm").entity);
        let text = text.unwrap();
        assert!(!text.contains("hunter2"));
        assert!(text.contains("db:3306") && text.contains("crm") && text.contains("app"), "{text}");
    }

    #[test]
    fn a_secrets_arn_loses_the_key_that_a_reference_appends() {
        let arn = "arn:aws:secretsmanager:eu-west-1:000000000000:secret:crm-a1b2c3";
        assert_eq!(secret_arn(&format!("{arn}:token::")), Some(arn));
    }
}
