//! Which of many prefixes a name begins with.

use std::collections::BTreeMap;
use std::ops::Bound;

/// Values by prefix.
pub(crate) struct Prefixes<V>(BTreeMap<String, V>);

impl<V> Default for Prefixes<V> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<V: Default> Prefixes<V> {
    /// The value of a prefix, made if it is new.
    pub(crate) fn entry(&mut self, prefix: &str) -> &mut V {
        self.0.entry(prefix.to_owned()).or_default()
    }
}

impl<V> Prefixes<V> {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The values of all prefixes that begin with `name`, in their order.
    pub(crate) fn beginning_with<'m>(&'m self, name: &'m str) -> impl Iterator<Item = &'m V> {
        let range = (Bound::Included(name), Bound::Unbounded);
        self.0.range::<str, _>(range).take_while(move |(prefix, _)| prefix.starts_with(name)).map(|(_, value)| value)
    }

    /// The values of all prefixes of `name`, the longest first.
    pub(crate) fn of<'m>(&'m self, name: &'m str) -> impl Iterator<Item = &'m V> {
        let mut bound = Some(name);
        std::iter::from_fn(move || {
            // Every prefix of `name` is at most `name` itself, so walk down from there; what a candidate and the name
            // share bounds the next candidate.
            while let Some(up_to) = bound {
                let range = (Bound::Unbounded, Bound::Included(up_to));
                let (prefix, value) = self.0.range::<str, _>(range).next_back()?;
                let shared = common(prefix, name);
                let is_prefix = shared == prefix.len();
                let cut = if is_prefix { prefix.char_indices().next_back().map_or(0, |(at, _)| at) } else { shared };
                bound = (cut > 0).then(|| &name[..cut]);
                if is_prefix {
                    return Some(value);
                }
            }
            None
        })
    }
}

/// The length in bytes of what `a` and `b` begin with alike.
pub(crate) fn common(a: &str, b: &str) -> usize {
    a.chars().zip(b.chars()).take_while(|(a, b)| a == b).map(|(a, _)| a.len_utf8()).sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn all_prefixes_are_found_and_nothing_else(prefixes in prop::collection::btree_set("[abé]{1,4}", 0..12), name in "[abé]{0,6}") {
            let mut map = Prefixes::default();
            for prefix in &prefixes {
                *map.entry(prefix) = prefix.clone();
            }
            let mut expected: Vec<_> = prefixes.iter().filter(|prefix| name.starts_with(prefix.as_str())).cloned().collect();
            expected.reverse();
            prop_assert_eq!(map.of(&name).cloned().collect::<Vec<String>>(), expected);
            let expected: Vec<_> = prefixes.iter().filter(|prefix| prefix.starts_with(&name)).cloned().collect();
            prop_assert_eq!(map.beginning_with(&name).cloned().collect::<Vec<String>>(), expected);
        }
    }
}
