//! A report by id: what the screens look up. Built once, in linear time; the report itself stays plain data.

use std::collections::HashMap;

use whosekey_sdk::Kind;

use super::v1;

/// Look-ups over one report.
#[derive(Debug)]
pub struct Index<'a> {
    /// The report.
    pub report: &'a v1::Report,
    entities: HashMap<&'a str, &'a v1::Entity>,
    out: HashMap<&'a str, Vec<&'a v1::Link>>,
    into: HashMap<&'a str, Vec<&'a v1::Link>>,
    findings: HashMap<&'a str, Vec<&'a v1::Finding>>,
}

/// What an id on the command line names.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Subject<'a> {
    /// An entity, by its id or an alias.
    Entity(&'a v1::Entity),
    /// A finding, by a unique prefix of its id.
    Finding(&'a v1::Finding),
}

/// Why an id names nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LookupError {
    /// Nothing has this id, alias or finding prefix.
    #[error("nothing here is called {id:?}{}", alike(similar))]
    Unknown {
        /// What was asked for.
        id: String,
        /// Ids that contain it, at most five.
        similar: Vec<String>,
    },
    /// More than one thing has it.
    #[error("{id:?} may be any of: {}", candidates.join(", "))]
    Ambiguous {
        /// What was asked for.
        id: String,
        /// What it may mean, at most five.
        candidates: Vec<String>,
    },
}

impl<'a> Index<'a> {
    /// Reads the report once.
    pub fn new(report: &'a v1::Report) -> Self {
        let mut out: HashMap<&str, Vec<&v1::Link>> = HashMap::new();
        let mut into: HashMap<&str, Vec<&v1::Link>> = HashMap::new();
        for link in &report.links {
            out.entry(link.from.as_str()).or_default().push(link);
            into.entry(link.to.as_str()).or_default().push(link);
        }
        let mut findings: HashMap<&str, Vec<&v1::Finding>> = HashMap::new();
        for finding in &report.findings {
            findings.entry(finding.subject.as_str()).or_default().push(finding);
        }
        let entities = report.entities.iter().map(|entity| (entity.id.as_str(), entity)).collect();
        Self { report, entities, out, into, findings }
    }

    /// The entity with this id.
    pub fn entity(&self, id: &str) -> Option<&'a v1::Entity> {
        self.entities.get(id).copied()
    }

    /// Links that start here, in the report's order.
    pub fn links_from(&self, id: &str) -> &[&'a v1::Link] {
        self.out.get(id).map_or(&[], Vec::as_slice)
    }

    /// Links that end here, in the report's order.
    pub fn links_to(&self, id: &str) -> &[&'a v1::Link] {
        self.into.get(id).map_or(&[], Vec::as_slice)
    }

    /// Findings about this entity, in the report's order.
    pub fn findings_of(&self, id: &str) -> &[&'a v1::Finding] {
        self.findings.get(id).map_or(&[], Vec::as_slice)
    }

    /// The name to show for one end of a link: the entity's own name, or what the source said when nothing matches.
    pub fn name_of<'b>(&self, end: &'b str) -> &'b str
    where
        'a: 'b,
    {
        self.entity(end).map_or(end, super::words::name)
    }

    /// What an id, an alias, a unique name or a unique prefix of a finding's id means.
    ///
    /// # Errors
    /// When it means nothing, or several things.
    pub fn lookup(&self, id: &str) -> Result<Subject<'a>, LookupError> {
        if let Some(entity) = self.entity(id) {
            return Ok(Subject::Entity(entity));
        }
        let report = self.report;
        let aliased: Vec<_> =
            report.entities.iter().filter(|entity| entity.aliases.iter().any(|alias| alias == id)).collect();
        if let Some(found) = one(id, &aliased)? {
            return Ok(Subject::Entity(found));
        }
        // An owner that no directory lists has no alias, and links name it by its email.
        let person = id.strip_prefix("email:").map(|address| format!("person:{}", address.to_lowercase()));
        if let Some(entity) = person.and_then(|id| self.entities.get(id.as_str()).copied()) {
            return Ok(Subject::Entity(entity));
        }
        let prefixed: Vec<_> = report.findings.iter().filter(|f| !id.is_empty() && f.id.starts_with(id)).collect();
        match prefixed.as_slice() {
            [] => {}
            [finding] => return Ok(Subject::Finding(finding)),
            several => {
                let candidates = several.iter().take(5).map(|finding| finding.id.clone()).collect();
                return Err(LookupError::Ambiguous { id: id.to_owned(), candidates });
            }
        }
        // Not promised, but what people type: the bare name, as long as only one thing has it.
        let named: Vec<_> =
            report.entities.iter().filter(|entity| is_named(entity, id) && entity.kind != Kind::Resource).collect();
        if let Some(found) = one(id, &named)? {
            return Ok(Subject::Entity(found));
        }
        Err(LookupError::Unknown { id: id.to_owned(), similar: self.similar(id) })
    }

    fn similar(&self, id: &str) -> Vec<String> {
        let wanted = id.to_lowercase();
        let near = |entity: &&v1::Entity| {
            let holds = |text: &str| text.to_lowercase().contains(&wanted);
            holds(entity.id.as_str()) || holds(&entity.name) || entity.aliases.iter().any(|alias| holds(alias))
        };
        if wanted.len() < 3 {
            return Vec::new();
        }
        self.report.entities.iter().filter(near).take(5).map(|entity| entity.id.to_string()).collect()
    }
}

fn is_named(entity: &v1::Entity, id: &str) -> bool {
    !id.is_empty() && entity.name == id
}

fn alike(similar: &[String]) -> String {
    if similar.is_empty() { String::new() } else { format!("; similar: {}", similar.join(", ")) }
}

fn one<'a>(id: &str, found: &[&'a v1::Entity]) -> Result<Option<&'a v1::Entity>, LookupError> {
    match found {
        [] => Ok(None),
        [entity] => Ok(Some(entity)),
        several => {
            let candidates = several.iter().take(5).map(|entity| entity.id.to_string()).collect();
            Err(LookupError::Ambiguous { id: id.to_owned(), candidates })
        }
    }
}
