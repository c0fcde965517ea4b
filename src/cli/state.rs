//! What most commands begin with: the configuration, the database, and the report that they make together.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use anyhow::Context as _;
use whosekey_sdk::Timestamp;

use super::format::FormatArgs;
use super::when::NowArgs;
use super::{Environment, Global};
use crate::analysis::access::CanAuthenticate;
use crate::analysis::lifecycle::{self, Life, NoticeKind, Reconciled, StoredFinding};
use crate::analysis::verdict::Verdict;
use crate::analysis::{self, Analysis, Finding, FindingId, Found, Input, RULES, Status};
use crate::config::{Config, Flags};
use crate::graph::{EntityRow, Graph, LinkRow, Node};
use crate::registry;
use crate::report::assemble::{FindingLine, FindingRow};
use crate::report::recording::{self, Naming, ScopeRows};
use crate::report::{self, Format, Options, assemble, v1};
use crate::store::{Store, StoreError};

/// The configuration, checked.
pub(crate) fn setup(global: &Global, environment: &Environment) -> anyhow::Result<Config> {
    let flags = Flags { config: global.config.clone(), database: global.database.clone() };
    let rules: Vec<&str> = RULES.iter().map(|rule| rule.meta.id).collect();
    let surroundings = environment.for_config().context("the current folder is not there")?;
    Ok(Config::load(&flags, &surroundings, &rules)?)
}

/// The database, to read.
pub(crate) fn open_to_read(config: &Config) -> anyhow::Result<Store> {
    Ok(Store::open_read_only(&config.database)?)
}

/// The database, to change something that a scan does not write.
pub(crate) fn open_to_change(config: &Config) -> anyhow::Result<Store> {
    open_to_read(config)?;
    Ok(Store::open(&config.database)?)
}

/// Whether another process holds the database's scan lock.
pub(crate) fn is_locked(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| matches!(cause.downcast_ref::<StoreError>(), Some(StoreError::Locked { .. })))
}

/// A graph, judged, with the life of its findings.
pub(crate) struct Judged {
    pub(crate) graph: Graph,
    analysis: Analysis,
    /// Every finding, and what became of it.
    pub(crate) reconciled: Reconciled,
    left_behind: Vec<v1::Notice>,
    now: Timestamp,
}

/// Judges the state as of a time. What is stored of the findings' life is taken into account and not changed.
pub(crate) fn judge(
    store: &Store,
    config: &Config,
    as_of: Option<Timestamp>,
    now: Timestamp,
) -> anyhow::Result<Judged> {
    let graph = store.graph(as_of)?;
    let analysis = analysis::analyze(&Input::new(&graph, &config.policy, now));
    let kept = |ids: &[FindingId]| store.forms(ids);
    let mut reconciled = lifecycle::reconcile(store.lives()?, kept, &analysis, &graph, &config.policy, now)?;
    if let Some(then) = as_of {
        // What was found since is not closed in the older state: nobody had found it.
        reconciled.findings.retain(|stored| stored.life.status != Status::Closed || stored.life.first_seen <= then);
    }
    let left_behind = left_behind(&graph, config);
    Ok(Judged { graph, analysis, reconciled, left_behind, now })
}

/// What is told of sources that nobody scans any more: their last word goes on to count, and nothing else would say so.
fn left_behind(graph: &Graph, config: &Config) -> Vec<v1::Notice> {
    // A database may be looked at without any configuration.
    if config.sources.is_empty() {
        return Vec::new();
    }
    let mut last_seen: BTreeMap<&str, Timestamp> = BTreeMap::new();
    for coverage in graph.scopes().iter().filter_map(|scope| scope.coverage.as_ref()) {
        let name = coverage.source.as_str();
        if !config.sources.iter().any(|source| source.name == name) {
            let at = coverage.attempt.finished_at;
            last_seen.entry(name).and_modify(|last| *last = at.max(*last)).or_insert(at);
        }
    }
    let told = last_seen.into_iter().map(|(source, at)| v1::Notice {
        code: "source_not_configured".to_owned(),
        message: format!(
            "source {source} is not in the configuration any more: what it showed until {at} still counts, and nothing \
             can show what became of it; put it back, or begin with a new database"
        ),
    });
    told.collect()
}

impl Judged {
    /// The whole report.
    pub(crate) fn report(&self) -> v1::Report {
        self.with_parts(assemble::assemble)
    }

    /// Writes the report, in the least memory that the format allows.
    pub(crate) fn write(
        &self,
        format: Format,
        out: &mut dyn std::io::Write,
        options: &Options,
    ) -> Result<(), report::Error> {
        match format {
            Format::Json | Format::Table => self.with_parts(|parts| assemble::write(parts, format, out, options)),
            _ => report::write(&self.report(), format, out, options),
        }
    }

