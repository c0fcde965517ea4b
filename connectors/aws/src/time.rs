//! AWS's times, and since when AWS watches what is used.

use aws_smithy_types::DateTime;
use whosekey_sdk::{Fact, Timestamp};

const DAY_MS: i64 = 86_400_000;

/// Use of access keys has been tracked since 2015-04-22.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html>, looked at 2026-11-24.
pub(crate) fn keys_tracked_since() -> Timestamp {
    Timestamp::from_secs(1_429_660_800)
}

/// Use of passwords has been tracked since 2014-10-20; the same page.
pub(crate) fn passwords_tracked_since() -> Timestamp {
    Timestamp::from_secs(1_413_763_200)
}

/// Use of a role is told for the trailing 400 days, so before that nothing is known of it. Rounded up to a whole day,
/// which claims less, so that two scans on one day say the same.
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_RoleLastUsed.html>, looked at 2026-11-24.
pub(crate) fn roles_tracked_since(now: Timestamp) -> Timestamp {
    let start = now.as_millis() - 400 * DAY_MS;
    Timestamp::from_millis(start.div_euclid(DAY_MS) * DAY_MS + if start.rem_euclid(DAY_MS) == 0 { 0 } else { DAY_MS })
}

/// A time that AWS sends when it has one.
pub(crate) fn fact(time: Option<&DateTime>) -> Fact<Timestamp> {
    time.map(timestamp).into()
}

/// To our timestamp; times beyond its range are clamped.
pub(crate) fn timestamp(time: &DateTime) -> Timestamp {
    Timestamp::from_secs(time.secs()).plus(std::time::Duration::from_nanos(u64::from(time.subsec_nanos())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tracking_begins_when_aws_says() {
        assert_eq!(keys_tracked_since().to_string(), "2015-04-22T00:00:00Z");
        assert_eq!(passwords_tracked_since().to_string(), "2014-10-20T00:00:00Z");
    }

    #[test]
    fn role_use_is_known_for_400_days_in_whole_days() {
        let now: Timestamp = "2026-11-24T12:00:00Z".parse().unwrap();
        assert_eq!(roles_tracked_since(now).to_string(), "2025-10-21T00:00:00Z");
        let midnight: Timestamp = "2026-11-24T00:00:00Z".parse().unwrap();
        assert_eq!(roles_tracked_since(midnight).to_string(), "2025-10-20T00:00:00Z");
    }
}
