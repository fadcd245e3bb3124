//! When it was built: a point in time in a header field, or a date in a text that people read.

use std::sync::LazyLock;

use jiff::Timestamp;
use jiff::civil::Date;
use regex::Regex;

use super::Cause;
use super::Judge;
use super::Opinion;
use super::Pair;
use crate::compare::context::SOURCE_DATE_EPOCH;
use crate::compare::text::Accept;
use crate::compare::text::Slot;
use crate::model::anatomy::Role;

/// The cause, for header fields.
pub const CAUSE: Cause = Cause {
    id: "timestamp",
    looks_for: "A field that holds a point in time, with different times on the two sides.",
    gives: "Both times, and whether ours is the run's SOURCE_DATE_EPOCH.",
    roles: &[Role::Timestamp],
    fix: "Set SOURCE_DATE_EPOCH, and pass the tools their options for fixed times (tar --mtime, gzip -n, ar D).",
    judge: Judge::Region(region),
};

/// The cause, for dates in texts.
pub const IN_TEXT: Cause = Cause {
    id: "timestamp-in-text",
    looks_for: "A date in a text for people, with different dates at the same place on the two sides.",
    gives: "Both dates and the line.",
    roles: &[],
    fix: "Take dates in generated documents from SOURCE_DATE_EPOCH or from the change log.",
    judge: Judge::Words(in_line),
};

fn region(pair: &Pair<'_>) -> Opinion {
    if pair.format.starts_with("zip") && pair.shipped.len() > 4 {
        return extra_field(pair);
    }
    match (seconds(pair.format, pair.shipped), seconds(pair.format, pair.rebuilt)) {
        // The field has no room for a fraction: the ways to write one number would say something beside it.
        (Some(shipped), Some(rebuilt))
            if shipped == rebuilt && ["cpio", "ar", "deb"].contains(&pair.format) =>
        {
            Opinion::Resembles("one time, written in two ways".to_owned())
        }
        (Some(shipped), Some(rebuilt)) => {
            let mut evidence = vec![format!("shipped {}, rebuilt {}", shown(shipped), shown(rebuilt))];
            match pair.context.facts.get(SOURCE_DATE_EPOCH).and_then(|value| value.parse::<i64>().ok()) {
                Some(epoch) if epoch == rebuilt => {
                    evidence.push("the rebuilt time is the run's SOURCE_DATE_EPOCH".to_owned());
                }
                Some(epoch) => {
                    evidence.push(format!("the run's SOURCE_DATE_EPOCH was {}", shown(epoch)));
                }
                None => {}
            }
            Opinion::Explains(evidence)
        }
        _ => Opinion::Resembles("one of the two fields does not hold a time".to_owned()),
    }
}

/// A zip extra field of times (APPNOTE 4.5.5, 4.6; Info-ZIP 0x5455, 0x5855): everything but the times must be
/// equal.
fn extra_field(pair: &Pair<'_>) -> Opinion {
    let (Some(shipped), Some(rebuilt)) = (extra_times(pair.shipped), extra_times(pair.rebuilt)) else {
        return Opinion::Resembles("an extra field of times holds something else".to_owned());
    };
    let same_frame = shipped.0 == rebuilt.0 && shipped.1.len() == rebuilt.1.len();
    let differing = shipped.1.iter().zip(&rebuilt.1).find(|(a, b)| a != b);
    match differing.filter(|_| same_frame) {
        Some((a, b)) => Opinion::Explains(vec![format!("shipped {}, rebuilt {}", shown(*a), shown(*b))]),
        None => Opinion::Resembles("the extra fields differ in more than their times".to_owned()),
    }
}

/// What frames the times of an extra field, and the times.
fn extra_times(field: &[u8]) -> Option<(Vec<u8>, Vec<i64>)> {
    let (id, data) = (field.get(..2)?, field.get(4..)?);
    let (frame, times, width) = match id {
        b"UT" => (5, data.get(1..)?, 4),
        b"UX" => (4, data.get(..8)?, 4),
        [0x0a, 0x00] => (12, data.get(8..)?, 8),
        _ => return None,
    };
    let times = times.chunks(width).map(|time| seconds("extra", time)).collect::<Option<Vec<i64>>>()?;
    Some((field.get(..frame)?.to_vec(), times))
}

