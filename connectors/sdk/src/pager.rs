//! The shared pager: the only mint of [`Complete`].
//!
//! A listing is complete when the platform itself said that there is no more. A vendor's paginator that stops early
//! looks just like one that finished (`aws-sdk-iam` ends silently on a repeated token), so every connector turns its
//! pages here, by the platform's raw end marker.

use std::collections::HashSet;

use crate::{CollectError, Issue, IssueKind};

/// Proof that a listing was seen to its end.
///
/// Invariant: only [`Pager::turn`] makes one, for [`Next::End`], and [`unpaged`]; there is no other constructor.
///
/// ```compile_fail
/// let forged = whosekey_sdk::Complete { _sealed: () };
/// ```
#[derive(Debug)]
#[must_use = "a scope is complete only when its collect returns this"]
pub struct Complete {
    _sealed: (),
}

impl Complete {
    /// Two listings that were both seen to their end are, together, complete.
    pub fn and(self, _other: Complete) -> Complete {
        self
    }
}

/// For what is one answer and has no pages: a call that was answered whole, a file read to its end.
///
/// It mints as [`Next::End`] does, so the same holds: only after the whole answer was there and understood.
pub fn unpaged() -> Complete {
    Complete { _sealed: () }
}

/// What a page said about the page after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// The platform's own end marker: no more pages.
    End,
    /// Continue with this token.
    Token(String),
    /// The platform said that there is more but not how to get it (`IsTruncated` without a marker, an empty token).
    Lost,
}

impl Next {
    /// For platforms whose end marker is the absence of a token. An empty token is [`Next::Lost`]: platforms differ on
    /// what it means, and guessing "the end" is how inventories lose data.
    pub fn from_token(token: Option<String>) -> Self {
        match token {
            None => Next::End,
            Some(token) if token.is_empty() => Next::Lost,
            Some(token) => Next::Token(token),
        }
    }

    /// For platforms that send both a flag and a marker: they must agree.
    pub fn from_flag_and_token(is_truncated: bool, token: Option<String>) -> Self {
        match (is_truncated, token) {
            (false, None) => Next::End,
            (true, Some(token)) if !token.is_empty() => Next::Token(token),
            _ => Next::Lost,
        }
    }
}

/// The outcome of turning a page.
#[derive(Debug)]
pub enum Turn {
    /// Ask for the page with this token.
    More(String),
    /// That was the last page.
    End(Complete),
}

/// Follows one listing from page to page, and refuses listings that repeat themselves or never end.
#[derive(Debug)]
pub struct Pager {
    seen: HashSet<String>,
    pages: usize,
    max_pages: usize,
}

impl Default for Pager {
    fn default() -> Self {
        Self::new()
    }
}

impl Pager {
    /// No real listing is longer: at 100 items a page this is a million items.
    pub const DEFAULT_MAX_PAGES: usize = 10_000;

    /// A pager for one listing.
    pub fn new() -> Self {
        Self::with_max_pages(Self::DEFAULT_MAX_PAGES)
    }

    /// A pager that gives up after this many pages.
    pub fn with_max_pages(max_pages: usize) -> Self {
        Self { seen: HashSet::new(), pages: 0, max_pages }
    }

    /// Turns the page that was just received.
    ///
    /// # Errors
    /// [`CollectError::Issue`] when a token was seen before, when the platform lost the continuation, or after the
    /// page limit: the pages so far stand, the scope is not complete.
    pub fn turn(&mut self, next: Next) -> Result<Turn, CollectError> {
        self.pages += 1;
        let token = match next {
            Next::End => return Ok(Turn::End(Complete { _sealed: () })),
            Next::Lost => {
                return Err(self.broken("the listing was cut: the platform says there is more but not where"));
            }
            Next::Token(token) => token,
        };
        if self.pages >= self.max_pages {
            return Err(self.broken("the listing does not end"));
        }
        if !self.seen.insert(token.clone()) {
            return Err(self.broken("the listing goes in circles: a page token came twice"));
        }
        Ok(Turn::More(token))
    }

    fn broken(&self, what: &str) -> CollectError {
        CollectError::Issue(Issue::new(IssueKind::Parse, format!("{what} (after {} pages)", self.pages)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeated_token_is_an_error_not_an_end() {
        let mut pager = Pager::new();
        assert!(matches!(pager.turn(Next::Token("a".into())), Ok(Turn::More(_))));
        assert!(matches!(pager.turn(Next::Token("b".into())), Ok(Turn::More(_))));
        assert!(pager.turn(Next::Token("a".into())).is_err());
    }

    #[test]
    fn an_endless_listing_is_an_error() {
        let mut pager = Pager::with_max_pages(3);
        let mut turned = 0;
        while pager.turn(Next::Token(format!("t{turned}"))).is_ok() {
            turned += 1;
        }
        assert_eq!(turned, 2);
    }

    #[test]
    fn a_flag_that_disagrees_with_the_marker_is_not_an_end() {
        assert_eq!(Next::from_flag_and_token(true, None), Next::Lost);
        assert_eq!(Next::from_flag_and_token(false, Some("x".into())), Next::Lost);
        assert_eq!(Next::from_flag_and_token(false, None), Next::End);
        assert_eq!(Next::from_token(Some(String::new())), Next::Lost);
    }
}
