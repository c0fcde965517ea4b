//! What the pages were like that last showed a scope whole: a digest of each, in their order, and how many things they
//! showed. As long as the pages of a scan are those, page by page, what is stored need not even be read to be compared:
//! it is as it was. From the first page on that is another one, everything is compared.
//!
//! Invariant: a scope has an imprint only while its rows are what those pages made of them, with nothing missing, and
//! only when they showed each thing once: else a later page might have taken back what an earlier one had said.

use rusqlite::{Connection, OptionalExtension as _, params};
use sha2::{Digest as _, Sha256};
use whosekey_sdk::Record;

use super::StoreError;
use super::body::UseFacts;
use super::digest::Digest;

const BYTES: usize = 16;

/// The pages of a scope.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Imprint {
    pub(super) pages: Vec<[u8; BYTES]>,
    pub(super) entities: u64,
    pub(super) links: u64,
}

/// Conditions for a scope `c` to be as it was last shown.
macro_rules! still {
    () => {
        "c.gone_run IS NULL
         AND NOT EXISTS (SELECT 1 FROM forgetting_scope AS f WHERE f.scope_id = c.id)
         AND NOT EXISTS (SELECT 1 FROM entity_absence AS m CROSS JOIN entity_version AS v ON v.id = m.version_id
             WHERE m.missed > 0 AND v.to_run IS NULL AND v.scope_id = c.id)
         AND NOT EXISTS (SELECT 1 FROM link_absence AS m CROSS JOIN link_version AS v ON v.id = m.version_id
             WHERE m.missed > 0 AND v.to_run IS NULL AND v.scope_id = c.id)"
    };
}
pub(super) use still;

/// Keeps how a scope was shown, or that it is not known; what is as it was costs no write.
pub(super) fn save(
    connection: &Connection,
    scope_id: i64,
    pages: Option<&Imprint>,
    digest: Option<[u8; 32]>,
) -> Result<(), StoreError> {
    if pages.is_none() && digest.is_none() {
        connection.prepare_cached("DELETE FROM scope_imprint WHERE scope_id = ?1")?.execute(params![scope_id])?;
        return Ok(());
    }
    connection
        .prepare_cached(
            "INSERT INTO scope_imprint (scope_id, pages, digest) VALUES (?1, ?2, ?3)
             ON CONFLICT (scope_id) DO UPDATE SET pages = excluded.pages, digest = excluded.digest
             WHERE pages IS NOT excluded.pages OR digest IS NOT excluded.digest",
        )?
        .execute(params![scope_id, pages.map(Imprint::to_bytes), digest])?;
    Ok(())
}

impl Imprint {
    /// The pages of a scope that is as it was last shown.
    pub(super) fn load(connection: &Connection, scope_id: i64) -> Result<Option<Self>, StoreError> {
        let mut find = connection.prepare_cached(concat!(
            "SELECT i.pages FROM scope_imprint AS i JOIN scope AS c ON c.id = i.scope_id
             WHERE i.scope_id = ?1 AND i.pages IS NOT NULL AND ",
            still!()
        ))?;
        let bytes: Option<Vec<u8>> = find.query_row(params![scope_id], |row| row.get(0)).optional()?;
        Ok(bytes.and_then(|bytes| Self::from_bytes(&bytes)))
    }

    /// These pages, which showed so many things.
    pub(super) fn of(&self, entities: u64, links: u64) -> Self {
        Self { pages: self.pages.clone(), entities, links }
    }

    fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity((self.pages.len() + 1) * BYTES);
        bytes.extend_from_slice(&self.entities.to_le_bytes());
        bytes.extend_from_slice(&self.links.to_le_bytes());
        bytes.extend(self.pages.iter().flatten());
        bytes
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (head, pages) = bytes.split_first_chunk::<BYTES>()?;
        let (entities, links) = head.split_at(BYTES / 2);
        let (pages, []) = pages.as_chunks::<BYTES>() else { return None };
        Some(Self {
            pages: pages.to_vec(),
            entities: u64::from_le_bytes(entities.try_into().ok()?),
            links: u64::from_le_bytes(links.try_into().ok()?),
        })
    }
}

/// The digest of a page, use facts included. Activity belongs to no thing, and is taken whatever the page is like.
pub(super) fn of_page(records: &[Record], digests: &[Option<(Digest, Digest)>]) -> [u8; BYTES] {
    let mut page = Sha256::new();
    for (record, (key, hash)) in records.iter().zip(digests).filter_map(|(record, both)| Some((record, (*both)?))) {
        page.update(key.0);
        page.update(hash.0);
        if let Record::Entity(entity) = record {
            let (last_used_at, use_tracked_since) = UseFacts::of(entity).to_columns();
            for fact in [last_used_at, use_tracked_since] {
                page.update([u8::from(fact.is_some())]);
                page.update(fact.unwrap_or_default().to_le_bytes());
            }
        }
    }
    page.finalize()[..BYTES].try_into().expect("SHA-256 has 32 bytes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_imprint_comes_back_as_it_went() {
        let imprint = Imprint { pages: vec![[1; BYTES], [2; BYTES]], entities: 3, links: u64::MAX };
        assert_eq!(Imprint::from_bytes(&imprint.to_bytes()), Some(imprint.clone()));
        assert_eq!(Imprint::from_bytes(&imprint.to_bytes()[1..]), None);
        assert_eq!(Imprint::from_bytes(&[]), None);
    }
}
