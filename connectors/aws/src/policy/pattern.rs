//! IAM's two wildcards: `*` for any run of characters, `?` for exactly one.
//!
//! Actions and service names compare without regard to ASCII case, resources and subjects exactly
//! (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html>, read 2026-11-24).
//! Invariant: [`Pattern::covers`] never says yes wrongly; it may say no to a pair of patterns that are equal only as
//! sets, such as `*a*` and `*a**`.

/// A text in which `*` and `?` are wildcards.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Pattern {
    text: Box<str>,
    is_literal: bool,
    /// Where it is not what is matched: only for people.
    written: Option<Box<str>>,
}

/// Beyond this many comparisons an overlap is assumed rather than worked out.
const OVERLAP_LIMIT: usize = 1 << 20;

impl Pattern {
    /// A pattern of something whose case counts: an ARN, a subject.
    pub(super) fn exact_case(text: &str) -> Self {
        Self { text: text.into(), is_literal: !text.contains(['*', '?']), written: None }
    }

    /// A pattern of something whose case does not count: an action. What it is matched against must be in lower case.
    pub(super) fn any_case(text: &str) -> Self {
        let lower = text.to_ascii_lowercase();
        let written = (lower != text).then(|| text.into());
        Self { text: lower.into(), is_literal: !text.contains(['*', '?']), written }
    }

    /// As it was written.
    pub(super) fn written(&self) -> &str {
        self.written.as_deref().unwrap_or(&self.text)
    }

    /// As it is matched: as written, apart from case.
    pub(super) fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it holds no wildcard.
    pub(super) fn is_literal(&self) -> bool {
        self.is_literal
    }

    /// Whether it matches everything.
    pub(super) fn is_everything(&self) -> bool {
        !self.text.is_empty() && self.text.bytes().all(|b| b == b'*')
    }

    /// Whether it matches this text.
    pub(super) fn matches(&self, text: &str) -> bool {
        if self.is_literal { *self.text == *text } else { run(self.text.as_bytes(), text.as_bytes(), Against::Text) }
    }

    /// Whether everything that `other` matches is matched by this.
    pub(super) fn covers(&self, other: &Pattern) -> bool {
        if other.is_literal {
            return self.matches(&other.text);
        }
        !self.is_literal && run(self.text.as_bytes(), other.text.as_bytes(), Against::Pattern)
    }

    /// Whether some text is matched by both.
    pub(super) fn overlaps(&self, other: &Pattern) -> bool {
        match (self.is_literal, other.is_literal) {
            (_, true) => self.matches(&other.text),
            (true, false) => other.matches(&self.text),
            (false, false) => intersect(self.text.as_bytes(), other.text.as_bytes()),
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Against {
    Text,
    Pattern,
}

/// Greedy matching that goes back to the latest `*` only: linear for most patterns, never exponential.
fn run(pattern: &[u8], text: &[u8], against: Against) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut back: Option<(usize, usize)> = None;
    while t < text.len() {
        let wild = against == Against::Pattern && text[t] == b'*';
        match pattern.get(p) {
            Some(b'*') => {
                back = Some((p, t));
                p += 1;
                continue;
            }
            Some(b'?') if !wild && !is_inside_char(text[t]) => {
                p += 1;
                t = end_of_char(text, t);
                continue;
            }
            Some(&b) if b == text[t] && !wild && !(against == Against::Pattern && text[t] == b'?') => {
                p += 1;
                t += 1;
                continue;
            }
            _ => {}
        }
        let Some((star, from)) = back else { return false };
        back = Some((star, from + 1));
        p = star + 1;
        t = from + 1;
    }
    pattern[p..].iter().all(|&b| b == b'*')
}

fn is_inside_char(byte: u8) -> bool {
    byte & 0xC0 == 0x80
}

fn end_of_char(text: &[u8], start: usize) -> usize {
    let mut end = start + 1;
    while end < text.len() && is_inside_char(text[end]) {
        end += 1;
    }
    end
}

fn intersect(a: &[u8], b: &[u8]) -> bool {
    if a.len().saturating_mul(b.len()) > OVERLAP_LIMIT {
        return true;
    }
    // `row[j]`: a[..i] and b[..j] have a text in common.
    let mut row = vec![false; b.len() + 1];
    row[0] = true;
    for j in 0..b.len() {
        row[j + 1] = row[j] && b[j] == b'*';
    }
    for &x in a {
        let mut next = vec![false; b.len() + 1];
        next[0] = row[0] && x == b'*';
        for j in 0..b.len() {
            let y = b[j];
            next[j + 1] = if x == b'*' || y == b'*' {
                // A star takes nothing, or takes what stands on the other side.
                row[j + 1] || next[j]
            } else {
                row[j] && (x == y || x == b'?' || y == b'?')
            };
        }
        row = next;
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn stars_and_question_marks_match_as_in_iam() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("s3:*", "s3:getobject", true),
            ("s3:Get*", "s3:getobject", true),
            ("s3:get?bject", "s3:getobject", true),
            ("s3:get?", "s3:get", false),
            ("*:*", "iam:passrole", true),
            ("*object*tag*", "s3:putobjecttagging", true),
            ("s3:*x", "s3:getobject", false),
            ("", "", true),
            ("a?c", "aéc", true),
        ] {
            assert_eq!(Pattern::any_case(pattern).matches(text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn covering_is_about_all_texts_not_about_some() {
        for (a, b, expected) in [
            ("*", "s3:*", true),
            ("s3:*", "s3:get*", true),
            ("s3:get*", "s3:*", false),
            ("s3:get*", "s3:getobject", true),
            ("iam:*role*", "iam:pass*", false),
            ("a?", "a*", false),
            ("a*", "a?", true),
        ] {
            assert_eq!(Pattern::any_case(a).covers(&Pattern::any_case(b)), expected, "{a} {b}");
        }
        assert!(Pattern::any_case("iam:*role").overlaps(&Pattern::any_case("iam:pass*")));
        assert!(!Pattern::any_case("iam:*role").overlaps(&Pattern::any_case("s3:*")));
    }

    #[test]
    fn a_hostile_pattern_ends_soon() {
        let pattern = Pattern::any_case(&"*a".repeat(5_000));
        assert!(!pattern.matches(&"a".repeat(4_999)));
        let _ = pattern.overlaps(&Pattern::any_case(&"*b".repeat(5_000)));
    }

    proptest! {
        #[test]
        fn what_is_covered_is_matched(a in "[ab*?]{0,6}", b in "[ab*?]{0,6}", text in "[ab]{0,6}") {
            let (a, b) = (Pattern::any_case(&a), Pattern::any_case(&b));
            if a.covers(&b) && b.matches(&text) {
                prop_assert!(a.matches(&text));
            }
            if a.matches(&text) && b.matches(&text) {
                prop_assert!(a.overlaps(&b));
            }
        }
    }
}
