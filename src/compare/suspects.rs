//! What a shipped artifact suggests about the world it was built in: values to try in a run of their own.

use super::causes::timestamp;
use super::context::BUILD_PATH;
use super::context::TIME_ZONE;
use super::context::UMASK;
use crate::formats;
use crate::model::Limits;
use crate::model::account::Comparison;
use crate::model::anatomy::Region;
use crate::model::anatomy::Role;
use crate::model::evidence::Suspicion;

/// The condition's name for the time of day.
const CLOCK: &str = "clock";

/// The newest point in time recorded in `shipped` or what it holds, in seconds since the epoch. Times in
/// themselves prove nothing: whoever packed it chose them.
pub fn newest_time(name: &str, shipped: &[u8], limits: Limits) -> Option<i64> {
    let mut newest = None;
    formats::walk(name, shipped, limits, &mut |_, bytes, anatomy| {
        // Headers of archives; a compiled program's own date may be a digest.
        if !["zip", "zip-behind-stub", "ar", "deb", "tar", "cpio", "gzip"].contains(&anatomy.format) {
            return;
        }
        for region in anatomy.regions.iter().filter(|region| region.role == Role::Timestamp) {
            newest = newest.max(timestamp::seconds(anatomy.format, region.bytes(bytes)));
        }
    });
    newest
}

/// What to try, the likeliest first, for an artifact that came out as `comparison` says; `None` where nothing
/// came out at all. `newest` is its [`newest_time`].
pub fn suspects(comparison: Option<&Comparison>, newest: Option<i64>) -> Vec<Suspicion> {
    let mut list = Vec::new();
    let mut add = |property: &str, value: String, because: String| {
        let suspicion = Suspicion { property: property.to_owned(), value, because };
        if !list.contains(&suspicion) {
            list.push(suspicion);
        }
    };
    if let Some(time) = newest.and_then(|time| jiff::Timestamp::from_second(time).ok()) {
        add(CLOCK, time.to_string(), "it is the newest time in the shipped artifact".to_owned());
    }
    for difference in comparison.iter().flat_map(|comparison| &comparison.differences) {
        let cause = difference.cause.as_deref().unwrap_or_default();
        let told = difference.evidence.join("; ");
        if cause.starts_with("build-path")
            && let Some(path) = between(&told, "shipped /", ", rebuilt")
        {
            add(BUILD_PATH, format!("/{path}"), "the shipped artifact names this path".to_owned());
        }
        if cause == "time-zone"
            && let Some(distance) = between(&told, "they are ", " h apart; the run's time zone was UTC")
        {
            // POSIX counts hours west of Greenwich.
            let west = match distance.split_at_checked(1) {
                Some(("+", hours)) => format!("GMT-{hours}"),
                Some((_, hours)) => format!("GMT+{hours}"),
                None => continue,
            };
            add(TIME_ZONE, west, format!("shipped local times are {distance} h from ours"));
        }
        if difference.role == "mode" {
            for mask in ["0002", "0077", "0027"] {
                add(UMASK, mask.to_owned(), "permission bits of members differ".to_owned());
            }
        }
    }
    list.sort_by_key(|suspicion| ORDER.iter().position(|property| *property == suspicion.property));
    list.truncate(SUSPECTS);
    list
}

/// The Python build backend that made a wheel, by project and version, where `shipped` is one and its `WHEEL` file
/// names it (binary distribution format, `Generator`).
pub fn backend(name: &str, shipped: &[u8], limits: Limits) -> Option<(String, String)> {
    let mut found = None;
    formats::walk(name, shipped, limits, &mut |path, bytes, _| {
        let [_, member] = path else { return };
        if found.is_none() && member.ends_with(".dist-info/WHEEL") {
            found = std::str::from_utf8(bytes).ok().and_then(generator);
        }
    });
    found
}

fn generator(wheel: &str) -> Option<(String, String)> {
    let line = wheel.lines().find_map(|line| line.strip_prefix("Generator:"))?;
    let (project, version) = line.trim().split_once(' ')?;
    // Two name themselves by a command and by a family, and are to be had as projects of other names.
    let project = match project {
        "bdist_wheel" => "wheel",
        "flit" => "flit_core",
        other => other,
    };
    Some((project.to_owned(), version.trim_matches(['(', ')']).to_owned()))
}

