//! The keys that every source has.

use std::time::Duration;

use chrono_tz::Tz;
use whosekey_sdk::settings::{Section, closest, shown};

use crate::scan::Limits;
use crate::schedule::{DEFAULT_LINE, Schedule, parse_zone};

/// When a source is scanned, and how long it may take.
#[derive(Debug, Clone)]
pub struct Common {
    /// When the daemon scans it.
    pub schedule: Schedule,
    /// How much of it is asked at once, and for how long.
    pub limits: Limits,
}

impl Default for Common {
    fn default() -> Self {
        let schedule = Schedule::parse(DEFAULT_LINE, Tz::UTC).expect("the default line is a cron line");
        Self { schedule, limits: Limits::default() }
    }
}

pub(super) fn read(section: &Section<'_>) -> Common {
    let mut common = Common::default();
    let zone = read_zone(section);
    if let Some(line) = section.text("schedule") {
        match Schedule::parse(&line.value, zone) {
            Ok(schedule) => common.schedule = schedule,
            Err(error) => section.refuse_value(
                "schedule",
                format!("`schedule` is not a cron line: {}", shown(&line.value)),
                format!("{error}; such as \"0 */6 * * *\" for every six hours"),
            ),
        }
    } else if zone != Tz::UTC {
        common.schedule = Schedule::parse(DEFAULT_LINE, zone).expect("the default line is a cron line");
    }
    match section.duration("timeout") {
        Some(Duration::ZERO) => section.refuse_value("timeout", "`timeout` is no time at all", "such as 30m"),
        Some(timeout) => {
            common.limits.scope_timeout = timeout;
            common.limits.source_timeout = common.limits.source_timeout.max(timeout);
        }
        None => {}
    }
    common
}

fn read_zone(section: &Section<'_>) -> Tz {
    let Some(name) = section.text("timezone") else { return Tz::UTC };
    parse_zone(&name.value).unwrap_or_else(|| {
        let known = chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name());
        let hint = match closest(&name.value, known) {
            Some(meant) => format!("did you mean \"{meant}\"?"),
            None => "a name of the time zone database, such as \"Europe/Berlin\"".to_owned(),
        };
        section.refuse_value("timezone", format!("`timezone` is not known: {}", shown(&name.value)), hint);
        Tz::UTC
    })
}
