//! Inputs of workflows' steps that name the identity which the job becomes.

use crate::has_secret;

type Form = fn(&str) -> bool;

/// Their names, the prefix of the alias, and what a value looks like that is such a name: other actions have inputs of the
/// same names (`client-id` is also an App's), and people put secrets where none belongs.
const INPUTS: &[(&str, &str, Form)] = &[
    ("role-to-assume", "", |_| true),
    ("service_account", "gcp:serviceaccount/", is_address),
    ("client-id", "entra:app/", is_guid),
    ("anthropic_service_account_id", "anthropic:service-account/", |_| true),
];

/// Whether this input of a step is one that names an identity.
pub fn is_identity_input(input: &str) -> bool {
    INPUTS.iter().any(|(name, ..)| *name == input)
}

/// The identity that this input of a step names, as others know it. An expression names none that can be told.
pub fn identity_of_input(input: &str, value: &str) -> Option<String> {
    let value = value.trim();
    let (_, prefix, looks_so) = INPUTS.iter().find(|(name, ..)| *name == input)?;
    (!value.contains("${{") && looks_so(value) && !has_secret(value)).then(|| format!("{prefix}{value}"))
}

fn is_address(text: &str) -> bool {
    let parts = text.split_once('@');
    !text.contains(char::is_whitespace)
        && parts.is_some_and(|(name, domain)| !name.is_empty() && domain.contains('.') && !domain.contains('@'))
}

fn is_guid(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    let lengths = groups.iter().map(|group| group.len());
    lengths.eq([8, 4, 4, 4, 12]) && groups.iter().all(|group| group.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_input_names_what_has_the_form_of_an_identity() {
        for (input, value, identity) in [
            ("role-to-assume", "arn:aws:iam::000000000000:role/ci", "arn:aws:iam::000000000000:role/ci"),
            (
                "service_account",
                " ci@acme.iam.gserviceaccount.com",
                "gcp:serviceaccount/ci@acme.iam.gserviceaccount.com",
            ),
            ("client-id", "0f8e2c71-b4d9-5a3c-6e1d-7b2f9a4c8e05", "entra:app/0f8e2c71-b4d9-5a3c-6e1d-7b2f9a4c8e05"),
        ] {
            assert_eq!(identity_of_input(input, value).as_deref(), Some(identity));
        }
        let token = format!("ghp_{}", "16C7e42F292c6912E7710c838347Ae178B4a");
        for (input, value) in [
            ("client-id", "Iv1.8a61f9b3a7aba766"),
            ("client-id", "${{ vars.CLIENT }}"),
            ("service_account", "deploy"),
            ("service_account", &*format!("{token}@acme.example")),
            ("role-to-assume", &*token),
            ("role", "arn:aws:iam::000000000000:role/ci"),
        ] {
            assert_eq!(identity_of_input(input, value), None, "{input}: {value}");
        }
    }
}
