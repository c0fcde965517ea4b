//! The application that an Entra client secret is of: its id and its tenant stand beside it.

use whosekey_sdk::{Evidence, Link, LinkKind};

use crate::found::{Held, Slot};

/// An application's ids among the settings of one place.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct App {
    client: String,
    tenant: Option<String>,
}

/// Whether a variable holds an application's secret.
pub(super) fn is_client_secret(name: &str) -> bool {
    let plain = plain(name);
    plain.ends_with("clientsecret") || plain.ends_with("appsecret") || plain.ends_with("clientpassword")
}

impl App {
    /// The application, when exactly one is named and it is Entra's: by its tenant, or by the word.
    pub(super) fn among<'e>(entries: impl Iterator<Item = (&'e str, &'e str)>) -> Option<Self> {
        let (mut clients, mut tenant, mut is_entra) = (Vec::new(), None, false);
        for (name, value) in entries {
            let name = plain(name);
            is_entra |= name.contains("azure") || name.contains("entra") || name.contains("aad");
            let id = value.trim().to_ascii_lowercase();
            if !is_uuid(&id) {
                continue;
            }
            if name.ends_with("clientid") || name.ends_with("appid") || name.ends_with("applicationid") {
                clients.push(id);
            } else if name.ends_with("tenantid") || name.ends_with("tenant") {
                tenant = Some(id);
            }
        }
        clients.dedup();
        match clients.as_slice() {
            [client] if tenant.is_some() || is_entra => Some(Self { client: client.clone(), tenant }),
            _ => None,
        }
    }

    /// The secret in a slot proves this application.
    pub(super) fn mark(&self, slot: &mut Slot) {
        let Held::Credential(credential) = &mut slot.held else { return };
        if !slot.class.is_hard_coded() {
            return;
        }
        if let Some(tenant) = &self.tenant {
            credential.entity.attributes.insert("tenant".to_owned(), tenant.clone().into());
        }
        let to = format!("entra:app/{}", self.client);
        let because = "the client id beside the secret";
        let link = Link::new(credential.id(), LinkKind::AuthenticatesAs, to.as_str(), Evidence::Declared, because);
        credential.links.push(link);
    }
}

fn plain(name: &str) -> String {
    name.to_ascii_lowercase().replace(['_', '-', '.'], "")
}

fn is_uuid(value: &str) -> bool {
    value.len() == 36
        && value.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLIENT: &str = "9F1c3a52-7b1e-4c57-a0a5-0d8e6c1f2b3a";
    const TENANT: &str = "1cfdbb80-6274-49bf-b0c2-737235a4c81f";

    #[test]
    fn one_application_with_its_tenant_is_named_and_two_are_none() {
        let named = App::among([("CLIENT_ID", CLIENT), ("TENANT_ID", TENANT)].into_iter()).unwrap();
        assert_eq!((named.client.as_str(), named.tenant.as_deref()), (CLIENT.to_lowercase().as_str(), Some(TENANT)));
        assert!(App::among([("AZURE_CLIENT_ID", CLIENT)].into_iter()).is_some());
        assert!(App::among([("GOOGLE_CLIENT_ID", CLIENT)].into_iter()).is_none(), "nothing says that it is Entra's");
        let two = [("A_CLIENT_ID", CLIENT), ("B_CLIENT_ID", TENANT), ("TENANT_ID", TENANT)];
        assert!(App::among(two.into_iter()).is_none());
    }
}
