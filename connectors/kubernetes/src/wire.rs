//! The platform's shapes: only the fields that are used, of every kind of object that is read.
//!
//! Anything else in an answer is skipped while it is read, so that it is never kept: annotations hold whole manifests,
//! and with them what people wrote into those.

pub(crate) mod agents;
pub(crate) mod list;
pub(crate) mod meta;
pub(crate) mod rbac;
pub(crate) mod signing;
pub(crate) mod workload;

use serde::Deserialize;

/// Reads a value that the platform may leave out, or send as `null` where a list or map is empty.
pub(crate) fn or_empty<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Ok(Option::<T>::deserialize(deserializer)?.unwrap_or_default())
}
