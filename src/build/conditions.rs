//! The conditions of a run: one entry per property of the build's world, each with a nominal and a varied
//! value, and how it is put into the plan.
//!
//! The nominal values are those that reproducible builds agree on (UTC, C.UTF-8, umask 022, …) where there is
//! such an agreement, and fixed ones elsewhere, so that a nominal run is the same on every machine. The
//! varied values follow the reference tool of the reproducible-builds project where it has the variation.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::host::sandbox::Plan;
use crate::model::review::Recipe;
use crate::model::run::Condition;

/// What the machine allows, found once per review.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Machine {
    /// Processors this process may use.
    pub cpus: usize,
    /// Locales of the environment other than the C family, sorted.
    pub locales: Vec<String>,
    /// The library that shows another time (libfaketime), where the environment has it: its path there.
    pub faketime: Option<String>,
    /// Another shell to stand in for the one `/bin/sh` is: the latter's path in the environment, and the former's
    /// file on this machine.
    pub other_shell: Option<(String, PathBuf)>,
}

/// What a run asks of one property.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted<'a> {
    /// What every nominal run has.
    Nominal,
    /// The other value, which every varied run has.
    Varied,
    /// This one: what a shipped artifact suggests.
    Exactly(&'a str),
}

/// One property of the world.
pub struct Property {
    /// Its name in records: `build-path`.
    pub name: &'static str,
    /// Environment variables it sets; a recipe that sets one of them itself takes the property over.
    variables: &'static [&'static str],
    /// Puts the value into the plan and gives it as text, or the reason why it cannot be varied here.
    apply: fn(&mut Plan, &Setup<'_>, Wanted<'_>) -> Result<String, String>,
}

/// What a property may look at.
pub struct Setup<'a> {
    recipe: &'a Recipe,
    machine: &'a Machine,
}

/// Every property, in the order records show them.
pub const PROPERTIES: &[Property] = &[
    Property { name: "build-path", variables: &[], apply: build_path },
    Property { name: "user-name", variables: &["USER", "LOGNAME"], apply: user_name },
    Property { name: "user-id", variables: &[], apply: user_id },
    Property { name: "home", variables: &["HOME"], apply: home },
    Property { name: "host-name", variables: &[], apply: host_name },
    Property { name: "domain-name", variables: &[], apply: domain_name },
    Property { name: "time-zone", variables: &["TZ"], apply: time_zone },
    Property { name: "locale", variables: &["LC_ALL", "LANG"], apply: locale },
    Property { name: "language", variables: &["LANGUAGE"], apply: language },
    Property { name: "umask", variables: &[], apply: umask },
    Property { name: "cpu-count", variables: &[], apply: cpu_count },
    Property { name: "directory-order", variables: &[], apply: directory_order },
    Property { name: "environment", variables: &[CAPTURE], apply: environment },
    Property { name: "exec-path", variables: &["PATH"], apply: exec_path },
    Property { name: "temporary-folder", variables: &["TMPDIR"], apply: temporary_folder },
    Property {
        name: "hash-seed",
        variables: &["PYTHONHASHSEED", "PERL_HASH_SEED", "QT_HASH_SEED"],
        apply: hash_seed,
    },
    Property { name: "terminal", variables: &["TERM", "COLUMNS", "LINES"], apply: terminal },
    Property { name: "address-randomisation", variables: &[], apply: address_randomisation },
    Property { name: "kernel-release", variables: &[], apply: kernel_release },
    Property { name: "uptime", variables: &[], apply: uptime },
    Property { name: "clock", variables: &["LD_PRELOAD", "FAKETIME"], apply: clock },
    Property { name: "shell", variables: &[], apply: shell },
    Property { name: "processor", variables: &["GLIBC_TUNABLES", "OPENSSL_ia32cap"], apply: processor },
    Property { name: "memory-size", variables: &[], apply: memory_size },
    Property { name: "load", variables: &[], apply: load },
    Property { name: "inode-numbers", variables: &[], apply: inode_numbers },
    Property { name: "home-exists", variables: &[], apply: home_exists },
    Property { name: "jobs", variables: JOBS, apply: jobs },
    Property { name: "source-date-epoch", variables: &["SOURCE_DATE_EPOCH"], apply: source_date_epoch },
    Property { name: COMPILER, variables: &[], apply: compiler },
];

