//! The clock. What it says enters a record only where it is recorded as such.

use std::time::SystemTime;

/// Now, RFC 3339 in UTC with seconds: `2026-01-02T03:04:05Z`.
#[allow(clippy::disallowed_methods)] // the one place that reads the clock
pub fn now() -> String {
    let now = SystemTime::now();
    let seconds = now.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs());
    rfc3339(i64::try_from(seconds).unwrap_or(i64::MAX))
}

/// Seconds since the epoch as RFC 3339 in UTC.
pub fn rfc3339(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds).map_or_else(|_| seconds.to_string(), |time| time.to_string())
}
