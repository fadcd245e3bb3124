//! In which time zone it was built: the same moment written in local time.

use super::Cause;
use super::Judge;
use super::Opinion;
use super::Pair;
use super::timestamp::seconds;
use super::timestamp::shown;
use crate::compare::context::TIME_ZONE;
use crate::model::anatomy::Role;

/// The cause.
pub const CAUSE: Cause = Cause {
    id: "time-zone",
    looks_for: "A zip entry's local time that differs by whole quarters of an hour, as two time zones do.",
    gives: "Both local times, their distance, and the run's time zone.",
    roles: &[Role::Timestamp],
    fix: "Set TZ=UTC for the build.",
    judge: Judge::Region(region),
};

/// Kiribati is at +14, Baker Island at -12.
const FARTHEST: i64 = 26 * 3600;

fn region(pair: &Pair<'_>) -> Opinion {
    // Only MS-DOS times are local; elsewhere the same distance is a coincidence and `timestamp` says enough.
    if !pair.format.starts_with("zip") || pair.shipped.len() != 4 || pair.rebuilt.len() != 4 {
        return Opinion::No;
    }
    let (Some(shipped), Some(rebuilt)) = (seconds("zip", pair.shipped), seconds("zip", pair.rebuilt)) else {
        return Opinion::No;
    };
    let distance = shipped - rebuilt;
    if distance == 0 || distance % 900 != 0 || distance.abs() > FARTHEST {
        return Opinion::No;
    }
    let (Some(zone), sign) = (pair.context.facts.get(TIME_ZONE), if distance < 0 { '-' } else { '+' }) else {
        return Opinion::No;
    };
    let (hours, minutes) = (distance.abs() / 3600, distance.abs() % 3600 / 60);
    let local = |time: i64| shown(time).trim_end_matches('Z').to_owned();
    Opinion::Explains(vec![
        format!("shipped {}, rebuilt {} in local time", local(shipped), local(rebuilt)),
        format!("they are {sign}{hours}:{minutes:02} h apart; the run's time zone was {zone}"),
    ])
}