/// The compiler's identity: changed by a counterfactual run alone.
pub const COMPILER: &str = "compiler";

const CAPTURE: &str = "PELLUCID_CAPTURE_ENVIRONMENT";

/// Conditions that an honest build may not survive: they are left out of a second try where the run with all of
/// them was not built.
pub const HARSH: &[&str] =
    &["clock", "home-exists", "jobs", "kernel-release", "memory-size", "processor", "shell"];

/// The default search path of Debian's root shell, which most build recipes are written for.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Puts every property into `plan`, as `wanted` has it and nominal where it does not name it, and gives the
/// record of them.
pub fn apply(
    plan: &mut Plan,
    recipe: &Recipe,
    machine: &Machine,
    wanted: &BTreeMap<&str, Wanted<'_>>,
) -> Vec<Condition> {
    let setup = Setup { recipe, machine };
    let asked = |property: &Property| wanted.get(property.name).copied().unwrap_or(Wanted::Nominal);
    // Which compiler it is is no property of the world, and no record's business but of the run that changed it.
    let told = |property: &&Property| property.name != COMPILER || wanted.contains_key(COMPILER);
    let conditions =
        PROPERTIES.iter().filter(told).map(|property| set(property, plan, &setup, asked(property)));
    let conditions = conditions.collect();
    plan.env.extend(recipe.env.iter().map(|(name, value)| (name.clone(), value.clone())));
    conditions
}

/// The names of all properties: what the all-varied run varies.
pub fn all() -> impl Iterator<Item = &'static str> {
    PROPERTIES.iter().map(|property| property.name).filter(|name| *name != COMPILER)
}

fn set(property: &Property, plan: &mut Plan, setup: &Setup<'_>, wanted: Wanted<'_>) -> Condition {
    let name = property.name.to_owned();
    if let Some(variable) = property.variables.iter().find(|name| setup.recipe.env.contains_key(**name)) {
        let value = setup.recipe.env.get(*variable).cloned().unwrap_or_default();
        let not_applied = (wanted != Wanted::Nominal).then(|| format!("the recipe sets {variable} itself"));
        return Condition { name, value, varied: false, not_applied };
    }
    match (property.apply)(plan, setup, wanted) {
        Ok(value) => Condition { name, value, varied: wanted != Wanted::Nominal, not_applied: None },
        Err(reason) => {
            let value = (property.apply)(plan, setup, Wanted::Nominal).unwrap_or_default();
            Condition { name, value, varied: false, not_applied: Some(reason) }
        }
    }
}

fn put(plan: &mut Plan, name: &str, value: &str) {
    plan.env.insert(name.to_owned(), value.to_owned());
}

/// One of two values; a third can be asked for where there is no saying what it would mean.
fn either<T>(wanted: Wanted<'_>, nominal: T, varied: T) -> Result<T, String> {
    match wanted {
        Wanted::Nominal => Ok(nominal),
        Wanted::Varied => Ok(varied),
        Wanted::Exactly(value) => Err(format!("it cannot be set to {value}")),
    }
}

/// One of two texts, or the one asked for.
fn text(wanted: Wanted<'_>, nominal: &str, varied: &str) -> String {
    match wanted {
        Wanted::Nominal => nominal,
        Wanted::Varied => varied,
        Wanted::Exactly(value) => value,
    }
    .to_owned()
}

type Applied = Result<String, String>;

fn build_path(plan: &mut Plan, setup: &Setup<'_>, wanted: Wanted<'_>) -> Applied {
    let nominal = setup.recipe.path.trim_end_matches('/');
    let name = nominal.rsplit('/').next().unwrap_or("source");
    // Another parent, another name, another length: each of the three changes outputs on its own.
    let path = text(wanted, nominal, &format!("/another-place/second/{name}-varied"));
    plan.world.build_path = path.clone();
    Ok(path)
}

fn user_name(plan: &mut Plan, _: &Setup<'_>, wanted: Wanted<'_>) -> Applied {
    let name = text(wanted, "builder", "someone-else");
    plan.world.user_name = name.clone();
    put(plan, "USER", &name);
    put(plan, "LOGNAME", &name);
    Ok(name)
}

fn user_id(plan: &mut Plan, _: &Setup<'_>, wanted: Wanted<'_>) -> Applied {
    plan.world.user_id = either(wanted, 1000, 2345)?;
    Ok(plan.world.user_id.to_string())
}