/// The seconds since 1970 that a field holds, if it holds a plausible time (0, or 1970 to 2100) in the way
/// its format writes times.
pub fn seconds(format: &str, field: &[u8]) -> Option<i64> {
    let raw = match (format, field.len()) {
        ("tar", _) => tar(field)?,
        ("ar" | "deb", _) => ascii(field, 10)?,
        ("cpio", 8) => ascii(field, 16)?,
        ("cpio", 11) => ascii(field, 8)?,
        ("zip" | "zip-behind-stub", 4) => return dos(field),
        ("rpm", 4) => i64::from(u32::from_be_bytes(field.try_into().ok()?)),
        // The times of all files, or of the change log.
        ("rpm", _) => return None,
        (_, 4) => i64::from(u32::from_le_bytes(field.try_into().ok()?)),
        (_, 8) => {
            let raw = u64::from_le_bytes(field.try_into().ok()?);
            // Windows counts 100 ns from 1601; the rest of the world seconds from 1970.
            match raw.checked_sub(116_444_736_000_000_000) {
                Some(since_1970) => i64::try_from(since_1970 / 10_000_000).ok()?,
                None => i64::try_from(raw).ok()?,
            }
        }
        _ => return None,
    };
    (0..LATEST).contains(&raw).then_some(raw)
}

/// 2100-01-01.
const LATEST: i64 = 4_102_444_800;

fn tar(field: &[u8]) -> Option<i64> {
    if let Some(value) = pax_value(field, &["mtime", "atime", "ctime", "LIBARCHIVE.creationtime"]) {
        return ascii(value.as_bytes(), 10);
    }
    match field.first()? {
        0x80 => field
            .get(1..)?
            .iter()
            .try_fold(0i64, |sum, byte| sum.checked_mul(256)?.checked_add(i64::from(*byte))),
        _ => ascii(field, 8),
    }
}

/// The value of a whole PAX record, `30 mtime=1700000000.5\n`, of one of these keys.
pub fn pax_value<'a>(record: &'a [u8], keys: &[&str]) -> Option<&'a str> {
    let text = std::str::from_utf8(record).ok()?.strip_suffix('\n')?;
    let (length, rest) = text.split_once(' ')?;
    let (key, value) = rest.split_once('=')?;
    (length.parse() == Ok(record.len()) && keys.contains(&key)).then_some(value)
}

/// Digits to the given base, with blanks or NULs around them.
fn ascii(field: &[u8], base: u32) -> Option<i64> {
    let text = std::str::from_utf8(field).ok()?;
    let digits = text.trim_matches([' ', '\0']);
    // Fractions stand in PAX records: `1700000000.123`.
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let plain = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_digit(base));
    // Nanoseconds are the finest there are; more digits, or zeros in front, are room for something else.
    let padded = text.len() > 20 || field.len() > 12 && whole.len() > 1 && whole.starts_with('0');
    if !plain(whole) || !plain(fraction) || fraction.len() > 9 || padded {
        return None;
    }
    i64::from_str_radix(whole, base).ok()
}

/// MS-DOS time and date: two seconds' resolution, local time, from 1980.
fn dos(field: &[u8]) -> Option<i64> {
    let [t0, t1, d0, d1] = *field else { return None };
    let (time, date) = (u16::from_le_bytes([t0, t1]), u16::from_le_bytes([d0, d1]));
    let year = i16::try_from(1980 + (date >> 9)).ok()?;
    let (month, day) = (((date >> 5) & 15) as i8, (date & 31) as i8);
    let (hour, minute, second) = ((time >> 11) as i8, ((time >> 5) & 63) as i8, ((time & 31) * 2) as i8);
    let moment =
        Date::new(year, month, day).ok()?.to_datetime(jiff::civil::Time::new(hour, minute, second, 0).ok()?);
    Some(moment.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_second())
}

/// A time for people.
pub fn shown(seconds: i64) -> String {
    Timestamp::from_second(seconds).map_or_else(|_| seconds.to_string(), |time| time.to_string())
}

const MONTH: &str = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)";
const DAY: &str = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)";
const LONG_MONTH: &str =
    "(?:January|February|March|April|May|June|July|August|September|October|November|December)";
const ZONE: &str = "(?: ?(?:Z|UTC|GMT|[+-][0-9]{2}:?[0-9]{2}))?";
const CLOCK: &str = "[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\\.[0-9]{1,9})?)?";

/// The ways dates are written. A shipped date must be written the same way as the rebuilt one.
static WAYS: LazyLock<Vec<(Regex, String)>> = LazyLock::new(|| {
    [
        format!("[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}(?:[T ]{CLOCK}{ZONE})?"),
        format!("(?:{DAY}, )?[0-9]{{1,2}} {MONTH} [0-9]{{4}}(?: {CLOCK}{ZONE})?"),
        format!("{DAY} {MONTH} [ 0-9][0-9] {CLOCK}(?: [A-Z]{{3,4}})? [0-9]{{4}}"),
        format!("{LONG_MONTH}(?: [0-9]{{1,2}},?)? [0-9]{{4}}"),
        format!("[0-9]{{1,2}} {LONG_MONTH},? [0-9]{{4}}"),
        format!("{MONTH} [0-9]{{1,2}},? [0-9]{{4}}"),
    ]
    .into_iter()
    .filter_map(|pattern| Some((Regex::new(&format!("\\b{pattern}\\b")).ok()?, pattern)))
    .collect()
});

