//! Cron lines, and ten years of clock changes.

use std::collections::BTreeSet;

use chrono::{Datelike as _, NaiveDate, Timelike as _};

use super::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn next(line: &str, zone: &str, after: &str) -> String {
    let schedule = Schedule::parse(line, parse_zone(zone).unwrap()).unwrap();
    schedule.next_after(at(after)).unwrap().to_string()
}

#[test]
fn lines_mean_what_crontab_says() {
    // 2026-11-24 is a Tuesday.
    for (line, expected) in [
        ("0 */6 * * *", "2026-11-24T12:00:00Z"),
        ("*/15 * * * *", "2026-11-24T09:15:00Z"),
        ("30 2 * * 0", "2026-11-29T02:30:00Z"),
        ("30 2 * * 7", "2026-11-29T02:30:00Z"),
        ("30 2 * * Sun", "2026-11-29T02:30:00Z"),
        ("0 0 * * 1", "2026-11-30T00:00:00Z"),
        ("0 0 * * mon-fri", "2026-11-25T00:00:00Z"),
        ("0 0 * * fri-sun", "2026-11-27T00:00:00Z"),
        ("0 0 * * 5-7", "2026-11-27T00:00:00Z"),
        ("0 0 1 jan *", "2027-01-01T00:00:00Z"),
        ("0 0 29 2 *", "2028-02-29T00:00:00Z"),
        ("0 0 1 * mon", "2026-11-30T00:00:00Z"),
        ("0 0 25 * mon", "2026-11-25T00:00:00Z"),
        ("0 0 */2 * mon", "2026-12-07T00:00:00Z"),
        ("1-59/20 8,9 * * *", "2026-11-24T09:01:00Z"),
        ("@daily", "2026-11-25T00:00:00Z"),
        (" 0  9  *  *  * ", "2026-11-25T09:00:00Z"),
    ] {
        assert_eq!(next(line, "UTC", "2026-11-24T09:00:00Z"), expected, "{line}");
    }
}

#[test]
fn what_is_not_a_cron_line_is_refused() {
    for line in [
        "",
        "* * * *",
        "0 0 * * * *",
        "60 * * * *",
        "* 24 * * *",
        "* * 0 * *",
        "* * 32 * *",
        "* * * 13 *",
        "* * * * 8",
        "*/0 * * * *",
        "5/15 * * * *",
        "9-5 * * * *",
        "+5 * * * *",
        "a * * * *",
        "@reboot",
        "1, * * * *",
        "0 0 30 2 *",
        "0 0 L * *",
        "0 0 ? * *",
        "1-2-3 * * * *",
        "99999999999 * * * *",
    ] {
        assert!(Schedule::parse(line, Tz::UTC).is_err(), "{line}");
    }
}

#[test]
fn a_slot_that_the_clocks_jump_over_runs_at_the_jump() {
    // Berlin, 2027-03-28: 02:00 becomes 03:00 at 01:00 UTC.
    assert_eq!(next("30 2 * * *", "Europe/Berlin", "2027-03-27T12:00:00Z"), "2027-03-28T01:00:00Z");
    assert_eq!(next("30 2 * * *", "Europe/Berlin", "2027-03-28T01:00:00Z"), "2027-03-29T00:30:00Z");
}

#[test]
fn a_slot_that_the_clocks_show_twice_runs_once() {
    // Berlin, 2027-10-31: 03:00 becomes 02:00 at 01:00 UTC; 02:30 is 00:30 UTC and 01:30 UTC.
    assert_eq!(next("30 2 * * *", "Europe/Berlin", "2027-10-30T12:00:00Z"), "2027-10-31T00:30:00Z");
    assert_eq!(next("30 2 * * *", "Europe/Berlin", "2027-10-31T00:30:00Z"), "2027-11-01T01:30:00Z");
    assert_eq!(next("30 2 * * *", "Europe/Berlin", "2027-10-31T01:10:00Z"), "2027-11-01T01:30:00Z");
}

#[test]
fn a_day_that_a_zone_left_out_runs_at_the_jump() {
    // Apia went from the end of 2011-12-29 to 2011-12-31, at 10:00 UTC on the 30th.
    assert_eq!(next("0 12 30 * *", "Pacific/Apia", "2011-12-30T00:00:00Z"), "2011-12-30T10:00:00Z");
}