fn home(plan: &mut Plan, _: &Setup<'_>, wanted: Wanted<'_>) -> Applied {
    let home = text(wanted, "/home/builder", "/home/someone-elses-home");
    plan.world.home = home.clone();
    put(plan, "HOME", &home);
    Ok(home)
}

fn host_name(plan: &mut Plan, _: &Setup<'_>, wanted: Wanted<'_>) -> Applied {
    plan.world.host_name = text(wanted, "build-host", "another-build-host");
    Ok(plan.world.host_name.clone())
}

fn domain_name(plan: &mut Plan, _: &Setup<'_>, wanted: Wanted<'_>) -> Applied {
    plan.world.domain_name = text(wanted, "build.example", "another.example");
    Ok(plan.world.domain_name.clone())
}

fn time_zone(plan: &mut Plan, _: &Setup<'_>, wanted: Wanted<'_>) -> Applied {
    // POSIX turns the sign round: this zone is fourteen hours ahead, so that most of its day is another date.
    let zone = text(wanted, "UTC", "GMT-14");
    put(plan, "TZ", &zone);
    Ok(zone)
}

fn locale(plan: &mut Plan, setup: &Setup<'_>, wanted: Wanted<'_>) -> Applied {
    let locale = match wanted {
        Wanted::Nominal => "C.UTF-8".to_owned(),
        Wanted::Varied => {
            // Estonian sorts z before t: the reference tool's choice.
            let preferred = setup.machine.locales.iter().find(|name| name.starts_with("et_EE"));
            let found = preferred.or(setup.machine.locales.first());
            found.ok_or("no locale but those of the C family is installed")?.clone()
        }
        Wanted::Exactly(name) => name.to_owned(),
    };
    put(plan, "LC_ALL", &locale);
    put(plan, "LANG", &locale);
    Ok(locale)
}

fn language(plan: &mut Plan, _: &Setup<'_>, wanted: Wanted<'_>) -> Applied {
    let language = text(wanted, UNSET, "et_EE:fr");
    put_or_leave(plan, "LANGUAGE", &language);
    Ok(language)
}

/// The value of a variable that is not there.
const UNSET: &str = "unset";

fn put_or_leave(plan: &mut Plan, name: &str, value: &str) {
    if value != UNSET {
        put(plan, name, value);
    }
}

fn umask(plan: &mut Plan, _: &Setup<'_>, wanted: Wanted<'_>) -> Applied {
    let mask = text(wanted, "0022", "0002");
    let number = u32::from_str_radix(&mask, 8).ok().filter(|number| *number <= 0o777);
    plan.world.umask = number.ok_or_else(|| format!("{mask} is no file mode creation mask"))?;
    Ok(mask)
}

fn cpu_count(plan: &mut Plan, setup: &Setup<'_>, wanted: Wanted<'_>) -> Applied {
    let count = either(wanted, 1, setup.machine.cpus)?;
    if wanted == Wanted::Varied && count < 2 {
        return Err("this machine has one processor".to_owned());
    }
    plan.world.cpus = count;
    Ok(count.to_string())
}

fn directory_order(plan: &mut Plan, _: &Setup<'_>, wanted: Wanted<'_>) -> Applied {
    plan.tree.descending = either(wanted, false, true)?;
    let order = if plan.tree.descending { "descending" } else { "ascending" };
    Ok(format!("entries made in {order} order"))
}

fn environment(plan: &mut Plan, _: &Setup<'_>, wanted: Wanted<'_>) -> Applied {
    if either(wanted, false, true)? {
        put(plan, CAPTURE, "i-capture-the-environment");
        return Ok(format!("{CAPTURE}=i-capture-the-environment"));
    }
    Ok("nothing added".to_owned())
}

fn exec_path(plan: &mut Plan, _: &Setup<'_>, wanted: Wanted<'_>) -> Applied {
    let path = text(wanted, PATH, &format!("{PATH}:/i-capture-the-path"));
    put(plan, "PATH", &path);
    Ok(path)
}

fn temporary_folder(plan: &mut Plan, _: &Setup<'_>, wanted: Wanted<'_>) -> Applied {
    let folder = text(wanted, UNSET, "/var/tmp");
    put_or_leave(plan, "TMPDIR", &folder);
    Ok(folder)
}