fn in_line(line: &str, _: &Pair<'_>) -> Vec<Slot> {
    let mut slots: Vec<Slot> = Vec::new();
    for (regex, pattern) in WAYS.iter() {
        for found in regex.find_iter(line) {
            if slots.iter().all(|slot| found.end() <= slot.range.start || slot.range.end <= found.start()) {
                slots.push(Slot {
                    range: found.range(),
                    pattern: pattern.clone(),
                    cause: IN_TEXT.id,
                    accept: Accept::Values(dates),
                });
            }
        }
    }
    slots
}

fn dates(shipped: &str, rebuilt: &str) -> Option<String> {
    (is_date(shipped) && is_date(rebuilt)).then(|| format!("shipped {shipped}, rebuilt {rebuilt}"))
}

/// Whether the numbers of something written like a date make one: year 1970 to 2100, a day its month has.
fn is_date(text: &str) -> bool {
    let words: Vec<&str> =
        text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|w| !w.is_empty()).collect();
    let number =
        |word: &str| word.chars().all(|c| c.is_ascii_digit()).then(|| word.parse::<i32>().ok()).flatten();
    if text.get(..5).is_some_and(|start| start.ends_with('-')) {
        let mut parts = words.iter().map(|word| number(word.get(..2.min(word.len())).unwrap_or("")));
        let year = words.first().and_then(|word| number(word));
        let month = parts.nth(1).flatten();
        let day = parts.next().flatten();
        return valid(year, month, day);
    }
    let names = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let month = words.iter().find_map(|word| {
        let stem = word.get(..3)?.to_ascii_lowercase();
        names.iter().position(|name| *name == stem).and_then(|at| i32::try_from(at + 1).ok())
    });
    let year = words.iter().find(|word| word.len() == 4).and_then(|word| number(word));
    let day = words.iter().find(|word| word.len() <= 2).and_then(|word| number(word));
    valid(year, month, day.or(Some(1)))
}

fn valid(year: Option<i32>, month: Option<i32>, day: Option<i32>) -> bool {
    let (Some(year), Some(month), Some(day)) = (year, month, day) else { return false };
    let date = (i16::try_from(year), i8::try_from(month), i8::try_from(day));
    let (Ok(year), Ok(month), Ok(day)) = date else { return false };
    (1970..=2100).contains(&year) && Date::new(year, month, day).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_hold_times_as_their_formats_write_them() {
        assert_eq!(seconds("tar", b"14774516250\0"), Some(1_743_953_064));
        assert_eq!(seconds("tar", b"\x80\0\0\0\0\0\0\0\0\0\0\x05"), Some(5));
        assert_eq!(seconds("ar", b"1700000000  "), Some(1_700_000_000));
        assert_eq!(seconds("rpm", &1_700_000_000u32.to_be_bytes()), Some(1_700_000_000));
        assert_eq!(
            seconds("rpm", &[0x65, 0x43, 0x21, 0, 0, 0xd9, 0xd9, 1]),
            None,
            "two times are no Windows one"
        );
        assert_eq!(seconds("gzip", &1_700_000_000u32.to_le_bytes()), Some(1_700_000_000));
        assert_eq!(seconds("zip", &[0, 0, 0x21, 0]).map(shown).as_deref(), Some("1980-01-01T00:00:00Z"));
        assert_eq!(seconds("zip", &[0, 0, 0, 0]), None, "month 0 is no date");
        assert_eq!(seconds("tar", b"payload!!!!\0"), None);
        assert_eq!(
            seconds("pe", &u32::MAX.to_le_bytes()),
            None,
            "a hash in the place of a time is not a time"
        );
    }

    #[test]
    fn what_is_written_like_a_date_must_be_one() {
        for good in [
            "2024-02-29",
            "2024-02-29 10:00:00",
            "Thu, 22 Nov 2026 10:00:00 +0000",
            "November 2026",
            "Sun Nov 22 02:25:22 UTC 2026",
            "22 November 2026",
        ] {
            assert!(is_date(good), "{good}");
        }
        for bad in ["2023-02-29", "2024-13-01", "9999-01-01", "31 Feb 2024"] {
            assert!(!is_date(bad), "{bad}");
        }
    }
}