/// Every slot of ten years has exactly one run, in every one of these zones: the runs are compared with an
/// enumeration of the wall clock's days that shares no code with the search.
#[test]
fn each_slot_runs_exactly_once_in_ten_years_of_clock_changes() {
    let zones = [
        "UTC",
        "Europe/Berlin",
        "Europe/London",
        "Europe/Dublin",
        "America/New_York",
        "America/Sao_Paulo",
        "America/St_Johns",
        "Australia/Lord_Howe",
        "Africa/Casablanca",
        "Asia/Gaza",
        "Pacific/Chatham",
        "America/Santiago",
        "Antarctica/Troll",
        "Asia/Kathmandu",
    ];
    for zone in zones.map(|name| parse_zone(name).unwrap()) {
        for (hour, minute) in [(0, 0), (0, 30), (1, 15), (1, 59), (2, 0), (2, 30), (3, 0), (23, 45)] {
            let schedule = Schedule::parse(&format!("{minute} {hour} * * *"), zone).unwrap();
            let mut expected = BTreeSet::new();
            let mut day = NaiveDate::from_ymd_opt(2025, 1, 1).unwrap();
            while day.year() < 2035 {
                let mut slot = day.and_hms_opt(hour, minute, 0).unwrap();
                let moment = loop {
                    if let Some(moment) = zone.from_local_datetime(&slot).earliest() {
                        break moment;
                    }
                    slot += TimeDelta::minutes(1);
                };
                assert!(expected.insert(Timestamp::from_millis(moment.timestamp_millis())), "{zone} {slot} twice");
                day = day.succ_opt().unwrap();
            }
            let mut runs = Vec::with_capacity(expected.len());
            let mut last = Timestamp::from_millis(expected.first().unwrap().as_millis() - 1);
            while runs.len() < expected.len() {
                last = schedule.next_after(last).unwrap();
                runs.push(last);
            }
            assert!(expected.into_iter().eq(runs), "{zone} {hour}:{minute}");
        }
    }
}

/// The search from any moment gives the next of the runs, not only when it steps from run to run.
#[test]
fn the_next_run_does_not_depend_on_where_the_search_starts() {
    for (zone, from, to) in [
        ("Europe/Berlin", "2027-03-27T22:00:00Z", "2027-03-28T04:00:00Z"),
        ("Europe/Berlin", "2027-10-30T22:00:00Z", "2027-10-31T04:00:00Z"),
        ("Australia/Lord_Howe", "2027-04-03T12:00:00Z", "2027-04-03T18:00:00Z"),
        ("Australia/Lord_Howe", "2027-10-02T12:00:00Z", "2027-10-02T18:00:00Z"),
    ] {
        for line in ["*/10 * * * *", "5 2 * * *", "0 */1 * * *"] {
            let schedule = Schedule::parse(line, parse_zone(zone).unwrap()).unwrap();
            let runs: Vec<Timestamp> =
                std::iter::successors(schedule.next_after(at(from)), |t| schedule.next_after(*t))
                    .take_while(|t| *t <= at(to).plus(std::time::Duration::from_secs(200_000)))
                    .collect();
            let mut moment = at(from);
            while moment < at(to) {
                let expected = runs.iter().find(|run| **run > moment).copied();
                assert_eq!(schedule.next_after(moment), expected, "{zone} {line} {moment}");
                moment = moment.plus(std::time::Duration::from_secs(60));
            }
        }
    }
}

#[test]
fn missed_runs_are_counted_up_to_a_limit() {
    let schedule = Schedule::parse("0 * * * *", Tz::UTC).unwrap();
    assert_eq!(schedule.count_between(at("2026-11-24T09:00:00Z"), at("2026-11-24T12:00:00Z"), 100), 3);
    assert_eq!(schedule.count_between(at("2020-01-01T00:00:00Z"), at("2026-11-24T12:00:00Z"), 100), 100);
}

#[test]
fn runs_stand_on_whole_minutes() {
    let next = Schedule::parse("* * * * *", Tz::UTC).unwrap().next_after(at("2026-11-24T09:00:00.001Z")).unwrap();
    let next = DateTime::<Utc>::from_timestamp_millis(next.as_millis()).unwrap();
    assert_eq!((next.minute(), next.second(), next.nanosecond()), (1, 0, 0));
}

proptest::proptest! {
    #[test]
    fn no_line_makes_the_reader_panic(line in "[-*/,0-9a-z@ ]{0,24}|\\PC{0,12}") {
        if let Ok(schedule) = Schedule::parse(&line, Tz::UTC) {
            let now = at("2026-11-24T09:00:00Z");
            proptest::prop_assert!(schedule.next_after(now).is_none_or(|next| next > now));
        }
    }
}