fn hash_seed(plan: &mut Plan, _: &Setup<'_>, wanted: Wanted<'_>) -> Applied {
    let seed = text(wanted, "0", "4242");
    for name in ["PYTHONHASHSEED", "PERL_HASH_SEED", "QT_HASH_SEED"] {
        put(plan, name, &seed);
    }
    Ok(seed)
}

fn terminal(plan: &mut Plan, _: &Setup<'_>, wanted: Wanted<'_>) -> Applied {
    let (name, columns, lines) = either(wanted, ("dumb", "80", "24"), ("xterm-256color", "132", "50"))?;
    for (variable, value) in [("TERM", name), ("COLUMNS", columns), ("LINES", lines)] {
        put(plan, variable, value);
    }
    Ok(format!("{name} {columns}x{lines}"))
}

fn address_randomisation(plan: &mut Plan, _: &Setup<'_>, wanted: Wanted<'_>) -> Applied {
    plan.world.randomise_addresses = either(wanted, false, true)?;
    Ok(if plan.world.randomise_addresses { "on" } else { "off" }.to_owned())
}

fn kernel_release(plan: &mut Plan, _: &Setup<'_>, wanted: Wanted<'_>) -> Applied {
    plan.world.kernel_calls_itself_2_6 = either(wanted, false, true)?;
    Ok(if plan.world.kernel_calls_itself_2_6 { "calls itself 2.6" } else { "the machine's" }.to_owned())
}

fn uptime(plan: &mut Plan, _: &Setup<'_>, wanted: Wanted<'_>) -> Applied {
    plan.world.uptime_offset = either(wanted, 0, 1_000_000)?;
    Ok(if plan.world.uptime_offset > 0 { "the machine's and 1000000 s" } else { "the machine's" }.to_owned())
}

/// Another year, month, day, hour and minute, whatever the machine's are.
const LATER: i64 = 398 * 86_400 + 12 * 3_600 + 34 * 60;

/// The kernel has no second clock for a namespace (time_namespaces(7) moves the monotonic clocks alone), so a
/// library between programs and the C library tells the time: programs linked statically see the machine's, and
/// so do the times of files.
fn clock(plan: &mut Plan, setup: &Setup<'_>, wanted: Wanted<'_>) -> Applied {
    if wanted == Wanted::Nominal {
        return Ok("the machine's".to_owned());
    }
    let library = setup.machine.faketime.as_ref().ok_or(
        "the environment has no libfaketime, and the kernel cannot show one run another time; install the \
         package `libfaketime` in it",
    )?;
    let value = match wanted {
        Wanted::Exactly(time) => {
            let moment: jiff::Timestamp =
                time.parse().map_err(|error| format!("{time} is no point in time: {error}"))?;
            // It stands still: every program of the build is to see the moment, however long the build takes.
            put(plan, "FAKETIME", &moment.as_second().to_string());
            put(plan, "FAKETIME_FMT", "%s");
            format!("stands still at {time}")
        }
        _ => {
            put(plan, "FAKETIME", &format!("+{LATER}"));
            format!("the machine's and {LATER} s")
        }
    };
    put(plan, "LD_PRELOAD", library);
    // Times of files are left as they are: a build that compares them with each other is not to be misled.
    put(plan, "NO_FAKE_STAT", "1");
    put(plan, "FAKETIME_DONT_FAKE_MONOTONIC", "1");
    Ok(value)
}

fn shell(plan: &mut Plan, setup: &Setup<'_>, wanted: Wanted<'_>) -> Applied {
    if !either(wanted, false, true)? {
        return Ok("the environment's /bin/sh".to_owned());
    }
    let (at, from) = setup
        .machine
        .other_shell
        .as_ref()
        .ok_or("the environment's /bin/sh is not dash, or it has no bash to stand in for it")?;
    plan.world.replaced.insert(at.clone(), from.clone());
    Ok(format!("bash in the place of {at}"))
}

