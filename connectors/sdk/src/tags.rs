//! What tags, labels and annotations say: who owns a thing, and in which environment it is.
//!
//! No other tag is kept: tags are free text, and people put secrets there.

use crate::{Entity, Record, owner_evidence};

const ENVIRONMENT_KEYS: &[&str] = &["environment", "env", "stage"];
/// Longer values are prose, not the name of an environment.
const MAX_ENVIRONMENT_BYTES: usize = 32;

/// The environment that the tags name, in lower case.
pub fn environment<'a>(tags: impl IntoIterator<Item = (&'a str, &'a str)>) -> Option<String> {
    let named = tags.into_iter().find(|(key, _)| ENVIRONMENT_KEYS.iter().any(|known| key.eq_ignore_ascii_case(known)));
    let value = named?.1.trim().to_lowercase();
    let plain = !value.is_empty()
        && value.len() <= MAX_ENVIRONMENT_BYTES
        && value.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    plain.then_some(value)
}

/// The entity with its environment, and the owners that its tags declare. `owner_keys` are in lower case.
pub fn tagged<'a>(
    entity: Entity,
    tags: impl IntoIterator<Item = (&'a str, &'a str)> + Clone,
    owner_keys: &[String],
) -> Vec<Record> {
    marked(entity, "tag", tags, owner_keys)
}

/// The same where the platform calls them otherwise: `word` is `label`, `annotation`, `property`.
pub fn marked<'a>(
    mut entity: Entity,
    word: &str,
    tags: impl IntoIterator<Item = (&'a str, &'a str)> + Clone,
    owner_keys: &[String],
) -> Vec<Record> {
    if let Some(environment) = environment(tags.clone()) {
        entity = entity.attribute("environment", environment);
    }
    let owners = owner_evidence::links_from(&entity.id, word, tags, owner_keys);
    let mut records: Vec<Record> = vec![entity.into()];
    records.extend(owners.into_iter().map(Record::from));
    records
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_is_a_word_not_prose() {
        assert_eq!(environment([("Env", "Prod")]), Some("prod".to_owned()));
        assert_eq!(environment([("environment", "see the wiki, password is x")]), None);
        assert_eq!(environment([("Name", "prod")]), None);
    }
}
