//! Pages for IAM's lists: the stand-in answers each list whole, AWS never more than a page.
//!
//! A listing is read once and then paged from memory, so that its pages fit together whatever is made meanwhile.
//! `GetAccountAuthorizationDetails` pages over its four lists as one, as AWS does.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html>, looked at in
//! November 2026.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use quick_xml::Reader;
use quick_xml::events::Event;

use super::request::Request;
use crate::http::Answer;

/// AWS' page where a request does not say `MaxItems`.
const DEFAULT_MAX_ITEMS: usize = 100;

/// What the page tokens are like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Token {
    /// They lead from page to page, to the last one.
    Honest,
    /// From the second page on, the token is the one that asked for the page.
    Repeated,
    /// There is always a new token, and after the last item only empty pages.
    Endless,
    /// `IsTruncated` says that there is more, and there is no token.
    Absent,
}

/// Pages IAM's lists; remembers what it pages.
#[derive(Debug)]
pub(super) struct IamPages {
    size: usize,
    token: Token,
    listings: Mutex<HashMap<usize, Arc<Listing>>>,
}

impl IamPages {
    pub(super) fn new(size: usize, token: Token) -> Self {
        Self { size: size.max(1), token, listings: Mutex::default() }
    }

    /// The page that the request asks for, from the whole list that `forward` gets.
    pub(super) async fn answer<F, Fut>(&self, request: &Request, forward: F) -> Answer
    where
        F: FnOnce(Request) -> Fut,
        Fut: Future<Output = Answer>,
    {
        if !is_paged(request) {
            return forward(request.clone()).await;
        }
        let asked = request.parameter("MaxItems").and_then(|asked| asked.parse().ok()).unwrap_or(DEFAULT_MAX_ITEMS);
        let size = self.size.min(asked).max(1);
        if let Some(marker) = request.parameter("Marker") {
            let place = parse_marker(&marker).and_then(|(id, from)| Some((id, from, self.listing(id)?)));
            return match place {
                Some((id, from, listing)) => self.page(&listing, id, from, size),
                None => Answer::new(400, "text/xml", INVALID_MARKER.as_bytes().to_vec()),
            };
        }
        let mut whole = request.clone();
        whole.drop_parameters(&["MaxItems"]);
        let answer = forward(whole).await;
        match Listing::read(&answer) {
            Some(listing) => {
                let listing = Arc::new(listing);
                let id = self.remember(Arc::clone(&listing));
                self.page(&listing, id, 0, size)
            }
            None => answer,
        }
    }

    fn page(&self, listing: &Listing, id: usize, from: usize, size: usize) -> Answer {
        let to = from.saturating_add(size);
        let next = match self.token {
            Token::Endless => Some(Some(marker(id, to))),
            _ if to >= listing.items.len() && !(self.token == Token::Repeated && from > 0) => None,
            Token::Absent => Some(None),
            Token::Repeated if from > 0 => Some(Some(marker(id, from))),
            Token::Honest | Token::Repeated => Some(Some(marker(id, to))),
        };
        let body = listing.page(from..to.min(listing.items.len()), next.as_ref().map(Option::as_deref));
        Answer { status: 200, headers: listing.headers.clone(), body: body.into_bytes() }
    }

    fn listing(&self, id: usize) -> Option<Arc<Listing>> {
        self.listings.lock().unwrap_or_else(PoisonError::into_inner).get(&id).cloned()
    }

    fn remember(&self, listing: Arc<Listing>) -> usize {
        let mut listings = self.listings.lock().unwrap_or_else(PoisonError::into_inner);
        let id = listings.len();
        listings.insert(id, listing);
        id
    }
}

const INVALID_MARKER: &str = "<ErrorResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><Error>\
    <Type>Sender</Type><Code>ValidationError</Code><Message>Invalid Marker.</Message></Error></ErrorResponse>";

fn marker(id: usize, from: usize) -> String {
    format!("listing-{id}-from-{from}")
}

fn parse_marker(marker: &str) -> Option<(usize, usize)> {
    let (id, from) = marker.strip_prefix("listing-")?.split_once("-from-")?;
    Some((id.parse().ok()?, from.parse().ok()?))
}

/// Whether AWS pages this: all of IAM's lists but the two of identity providers.
fn is_paged(request: &Request) -> bool {
    let action = request.seen.action.as_deref().unwrap_or_default();
    request.seen.service.as_deref() == Some("iam")
        && (action == "GetAccountAuthorizationDetails" || action == "GetGroup" || action.starts_with("List"))
        && !matches!(action, "ListOpenIDConnectProviders" | "ListSAMLProviders")
}

/// A whole list, taken apart.
#[derive(Debug)]
struct Listing {
    headers: Vec<(String, String)>,
    text: String,
    /// The inside of each list, in order.
    lists: Vec<Range<usize>>,
    /// Each item: the list it is in, and its text.
    items: Vec<(usize, Range<usize>)>,
    /// What the stand-in says of paging, which is left out.
    dropped: Vec<Range<usize>>,
    /// Before the end tag of the result.
    end: usize,
}