/// Processor features the C library chooses its routines by (glibc manual, "Hardware Capability Tunables"), and
/// the same for OpenSSL's (OPENSSL_ia32cap(3)). What programs ask the processor itself cannot be changed.
fn processor(plan: &mut Plan, _: &Setup<'_>, wanted: Wanted<'_>) -> Applied {
    plan.world.another_processor = either(wanted, false, true)?;
    if !plan.world.another_processor {
        return Ok("the machine's".to_owned());
    }
    put(plan, "GLIBC_TUNABLES", "glibc.cpu.hwcaps=-AVX2,-AVX512F,-AVX512VL,-AVX512BW,-ERMS,-BMI2");
    put(plan, "OPENSSL_ia32cap", "~0x200000200000000:~0x20000128");
    Ok("another name and fewer features in /proc/cpuinfo, fewer for the C library and OpenSSL".to_owned())
}

fn memory_size(plan: &mut Plan, _: &Setup<'_>, wanted: Wanted<'_>) -> Applied {
    // The nominal run sees what it may use; so every machine shows it the same.
    let limit = plan.limits.memory_mib;
    plan.world.memory_mib = either(wanted, limit, limit.saturating_mul(3))?;
    Ok(format!("{} MiB in /proc/meminfo", plan.world.memory_mib))
}

fn load(plan: &mut Plan, _: &Setup<'_>, wanted: Wanted<'_>) -> Applied {
    let load = either(wanted, "0.00 0.00 0.00", "7.31 5.02 3.33")?;
    plan.world.load = load.to_owned();
    Ok(format!("{load} in /proc/loadavg"))
}

fn inode_numbers(plan: &mut Plan, _: &Setup<'_>, wanted: Wanted<'_>) -> Applied {
    plan.tree.inodes_before = either(wanted, 0, 4099)?;
    Ok(match plan.tree.inodes_before {
        0 => "consecutive".to_owned(),
        count => format!("{count} taken and given back before"),
    })
}

fn home_exists(plan: &mut Plan, _: &Setup<'_>, wanted: Wanted<'_>) -> Applied {
    plan.world.home_exists = either(wanted, true, false)?;
    Ok(if plan.world.home_exists { "yes" } else { "no" }.to_owned())
}

/// Variables that say how many jobs to run at once, of tools that ask the machine where they are not set.
/// `MAKEFLAGS` is not among them: it would make rules parallel that were never written to be.
const JOBS: &[&str] = &["CMAKE_BUILD_PARALLEL_LEVEL", "CARGO_BUILD_JOBS", "NPY_NUM_BUILD_JOBS", "MAX_JOBS"];

fn jobs(plan: &mut Plan, _: &Setup<'_>, wanted: Wanted<'_>) -> Applied {
    let jobs = text(wanted, UNSET, "3");
    for name in JOBS {
        put_or_leave(plan, name, &jobs);
    }
    Ok(jobs)
}

fn source_date_epoch(plan: &mut Plan, setup: &Setup<'_>, wanted: Wanted<'_>) -> Applied {
    let nominal = setup.recipe.source_date_epoch.map_or_else(|| UNSET.to_owned(), |epoch| epoch.to_string());
    let value = match wanted {
        Wanted::Nominal => nominal,
        Wanted::Varied => {
            return Err(
                "it is a part of the recipe that outputs are meant to follow; a run with another one \
                        would say nothing about the world"
                    .to_owned(),
            );
        }
        Wanted::Exactly(value) => value.to_owned(),
    };
    put_or_leave(plan, "SOURCE_DATE_EPOCH", &value);
    Ok(value)
}

fn compiler(_: &mut Plan, _: &Setup<'_>, wanted: Wanted<'_>) -> Applied {
    match wanted {
        Wanted::Nominal => Ok("the environment's".to_owned()),
        Wanted::Varied => {
            Err("it is what the recipe builds with; it is not a property of the world".to_owned())
        }
        Wanted::Exactly(name) => Ok(format!("calls itself {name}")),
    }
}

#[cfg(test)]
mod tests {
    use super::PROPERTIES;
    use super::all;

    #[test]
    fn every_condition_is_in_the_documentation() {
        let page = include_str!("../../docs/build.md");
        for name in all() {
            assert!(page.contains(&format!("| `{name}`")), "{name}");
        }
    }

    #[test]
    fn names_are_unique_and_kebab_case() {
        let names: std::collections::BTreeSet<&str> = all().collect();
        assert_eq!(names.len() + 1, PROPERTIES.len());
        assert!(super::HARSH.iter().all(|name| names.contains(name)));
        for name in names {
            assert!(name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'), "{name}");
        }
    }
}