/// The lock files that `shipped` holds, each by its path within (without the one folder that everything is in) and
/// its bytes: what a packaging tool made where the source has none.
pub fn lock_files(name: &str, shipped: &[u8], limits: Limits) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    formats::walk(name, shipped, limits, &mut |path, bytes, _| {
        let Some(member) = path.last().filter(|_| path.len() > 1) else { return };
        let (folder, file) = member.rsplit_once('/').unwrap_or(("", member));
        if LOCKS.contains(&file) && folder.matches('/').count() == 0 && found.len() < LOCKS.len() {
            found.push((file.to_owned(), bytes.to_vec()));
        }
    });
    found.dedup();
    found
}

/// What packaging tools write down of the dependencies they chose.
const LOCKS: &[&str] = &[
    "Cargo.lock",
    "package-lock.json",
    "npm-shrinkwrap.json",
    "yarn.lock",
    "pnpm-lock.yaml",
    "poetry.lock",
    "composer.lock",
    "Gemfile.lock",
    "go.sum",
];

/// A build path of the length the shipped program was built under, where a hole in its strings tells that length:
/// a search path of the build was blanked out, and what it was is gone but how long. `own` is ours.
pub fn path_by_hole(name: &str, shipped: &[u8], rebuilt: &[u8], own: &str) -> Option<Suspicion> {
    let (theirs, ours) = (hole(name, shipped)?, hole(name, rebuilt)?);
    let (parent, last) = own.rsplit_once('/')?;
    let parent_length =
        (parent.len() + theirs).checked_sub(ours).filter(|length| theirs != ours && *length > 1)?;
    let parent: String = parent.chars().chain(std::iter::repeat('x')).take(parent_length).collect();
    // A path that ends in a slash would be another.
    let parent = parent.strip_suffix('/').map_or(parent.clone(), |start| format!("{start}x"));
    Some(Suspicion {
        property: BUILD_PATH.to_owned(),
        value: format!("{parent}/{last}"),
        because: format!("{theirs} bytes of its strings are blanked out where {ours} of ours are"),
    })
}

/// The longest run of zeros within the names a program is linked by, in bytes.
fn hole(name: &str, bytes: &[u8]) -> Option<usize> {
    let mut longest = 0;
    formats::walk(name, bytes, Limits::default(), &mut |_, bytes, anatomy| {
        let names = |region: &&Region| anatomy.format == "elf" && region.name.starts_with(".dynstr");
        for region in anatomy.regions.iter().filter(names) {
            let runs = region.bytes(bytes).split(|byte| *byte != 0);
            longest = runs.map(<[u8]>::len).max().unwrap_or(0).max(longest);
        }
    });
    // One ends each string; a few more are an accident.
    (longest > 8).then_some(longest)
}

/// The order in which properties are tried.
const ORDER: [&str; 4] = [CLOCK, TIME_ZONE, UMASK, BUILD_PATH];

/// Values tried of one artifact at most.
const SUSPECTS: usize = 12;

fn between<'t>(text: &'t str, start: &str, end: &str) -> Option<&'t str> {
    text.split_once(start)?.1.split_once(end).map(|(found, _)| found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::Context;
    use crate::compare::Facts;

    #[test]
    fn the_newest_time_of_an_archive_is_found() {
        let header =
            |name: &str, time: u32| format!("{name:<16}{time:<12}0     0     100644  2         `\nxx");
        let archive = format!("!<arch>\n{}{}", header("a/", 1_600_000_000), header("b/", 1_500_000_000));
        assert_eq!(newest_time("x.a", archive.as_bytes(), Limits::default()), Some(1_600_000_000));
        assert_eq!(newest_time("x", b"text", Limits::default()), None);
        let facts: Facts = [("umask".to_owned(), "0022".to_owned())].into_iter().collect();
        let context = Context { facts, ..Context::default() };
        let other = archive.replace("100644", "100664");
        let found = crate::compare::compare("x.a", archive.as_bytes(), other.as_bytes(), &context);
        let list: Vec<(String, String)> = suspects(Some(&found), Some(1_600_000_000))
            .into_iter()
            .map(|one| (one.property, one.value))
            .collect();
        assert_eq!(list[0], ("clock".to_owned(), "2020-09-13T12:26:40Z".to_owned()));
        assert_eq!(
            generator("Wheel-Version: 1.0\nGenerator: bdist_wheel (0.45.1)\n"),
            Some(("wheel".to_owned(), "0.45.1".to_owned()))
        );
        assert_eq!(
            generator("Generator: hatchling 1.29.0"),
            Some(("hatchling".to_owned(), "1.29.0".to_owned()))
        );
        assert_eq!(generator("Wheel-Version: 1.0\n"), None);
        assert!(list.contains(&("umask".to_owned(), "0002".to_owned())), "{list:?}");
    }
}
