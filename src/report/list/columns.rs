//! The columns of each list.

use whosekey_sdk::{Fact, Kind, Outcome, Timestamp};

use super::SourceRow;
use crate::analysis::Answer;
use crate::report::grid::{Cell, Grid};
use crate::report::index::Index;
use crate::report::paint::Tone;
use crate::report::{v1, words};

pub(super) fn entities(kind: Kind, rows: &[&v1::Entity], index: &Index<'_>) -> Grid {
    match kind {
        Kind::Identity | Kind::Credential => judged(rows, index),
        Kind::Agent | Kind::Workload => holders(rows, index),
        Kind::Owner => owners(rows, index),
        Kind::Resource => resources(rows, index),
    }
}

fn judged(rows: &[&v1::Entity], index: &Index<'_>) -> Grid {
    let mut grid = Grid::new(&[
        ("name", 36),
        ("type", 28),
        ("orphaned", 11),
        ("zombie", 11),
        ("ownerless", 11),
        ("last used", 13),
        ("expires", 13),
        ("enabled", 13),
        ("owner", 28),
        ("agents", 6),
        ("id", 44),
    ])
    .optional(&["agents", "enabled", "expires", "type", "last used", "owner"]);
    for entity in rows {
        let mut cells = vec![name(entity), Cell::new(entity.type_name.as_str())];
        match &entity.verdicts {
            Some(verdicts) => cells.extend(verdicts.named().map(|(_, verdict)| answer(entity, verdict.verdict))),
            None => cells.extend([Cell::new(""), Cell::new(""), Cell::new("")]),
        }
        cells.extend([
            fact(entity.last_used_at),
            fact(entity.expires_at),
            enabled(entity.enabled),
            owner(entity, index),
            Cell::new(entity.agents.len().to_string()),
            id(entity),
        ]);
        grid.rows.push(cells);
    }
    grid
}

fn holders(rows: &[&v1::Entity], index: &Index<'_>) -> Grid {
    let mut grid = Grid::new(&[
        ("name", 40),
        ("type", 28),
        ("component", 14),
        ("environment", 14),
        ("holds", 6),
        ("runs as", 30),
        ("owner", 28),
        ("enabled", 13),
        ("id", 44),
    ])
    .optional(&["enabled", "environment", "runs as", "type", "owner", "component"]);
    for entity in rows {
        let out = index.links_from(entity.id.as_str());
        let holds = out.iter().filter(|link| link.kind == whosekey_sdk::LinkKind::Holds).count();
        let runs_as: Vec<_> = out
            .iter()
            .filter(|link| link.kind == whosekey_sdk::LinkKind::RunsAs)
            .map(|link| index.name_of(link.to.as_str()))
            .collect();
        grid.rows.push(vec![
            name(entity),
            Cell::new(entity.type_name.as_str()),
            attribute(entity, "component"),
            attribute(entity, "environment"),
            Cell::new(holds.to_string()),
            Cell::new(runs_as.join(", ")),
            owner(entity, index),
            enabled(entity.enabled),
            id(entity),
        ]);
    }
    grid
}

fn owners(rows: &[&v1::Entity], index: &Index<'_>) -> Grid {
    let mut grid = Grid::new(&[("name", 36), ("type", 20), ("state", 14), ("owns", 6), ("sources", 30), ("id", 50)])
        .optional(&["sources", "type"]);
    for entity in rows {
        let owns = index.links_to(entity.id.as_str());
        let owns = owns.iter().filter(|link| link.kind == whosekey_sdk::LinkKind::OwnedBy).count();
        let state = match entity.enabled {
            _ if entity.gone_at.is_some() => Cell::toned("departed", Tone::Bad),
            Fact::Known(true) => Cell::toned("active", Tone::Good),
            Fact::Known(false) => Cell::toned("departed", Tone::Bad),
            Fact::NotExposed => Cell::toned("(not exposed)", Tone::Muted),
            Fact::Denied => Cell::toned("(denied)", Tone::Unsure),
        };
        grid.rows.push(vec![
            name(entity),
            Cell::new(entity.type_name.as_str()),
            state,
            Cell::new(owns.to_string()),
            Cell::new(entity.sources.join(", ")),
            id(entity),
        ]);
    }
    grid
}

fn resources(rows: &[&v1::Entity], index: &Index<'_>) -> Grid {
    let mut grid =
        Grid::new(&[("name", 44), ("type", 28), ("reached by", 10), ("owner", 28), ("sources", 24), ("id", 50)])
            .optional(&["sources", "owner", "type"]);
    for entity in rows {
        let reached = index.links_to(entity.id.as_str());
        let reached = reached.iter().filter(|link| link.kind == whosekey_sdk::LinkKind::CanAccess).count();
        grid.rows.push(vec![
            name(entity),
            Cell::new(entity.type_name.as_str()),
            Cell::new(reached.to_string()),
            owner(entity, index),
            Cell::new(entity.sources.join(", ")),
            id(entity),
        ]);
    }
    grid
}

