//! Of things that are not on github.com, the host of their pages: a namesake on another host is another thing, and commands
//! and links must name it.

use async_trait::async_trait;
use whosekey_sdk::{Issue, Record, Sink, Stopped};

use crate::place::Place;

const GITHUB: &str = "github.com";

/// Hands records on, and says of GitHub's things among them where they are.
pub(crate) struct Hosted<'o> {
    out: &'o mut dyn Sink,
    host: Option<&'o str>,
}

impl<'o> Hosted<'o> {
    /// Hands on to this sink what is told of this place.
    pub(crate) fn told_by(place: &'o Place, out: &'o mut dyn Sink) -> Self {
        Self { out, host: Some(&*place.host).filter(|host| *host != GITHUB) }
    }

    fn told(&self, record: Record) -> Record {
        match (record, self.host) {
            (Record::Entity(entity), Some(host)) if entity.id.as_str().starts_with("github:") => {
                entity.attribute("host", host).into()
            }
            (record, _) => record,
        }
    }
}

#[async_trait]
impl Sink for Hosted<'_> {
    fn is_probe(&self) -> bool {
        self.out.is_probe()
    }

    async fn page(&mut self, records: Vec<Record>) -> Result<(), Stopped> {
        let records = records.into_iter().map(|record| self.told(record)).collect();
        self.out.page(records).await
    }

    fn issue(&mut self, issue: Issue) {
        self.out.issue(issue);
    }

    fn requests(&mut self, count: u64) {
        self.out.requests(count);
    }
}
