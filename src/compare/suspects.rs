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

/// What a shipped artifact tells of how it was made. None of it proves anything: whoever packed it chose it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hints {
    /// The newest point in time recorded in it or in what it holds, in seconds since the epoch.
    pub newest: Option<i64>,
    /// The Python build backend, by project and version, where it is a wheel whose `WHEEL` file names one (binary
    /// distribution format, `Generator`).
    pub backend: Option<(String, String)>,
    /// The lock files at its top, each by name and content: what a packaging tool made where the source has none.
    pub locks: Vec<(String, Vec<u8>)>,
}

/// What `shipped` tells, looked through once, to the bottom.
pub fn hints(name: &str, shipped: &[u8], limits: Limits) -> Hints {
    let mut hints = Hints::default();
    formats::walk(name, shipped, limits, &mut |path, bytes, anatomy| {
        // Headers of archives; a compiled program's own date may be a digest.
        if ["zip", "zip-behind-stub", "ar", "deb", "tar", "cpio", "gzip"].contains(&anatomy.format) {
            for region in anatomy.regions.iter().filter(|region| region.role == Role::Timestamp) {
                hints.newest = hints.newest.max(timestamp::seconds(anatomy.format, region.bytes(bytes)));
            }
        }
        let [_, .., member] = path else { return };
        if path.len() == 2 && hints.backend.is_none() && member.ends_with(".dist-info/WHEEL") {
            hints.backend = std::str::from_utf8(bytes).ok().and_then(generator);
        }
        let (folder, file) = member.rsplit_once('/').unwrap_or(("", member));
        if LOCKS.contains(&file) && !folder.contains('/') && hints.locks.len() < LOCKS.len() {
            hints.locks.push((file.to_owned(), bytes.to_vec()));
        }
    });
    hints.locks.dedup();
    hints
}

/// What to try, the likeliest first, for an artifact that came out as `comparison` says; `None` where nothing
/// came out at all. `newest` is the newest time in it.
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
        assert_eq!(hints("x.a", archive.as_bytes(), Limits::default()).newest, Some(1_600_000_000));
        assert_eq!(hints("x", b"text", Limits::default()), Hints::default());
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
