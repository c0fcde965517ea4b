//! From the keys that a subject is made of to what all subjects of a repository begin with. Purely.
//!
//! Each key becomes `key:value`, joined by colons, with a colon in a value as `%3A`; `repo` is the repository by name or by
//! name and ids, and `context` is `ref:…`, `environment:…` or `pull_request`.
//! <https://docs.github.com/en/actions/reference/security/oidc#customizing-the-subject-claims-for-an-organization-or-repository>,
//! seen 2026-11-27. What follows the first value that differs from run to run, nobody can say; nor is the enterprise's
//! name known here.

use whosekey_sdk::Alias;

use crate::place::Place;
use crate::repositories::Repository;

/// Of what GitHub makes a subject when nobody says otherwise.
const USUAL: &[&str] = &["repo", "context"];

/// How a repository is named in a subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// `repo:acme/shop`
    Names,
    /// `repo:acme@9/shop@1`
    Ids,
    /// It is not known which of them.
    Either,
}

/// What the subjects of a repository's tokens are made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Subject {
    keys: Vec<String>,
    form: Form,
}

impl Subject {
    /// A subject of these keys; of none: the usual one.
    pub(crate) fn new(keys: &[String], form: Form) -> Self {
        let keys = if keys.is_empty() { USUAL.iter().map(ToString::to_string).collect() } else { keys.to_vec() };
        Self { keys, form }
    }

    pub(crate) fn keys(&self) -> Vec<String> {
        self.keys.clone()
    }

    /// Whether it is what GitHub gave each repository before there were ids.
    pub(crate) fn is_usual(&self) -> bool {
        self.keys == USUAL && self.form != Form::Ids
    }
}

/// What a repository's tokens go by, or those of one of its environments; `None` for a subject that is not known.
///
/// The usual subject with ids is always among them: nobody else can ever have it, so a trust in it waits for this
/// repository alone, whatever subject it has now.
pub(crate) fn aliases(
    place: &Place,
    repository: &Repository,
    subject: Option<&Subject>,
    environment: Option<&str>,
) -> Vec<Alias> {
    let of = |keys: &[String], form| Claimed::of(place, repository, &Subject::new(keys, form), environment);
    let mut claimed = match subject {
        Some(subject) => of(&subject.keys, subject.form),
        None => of(&[], Form::Either),
    };
    if !claimed.names_repository || (environment.is_some() && !claimed.names_environment) {
        claimed.texts.clear();
    }
    let mut texts = claimed.texts;
    let waiting = of(&[], Form::Ids).texts;
    texts.extend(waiting.into_iter().filter(|_| place.immutable_subjects().is_some()));
    let mut seen = std::collections::BTreeSet::new();
    texts.retain(|text| seen.insert(text.clone()));
    texts.iter().map(|text| Alias::new(place.subject(text))).collect()
}

/// What a subject that does not tell one repository of the owner from another goes by.
pub(crate) fn owners_aliases(place: &Place, repository: &Repository, subject: &Subject) -> Vec<Alias> {
    let claimed = Claimed::of(place, repository, subject, None);
    let is_owners = claimed.names_owner && !claimed.names_repository;
    claimed.texts.iter().filter(|_| is_owners).map(|text| Alias::new(place.subject(text))).collect()
}

/// What a subject is, or begins with (then a `*` ends it), and whom that tells from others.
struct Claimed {
    texts: Vec<String>,
    names_repository: bool,
    names_owner: bool,
    names_environment: bool,
}

impl Claimed {
    fn of(place: &Place, repository: &Repository, subject: &Subject, environment: Option<&str>) -> Self {
        let mut claimed =
            Self { texts: Vec::new(), names_repository: false, names_owner: false, names_environment: false };
        for key in subject.keys.iter().map(String::as_str) {
            let values = values(place, repository, subject.form, environment, key);
            if values.is_empty() {
                let varies = if key == "context" { String::new() } else { format!("{key}:") };
                claimed.texts.iter_mut().for_each(|text| *text += &format!(":{varies}*"));
                return claimed;
            }
            claimed.names_repository |= matches!(key, "repo" | "repository" | "repository_id");
            claimed.names_owner |= matches!(key, "repository_owner" | "repository_owner_id");
            claimed.names_environment |= matches!(key, "context" | "environment");
            claimed.texts = match claimed.texts.as_slice() {
                [] => values,
                before => before.iter().flat_map(|b| values.iter().map(move |value| format!("{b}:{value}"))).collect(),
            };
        }
        claimed
    }
}

