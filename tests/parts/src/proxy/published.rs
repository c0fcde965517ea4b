//! A JSON list from a file or value, served in pages as AWS' JSON protocols do: for calls that the stand-in lacks, such
//! as CloudTrail's `LookupEvents`.

use std::path::Path;

use serde_json::{Map, Value};

use crate::PartError;

/// A document with one list, in the platform's published shape.
#[derive(Debug, Clone)]
pub struct Published {
    document: Map<String, Value>,
    list: String,
    page_size: usize,
    token: String,
}

impl Published {
    /// `document` with the list under `list`, in pages of at most `page_size` (or the request's `MaxResults`), with
    /// `NextToken` in and out.
    ///
    /// # Panics
    /// When the document has no such list.
    pub fn new(document: Value, list: &str, page_size: usize) -> Self {
        let Value::Object(document) = document else { panic!("a published answer is a JSON object") };
        assert!(document.get(list).is_some_and(Value::is_array), "no list {list} in the published answer");
        Self { document, list: list.to_owned(), page_size: page_size.max(1), token: "NextToken".to_owned() }
    }

    /// The same, from a file.
    ///
    /// # Errors
    /// When the file cannot be read or is no JSON.
    ///
    /// # Panics
    /// When the document has no such list.
    pub fn from_file(path: &Path, list: &str, page_size: usize) -> Result<Self, PartError> {
        let text = std::fs::read_to_string(path).map_err(PartError::file(path))?;
        let document =
            serde_json::from_str(&text).map_err(|error| PartError::File { path: path.into(), source: error.into() })?;
        Ok(Self::new(document, list, page_size))
    }

    /// With another name for the page token, such as `nextToken`.
    #[must_use]
    pub fn token(mut self, name: &str) -> Self {
        name.clone_into(&mut self.token);
        self
    }

    /// The page that the request asks for. What does not match the request's `LookupAttributes` is left out first.
    pub(super) fn page(&self, request: &[u8]) -> Vec<u8> {
        let request: Value = serde_json::from_slice(request).unwrap_or_default();
        let start: usize = request[&self.token].as_str().and_then(|token| token.parse().ok()).unwrap_or(0);
        let asked = request["MaxResults"].as_u64().and_then(|asked| usize::try_from(asked).ok());
        let size = asked.unwrap_or(self.page_size).min(self.page_size).max(1);
        let all: Vec<&Value> = self.document[&self.list]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|item| is_looked_up(item, &request))
            .collect();
        let page: Vec<Value> = all.iter().skip(start).take(size).map(|item| (*item).clone()).collect();
        let mut answer = self.document.clone();
        answer.remove(&self.token);
        if start + page.len() < all.len() {
            answer.insert(self.token.clone(), Value::from((start + page.len()).to_string()));
        }
        answer.insert(self.list.clone(), Value::Array(page));
        Value::Object(answer).to_string().into_bytes()
    }
}

/// CloudTrail: `LookupAttributes` name a field of the event (`EventName`, `Username`, `AccessKeyId`, `EventSource` …).
fn is_looked_up(item: &Value, request: &Value) -> bool {
    let attributes = request["LookupAttributes"].as_array();
    attributes.into_iter().flatten().all(|wanted| match wanted["AttributeKey"].as_str() {
        Some(key) => item[key] == wanted["AttributeValue"],
        None => true,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn pages_end_without_a_token_and_filters_come_before_paging() {
        let events = json!({"Events": [{"EventName": "CreateUser", "EventId": "1"}, {"EventName": "CreateRole", "EventId": "2"},
            {"EventName": "CreateUser", "EventId": "3"}]});
        let list = Published::new(events, "Events", 50);
        let ask =
            |request: Value| -> Value { serde_json::from_slice(&list.page(request.to_string().as_bytes())).unwrap() };
        let only_users = json!([{"AttributeKey": "EventName", "AttributeValue": "CreateUser"}]);
        let first = ask(json!({"MaxResults": 1, "LookupAttributes": only_users}));
        assert_eq!((&first["Events"][0]["EventId"], &first["NextToken"]), (&json!("1"), &json!("1")));
        let second = ask(json!({"MaxResults": 1, "LookupAttributes": only_users, "NextToken": "1"}));
        assert_eq!((&second["Events"][0]["EventId"], &second["NextToken"]), (&json!("3"), &Value::Null));
    }
}
