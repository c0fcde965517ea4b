//! Whom an organisation's single sign-on knows, as GraphQL tells it.

/// What the identity provider says of somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExternalIdentity {
    /// The user who has claimed it.
    pub login: Option<String>,
    /// What SAML calls them: often an address, often not.
    pub name_id: Option<String>,
    /// Addresses of SAML's assertion.
    pub emails: Vec<String>,
    /// What SCIM calls them; none where SCIM does not provide them.
    pub scim_username: Option<String>,
}

impl ExternalIdentity {
    /// Somebody whom SAML calls so.
    pub fn new(login: &str, name_id: &str) -> Self {
        Self {
            login: Some(login.to_owned()),
            name_id: Some(name_id.to_owned()),
            emails: Vec::new(),
            scim_username: None,
        }
    }
}