    /// What a report is made of. The moment at which it is made is the moment of its thresholds, so that it can be made
    /// again.
    fn with_parts<T>(&self, make: impl FnOnce(assemble::Parts<'_>) -> T) -> T {
        let verdicts = |node: Node<'_>| self.verdicts(node);
        let answers = |node: Node<'_>| Some(self.analysis.verdicts_of(node)?.answers());
        let permissions = registry::descriptors().into_iter().map(|d| (d.name, d.permissions)).collect();
        make(assemble::Parts {
            graph: &self.graph,
            sight: &self.analysis.sight,
            verdicts: &verdicts,
            answers: &answers,
            findings: &Findings { judged: self, input: self.analysis.input(&self.graph) },
            notices: self.reconciled.notices.iter().map(notice).chain(self.left_behind.iter().cloned()).collect(),
            permissions: &permissions,
            version: env!("CARGO_PKG_VERSION"),
            generated_at: self.now,
            now: self.now,
        })
    }

    /// What the rules found, in words.
    pub(crate) fn in_words(&self) -> impl Fn(&Found) -> Finding + Sync {
        let input = self.analysis.input(&self.graph);
        move |found| found.in_words(&input)
    }

    /// Whether this is known to be unable to authenticate.
    pub(crate) fn is_dormant(&self, node: Node<'_>) -> bool {
        matches!(self.analysis.access.can_authenticate(node.node_id()), Some(CanAuthenticate::No(_)))
    }

    fn verdicts(&self, node: Node<'_>) -> Option<assemble::Judged> {
        let three = self.analysis.verdicts_of(node)?;
        let told = |verdict: Verdict| v1::Verdict {
            verdict: verdict.answer(),
            reason: Some(verdict.why.code().to_owned()),
            because: Some(self.analysis.because(node, verdict)),
        };
        let verdicts = v1::Verdicts {
            orphaned: told(three.orphaned),
            zombie: told(three.zombie),
            ownerless: told(three.ownerless),
        };
        let dormant = three.is_dormant().then(|| self.analysis.because(node, three.orphaned));
        Some(assemble::Judged { verdicts, dormant })
    }

    fn suppression(&self, life: &Life) -> Option<v1::Suppression> {
        match (life.status, &life.mute) {
            (Status::Muted, Some(mute)) => {
                Some(v1::Suppression { by: "mute".to_owned(), reason: mute.reason.clone(), until: mute.until })
            }
            (Status::Accepted, _) => self.reconciled.acceptances.get(&life.id).map(|accept| v1::Suppression {
                by: "policy".to_owned(),
                reason: accept.reason.clone(),
                until: accept.until,
            }),
            (Status::Open | Status::Closed | Status::Muted, _) => None,
        }
    }
}

/// The findings of a report, which puts those into words that it shows.
struct Findings<'a> {
    judged: &'a Judged,
    input: Input<'a>,
}

impl Findings<'_> {
    fn stored(&self, at: usize) -> &StoredFinding {
        &self.judged.reconciled.findings[at]
    }
}

impl assemble::Findings for Findings<'_> {
    fn count(&self) -> usize {
        self.judged.reconciled.findings.len()
    }

    fn line(&self, at: usize) -> FindingLine<'_> {
        let stored = self.stored(at);
        FindingLine {
            severity: stored.severity(),
            rule: stored.rule(),
            subject: stored.subject(&self.judged.graph),
            id: stored.life.id,
            status: stored.life.status,
        }
    }

    fn in_words(&self, at: usize) -> FindingRow {
        let stored = self.stored(at);
        FindingRow {
            finding: stored.in_words(&self.input).into_owned(),
            status: stored.life.status,
            first_seen: stored.life.first_seen,
            closed_at: stored.life.closed_at,
            suppression: self.judged.suppression(&stored.life),
        }
    }
}

fn notice(notice: &lifecycle::Notice) -> v1::Notice {
    let code = match notice.kind {
        NoticeKind::Expired => "accepted_risk_expired",
        NoticeKind::MatchesNothing => "accepted_risk_unmatched",
    };
    v1::Notice { code: code.to_owned(), message: notice.to_string() }
}

/// The database's state, judged, with no scan.
pub(crate) fn judged(
    global: &Global,
    environment: &Environment,
    as_of: Option<&str>,
    now: &NowArgs,
) -> anyhow::Result<Judged> {
    let config = setup(global, environment)?;
    let now = now.moment(environment)?;
    let store = open_to_read(&config)?;
    judge(&store, &config, now.as_of(as_of)?, now.0)
}

/// The report from the database, with no scan.
pub(crate) fn report(global: &Global, environment: &Environment, now: &NowArgs) -> anyhow::Result<v1::Report> {
    Ok(judged(global, environment, None, now)?.report())
}

/// The id of the one finding whose id begins like this.
pub(crate) fn finding_id(store: &Store, prefix: &str) -> anyhow::Result<String> {
    let mut ids = store.findings_beginning(prefix)?.into_iter();
    let id = ids.next().with_context(|| format!("no finding's id begins with {prefix:?}"))?;
    anyhow::ensure!(ids.next().is_none(), "more than one finding's id begins with {prefix:?}");
    Ok(id)
}

/// Writes the database's state as a recording.
pub(crate) fn emit_recording(
    store: &Store,
    as_of: Option<Timestamp>,
    format: &FormatArgs,
    global: &Global,
    environment: &Environment,
) -> anyhow::Result<()> {
    type Rows = (Vec<EntityRow>, Vec<LinkRow>);
    let mut coverage = Vec::new();
    let rows: RefCell<HashMap<(String, String), Rows>> = RefCell::default();
    store.load(
        as_of,
        |row| coverage.push(row),
        |row| rows.borrow_mut().entry((row.source.clone(), row.scope.clone())).or_default().0.push(row),
        |row| rows.borrow_mut().entry((row.source.clone(), row.scope.clone())).or_default().1.push(row),
        |_| {},
    )?;
    let mut rows = rows.into_inner();
    let scopes = coverage.clone().into_iter().map(|coverage| {
        let (entities, links) = rows.remove(&(coverage.source.clone(), coverage.scope.clone())).unwrap_or_default();
        ScopeRows { coverage, entities, links }
    });
    let sources: BTreeSet<&str> = coverage.iter().map(|row| row.source.as_str()).collect();
    let naming = if sources.len() > 1 { Naming::WithSource } else { Naming::Plain };
    format.emit(global, environment, |out, _| recording::write(&coverage, scopes, naming, out))
}