impl Listing {
    /// `None` for an error and for what is not `<…Response><…Result><list><member>`.
    fn read(answer: &Answer) -> Option<Self> {
        if answer.status != 200 {
            return None;
        }
        let text = String::from_utf8(answer.body.clone()).ok()?;
        let mut reader = Reader::from_str(&text);
        let (mut lists, mut items, mut dropped, mut end) = (Vec::new(), Vec::new(), Vec::new(), None);
        // The start tag's position and name, for each open element.
        let mut open: Vec<(usize, usize, String)> = Vec::new();
        let mut has_member = false;
        loop {
            let before = usize::try_from(reader.buffer_position()).ok()?;
            let event = reader.read_event().ok()?;
            let after = usize::try_from(reader.buffer_position()).ok()?;
            match event {
                Event::Start(tag) => {
                    let name = tag.name().as_ref().to_owned();
                    has_member = if open.len() == 2 { false } else { has_member };
                    open.push((before, after, name));
                }
                Event::End(_) => {
                    let (start, inside, name) = open.pop()?;
                    match (open.len(), name.as_str()) {
                        (3, "member") => {
                            has_member = true;
                            items.push((lists.len(), start..after));
                        }
                        (2, "IsTruncated" | "Marker") => dropped.push(start..after),
                        (2, _) if has_member => lists.push(inside..before),
                        (1, _) if name.ends_with("Result") => end = Some(before),
                        _ => {}
                    }
                }
                Event::Eof => break,
                _ => {}
            }
        }
        Some(Self { headers: answer.headers.clone(), text, lists, items, dropped, end: end? })
    }

    /// The document with these items only. `next`: none on the last page, else the token, if it has one.
    fn page(&self, wanted: Range<usize>, next: Option<Option<&str>>) -> String {
        let wanted = wanted.start.min(wanted.end)..wanted.end;
        let mut replaced: Vec<(Range<usize>, String)> =
            self.dropped.iter().map(|range| (range.clone(), String::new())).collect();
        for (index, inside) in self.lists.iter().enumerate() {
            let items = self.items[wanted.clone()].iter().filter(|(list, _)| *list == index);
            replaced.push((inside.clone(), items.map(|(_, range)| &self.text[range.clone()]).collect()));
        }
        let mut paging = format!("<IsTruncated>{}</IsTruncated>", next.is_some());
        if let Some(token) = next.flatten() {
            paging.push_str(&format!("<Marker>{token}</Marker>"));
        }
        replaced.push((self.end..self.end, paging));
        replaced.sort_by_key(|(range, _)| range.start);
        let mut page = String::new();
        let mut done = 0;
        for (range, text) in replaced {
            page.push_str(&self.text[done..range.start]);
            page.push_str(&text);
            done = range.end;
        }
        page.push_str(&self.text[done..]);
        page
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DETAILS: &str = "<R xmlns=\"x\"><DResult><IsTruncated>false</IsTruncated><Users>\n<member><Name>a</Name><Tags>\
        <member>t</member></Tags></member><member>b</member></Users><Roles><member>c</member></Roles><Groups/></DResult>\
        <Meta>m</Meta></R>";

    fn listing() -> Listing {
        Listing::read(&Answer::new(200, "text/xml", DETAILS.into())).unwrap()
    }

    #[test]
    fn pages_run_over_all_lists_and_leave_nested_lists_whole() {
        let listing = listing();
        assert_eq!(listing.items.len(), 3);
        assert_eq!(
            listing.page(1..3, Some(Some("t"))),
            "<R xmlns=\"x\"><DResult><Users><member>b</member></Users><Roles><member>c</member></Roles><Groups/>\
             <IsTruncated>true</IsTruncated><Marker>t</Marker></DResult><Meta>m</Meta></R>"
        );
        assert!(listing.page(0..1, None).contains("<Tags><member>t</member></Tags></member></Users><Roles></Roles>"));
    }

    #[test]
    fn what_is_no_list_is_not_touched() {
        assert!(Listing::read(&Answer::new(403, "text/xml", DETAILS.into())).is_none());
        assert!(Listing::read(&Answer::new(200, "text/xml", b"{}".to_vec())).is_none());
    }

    #[test]
    fn misleading_tokens_mislead() {
        let page = |token, from| {
            let pages = IamPages::new(2, token);
            String::from_utf8(pages.page(&listing(), 7, from, 2).body).unwrap()
        };
        let says =
            |token, from, what: &str| assert!(page(token, from).contains(what), "{token:?} {}", page(token, from));
        says(Token::Honest, 0, "<IsTruncated>true</IsTruncated><Marker>listing-7-from-2<");
        says(Token::Honest, 2, "<IsTruncated>false</IsTruncated></DResult>");
        says(Token::Repeated, 2, "<Marker>listing-7-from-2<");
        says(Token::Endless, 4, "<Marker>listing-7-from-6<");
        says(Token::Absent, 0, "<IsTruncated>true</IsTruncated></DResult>");
    }
}
