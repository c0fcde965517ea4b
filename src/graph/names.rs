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
    /// Each number with half of its text's hash: growing the table then looks at no text, and looking a text up at
    /// hardly any other.
    table: HashTable<(u32, Sym)>,
    hasher: DefaultHashBuilder,
}

/// The table's hash of a kept half. The table picks slots by the low bits and tags by the high ones, so both need spread.
fn spread(half: u32) -> u64 {
    u64::from(half).wrapping_mul(0x9e37_79b9_7f4a_7c15)
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
        let half = self.half(text);
        if let Some(sym) = self.look_up(half, text) {
            return sym;
        }
        let sym = self.texts.push(text);
        self.table.insert_unique(spread(half), (half, sym), |(half, _)| spread(*half));
        sym
    }

    /// The number of `text`, if it is known.
    pub(crate) fn find(&self, text: &str) -> Option<Sym> {
        self.look_up(self.half(text), text)
    }

    /// Makes room for so many more texts.
    pub(crate) fn reserve(&mut self, more: usize) {
        self.table.reserve(more, |(half, _)| spread(*half));
    }

    fn half(&self, text: &str) -> u32 {
        let hash = self.hasher.hash_one(text);
        u32::try_from(hash >> 32).expect("half of 64 bits are 32")
    }

    fn look_up(&self, half: u32, text: &str) -> Option<Sym> {
        let is_it = |entry: &(u32, Sym)| entry.0 == half && self.texts.get(entry.1) == text;
        self.table.find(spread(half), is_it).map(|entry| entry.1)
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