pub(super) fn findings(rows: &[&v1::Finding], index: &Index<'_>) -> Grid {
    let mut grid = Grid::new(&[
        ("severity", 8),
        ("rule", 16),
        ("reason", 18),
        ("subject", 34),
        ("because", 70),
        ("status", 9),
        ("confidence", 10),
        ("location", 40),
        ("first seen", 10),
        ("subject id", 44),
        ("id", 16),
    ])
    .optional(&["confidence", "first seen", "subject id", "location", "status", "because"]);
    for finding in rows {
        grid.rows.push(vec![
            Cell::toned(finding.severity.as_str(), Tone::of_finding(finding)),
            Cell::new(finding.rule.as_str()),
            Cell::new(finding.reason.as_str()),
            Cell::toned(index.name_of(finding.subject.as_str()), Tone::Strong),
            Cell::new(finding.because.as_str()),
            Cell::new(finding.status.as_str()),
            Cell::new(finding.confidence.as_str()),
            Cell::new(finding.locations.first().map(words::location).unwrap_or_default()),
            Cell::new(words::date(finding.first_seen)),
            Cell::toned(finding.subject.as_str(), Tone::Muted),
            Cell::toned(finding.id.as_str(), Tone::Name),
        ]);
    }
    grid
}

pub(super) fn scopes(rows: &[&v1::Coverage], now: Timestamp) -> Grid {
    let mut grid = Grid::new(&[
        ("source", 20),
        ("scope", 44),
        ("outcome", 10),
        ("records", 8),
        ("requests", 8),
        ("last complete", 28),
        ("took", 12),
        ("issues", 60),
    ])
    .optional(&["took", "requests", "records", "issues"]);
    for scope in rows {
        let outcome = match scope.outcome {
            Outcome::Complete if scope.suspect => Cell::toned("suspect", Tone::Unsure),
            Outcome::Complete => Cell::toned("complete", Tone::Good),
            Outcome::Partial => Cell::toned("partial", Tone::Unsure),
            Outcome::Failed => Cell::toned("failed", Tone::Bad),
        };
        let issues: Vec<_> = scope.issues.iter().map(|i| format!("{}: {}", i.kind.as_str(), i.message)).collect();
        grid.rows.push(vec![
            Cell::toned(scope.source.as_str(), Tone::Strong),
            Cell::new(scope.scope.as_str()),
            outcome,
            Cell::new(scope.records.to_string()),
            Cell::new(scope.requests.to_string()),
            Cell::new(scope.last_complete_at.map_or("never".to_owned(), |at| words::moment(at, now))),
            Cell::new(words::duration(scope.started_at, scope.finished_at)),
            Cell::new(issues.join("; ")),
        ]);
    }
    grid
}

pub(super) fn sources(rows: &[&SourceRow]) -> Grid {
    let mut grid = Grid::new(&[
        ("source", 30),
        ("connector", 14),
        ("scopes", 8),
        ("complete", 8),
        ("records", 10),
        ("requests", 10),
    ]);
    for row in rows {
        let whole = if row.complete == row.scopes { Tone::Good } else { Tone::Unsure };
        grid.rows.push(vec![
            Cell::toned(row.source.as_str(), Tone::Strong),
            Cell::new(row.connector.as_str()),
            Cell::new(row.scopes.to_string()),
            Cell::toned(row.complete.to_string(), whole),
            Cell::new(row.records.to_string()),
            Cell::new(row.requests.to_string()),
        ]);
    }
    grid
}

fn name(entity: &v1::Entity) -> Cell {
    let gone = if entity.gone_at.is_some() { " (gone)" } else { "" };
    Cell::toned(format!("{}{gone}", words::name(entity)), if gone.is_empty() { Tone::Strong } else { Tone::Muted })
}

fn id(entity: &v1::Entity) -> Cell {
    Cell::toned(entity.id.as_str(), Tone::Name)
}

fn answer(entity: &v1::Entity, answer: Answer) -> Cell {
    if entity.dormant.is_some() {
        return Cell::toned("dormant", Tone::Muted);
    }
    Cell::toned(words::answer(answer), Tone::of_answer(answer))
}

fn fact(fact: Fact<Option<Timestamp>>) -> Cell {
    let tone = if fact.known().is_some() { Tone::Plain } else { Tone::Muted };
    Cell::toned(words::fact_cell(fact), tone)
}

fn enabled(fact: Fact<bool>) -> Cell {
    match fact {
        Fact::Known(true) => Cell::new("yes"),
        Fact::Known(false) => Cell::toned("no", Tone::Muted),
        Fact::NotExposed => Cell::toned("(not exposed)", Tone::Muted),
        Fact::Denied => Cell::toned("(denied)", Tone::Unsure),
    }
}

fn owner(entity: &v1::Entity, index: &Index<'_>) -> Cell {
    let Some(first) = entity.owners.first() else {
        return Cell::toned("nobody known", Tone::Muted);
    };
    let departed = if first.departed == Some(true) { " (departed)" } else { "" };
    let more = entity.owners.len() - 1;
    let more = if more > 0 { format!(" +{more}") } else { String::new() };
    Cell::new(format!("{}{departed}{more}", index.name_of(first.id.as_str())))
}

fn attribute(entity: &v1::Entity, key: &str) -> Cell {
    Cell::new(entity.attributes.get(key).map(words::attribute).unwrap_or_default())
}
