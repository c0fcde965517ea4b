//! Interned text: each distinct id, alias, name, type and reason is kept once, in one allocation, under a number.
//!
//! A million entities with three million links would otherwise be some ten million small strings. The hash table holds
//! numbers alone and compares through the one arena.

use std::hash::BuildHasher as _;

use hashbrown::{DefaultHashBuilder, HashTable};

/// The number of an interned text. `0` is the empty text.
pub(crate) type Sym = u32;

/// Where there is no number.
pub(crate) const NONE: u32 = u32::MAX;

/// A count or a place as it is kept.
pub(crate) fn len_u32(len: usize) -> u32 {
    u32::try_from(len).expect("fewer than four billion of anything fit in memory")
}

/// All texts, by number.
pub(crate) struct Names {
    texts: Texts,
    table: HashTable<Sym>,
    hasher: DefaultHashBuilder,
}

impl Names {
    pub(crate) fn new() -> Self {
        let mut names =
            Self { texts: Texts::default(), table: HashTable::new(), hasher: DefaultHashBuilder::default() };
        names.intern("");
        names
    }

    /// The number of `text`, new or known.
    pub(crate) fn intern(&mut self, text: &str) -> Sym {
        let hash = self.hasher.hash_one(text);
        if let Some(&sym) = self.table.find(hash, |&sym| self.texts.get(sym) == text) {
            return sym;
        }
        let sym = self.texts.push(text);
        let (texts, hasher) = (&self.texts, &self.hasher);
        self.table.insert_unique(hash, sym, |&sym| hasher.hash_one(texts.get(sym)));
        sym
    }

    /// The number of `text`, if it is known.
    pub(crate) fn find(&self, text: &str) -> Option<Sym> {
        self.table.find(self.hasher.hash_one(text), |&sym| self.texts.get(sym) == text).copied()
    }

    pub(crate) fn text(&self, sym: Sym) -> &str {
        self.texts.get(sym)
    }

    pub(crate) fn len(&self) -> usize {
        self.texts.len()
    }
}

/// Texts one after another in one allocation; not deduplicated.
#[derive(Default)]
pub(crate) struct Texts {
    text: String,
    ends: Vec<usize>,
}

impl Texts {
    /// Keeps `text` under the next number.
    pub(crate) fn push(&mut self, text: &str) -> u32 {
        let number = len_u32(self.ends.len());
        self.text.push_str(text);
        self.ends.push(self.text.len());
        number
    }

    pub(crate) fn get(&self, number: u32) -> &str {
        let at = number as usize;
        let start = if at == 0 { 0 } else { self.ends[at - 1] };
        &self.text[start..self.ends[at]]
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_text_is_kept_once() {
        let mut names = Names::new();
        let ada = names.intern("ada");
        assert_eq!(names.intern("ada"), ada);
        assert_ne!(names.intern("bob"), ada);
        assert_eq!(names.text(ada), "ada");
        assert_eq!(names.find("bob"), Some(2));
        assert_eq!(names.find("eve"), None);
        assert_eq!((names.intern(""), names.text(0)), (0, ""));
    }
}
