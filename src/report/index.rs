//! A report by id: what the screens look up. Built once, in linear time; the report itself stays plain data.

use std::collections::HashMap;

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
}