/// The forms that a key and its value may have for a repository; none when it varies or is not known.
fn values(place: &Place, repository: &Repository, form: Form, environment: Option<&str>, key: &str) -> Vec<String> {
    let named = |value: Option<String>| value.map(|value| format!("{key}:{}", value.replace(':', "%3A")));
    let owner = || repository.full_name.split('/').next().map(str::to_owned);
    let one = match key {
        "repo" => return place.repository_claims(repository, form),
        // The reference says that a subject has `repo` in its stead; a token was not seen.
        "repository" => {
            let mut forms = place.repository_claims(repository, form);
            forms.push(format!("repository:{}", repository.full_name));
            return forms;
        }
        "repository_id" => named(Some(repository.id.to_string())),
        "repository_owner" => named(owner()),
        "repository_owner_id" => named(place.id.map(|id| id.to_string())),
        "repository_visibility" => named(repository.visibility.clone()),
        "context" | "environment" => environment.map(|name| format!("environment:{}", name.replace(':', "%3A"))),
        _ => None,
    };
    one.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::place::tests::acme;

    fn shop() -> Repository {
        let listed = r#"{"id": 1, "full_name": "acme/shop", "visibility": "private", "default_branch": "main",
            "created_at": null, "pushed_at": null}"#;
        serde_json::from_str(listed).unwrap()
    }

    fn subject(keys: &[&str], form: Form) -> Subject {
        Subject::new(&keys.iter().map(ToString::to_string).collect::<Vec<_>>(), form)
    }

    fn shown(aliases: Vec<Alias>) -> Vec<String> {
        let issuer = "oidc:https://token.actions.githubusercontent.com#";
        aliases.iter().map(|alias| alias.as_str().strip_prefix(issuer).unwrap().to_owned()).collect()
    }

    /// Without the one with ids that every repository has.
    fn claims(keys: &[&str], form: Form, environment: Option<&str>) -> Vec<String> {
        let mut all = shown(aliases(&acme(), &shop(), Some(&subject(keys, form)), environment));
        let always = if environment.is_some() { "environment:" } else { "*" };
        all.retain(|text| form != Form::Names || !text.starts_with(&format!("repo:acme@9/shop@1:{always}")));
        all
    }

    #[test]
    fn while_nothing_is_known_a_repository_has_every_form_of_the_usual_subject() {
        let all = |environment| shown(aliases(&acme(), &shop(), None, environment));
        assert_eq!(all(None), ["repo:acme/shop:*", "repo:acme@9/shop@1:*"]);
        let prod = ["repo:acme/shop:environment:prod", "repo:acme@9/shop@1:environment:prod"];
        assert_eq!(all(Some("prod")), prod);
    }

    #[test]
    fn a_repository_whose_subjects_carry_ids_has_none_without() {
        let all = |environment| shown(aliases(&acme(), &shop(), Some(&subject(&[], Form::Ids)), environment));
        assert_eq!(all(None), ["repo:acme@9/shop@1:*"]);
        assert_eq!(all(Some("prod")), ["repo:acme@9/shop@1:environment:prod"]);
    }

    #[test]
    fn an_enterprise_server_has_names_alone() {
        let server = Place { issuer: "https://git.example.com/_services/token".into(), ..acme() };
        let all: Vec<Alias> = aliases(&server, &shop(), None, None);
        assert_eq!(all, [Alias::family("oidc:https://git.example.com/_services/token#repo:acme/shop:")]);
    }

    #[test]
    fn what_is_the_same_in_each_run_is_claimed_up_to_what_is_not() {
        let of = |keys: &[&str]| claims(keys, Form::Names, None);
        assert_eq!(of(&["repo", "context"]), ["repo:acme/shop:*"]);
        assert_eq!(of(&["repo", "context", "job_workflow_ref"]), ["repo:acme/shop:*"]);
        assert_eq!(of(&["repo", "job_workflow_ref"]), ["repo:acme/shop:job_workflow_ref:*"]);
        assert_eq!(of(&["repo"]), ["repo:acme/shop"]);
        assert_eq!(of(&["repository_id"]), ["repository_id:1"]);
        assert_eq!(
            of(&["repository_owner", "repository_visibility", "repository_id", "enterprise"]),
            ["repository_owner:acme:repository_visibility:private:repository_id:1:enterprise:*"]
        );
        assert_eq!(of(&["job_workflow_ref", "repo"]), [""; 0], "it begins as others do");
        assert_eq!(of(&["repository_owner", "ref"]), [""; 0], "it is every repository's of the owner");
    }

    #[test]
    fn an_environment_is_claimed_where_the_subject_names_it() {
        let of = |keys: &[&str], name| claims(keys, Form::Names, Some(name));
        assert_eq!(of(&["repo", "context"], "prod"), ["repo:acme/shop:environment:prod"]);
        assert_eq!(of(&["repo", "context", "actor"], "prod"), ["repo:acme/shop:environment:prod:actor:*"]);
        assert_eq!(of(&["environment", "repository_id"], "eu:1"), ["environment:eu%3A1:repository_id:1"]);
        assert_eq!(of(&["repo", "ref", "environment"], "prod"), [""; 0]);
        assert_eq!(of(&["repo"], "prod"), [""; 0]);
    }

    #[test]
    fn what_names_the_owner_alone_is_the_owners() {
        let of = |keys: &[&str]| shown(owners_aliases(&acme(), &shop(), &subject(keys, Form::Names)));
        assert_eq!(of(&["repository_owner"]), ["repository_owner:acme"]);
        assert_eq!(of(&["repository_owner_id", "ref"]), ["repository_owner_id:9:ref:*"]);
        assert_eq!(of(&["repository_visibility"]), [""; 0], "it is all of GitHub's");
        assert_eq!(of(&["repo", "context"]), [""; 0]);
    }
}
