//! The conditions of a run: one entry per property of the build's world, each with a nominal and a varied
//! value, and how it is put into the plan.
//!
//! The nominal values are those that reproducible builds agree on (UTC, C.UTF-8, umask 022, …) where there is
//! such an agreement, and fixed ones elsewhere, so that a nominal run is the same on every machine. The
//! varied values follow the reference tool of the reproducible-builds project where it has the variation.

use std::collections::BTreeSet;

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
}

/// One property of the world.
pub struct Property {
    /// Its name in records: `build-path`.
    pub name: &'static str,
    /// Environment variables it sets; a recipe that sets one of them itself takes the property over.
    variables: &'static [&'static str],
    /// Puts the value into the plan and gives it as text, or the reason why it cannot be varied here.
    apply: fn(&mut Plan, &Setup<'_>, bool) -> Result<String, String>,
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
];

const CAPTURE: &str = "PELLUCID_CAPTURE_ENVIRONMENT";

/// The default search path of Debian's root shell, which most build recipes are written for.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Puts every property into `plan`, varied where `varied` names it, and gives the record of them.
pub fn apply(plan: &mut Plan, recipe: &Recipe, machine: &Machine, varied: &BTreeSet<&str>) -> Vec<Condition> {
    let setup = Setup { recipe, machine };
    let conditions =
        PROPERTIES.iter().map(|property| set(property, plan, &setup, varied.contains(property.name)));
    let conditions = conditions.collect();
    plan.env.extend(recipe.env.iter().map(|(name, value)| (name.clone(), value.clone())));
    match recipe.source_date_epoch {
        Some(epoch) => plan.env.insert("SOURCE_DATE_EPOCH".to_owned(), epoch.to_string()),
        None => None,
    };
    conditions
}

/// The names of all properties: what the all-varied run varies.
pub fn all() -> BTreeSet<&'static str> {
    PROPERTIES.iter().map(|property| property.name).collect()
}

fn set(property: &Property, plan: &mut Plan, setup: &Setup<'_>, wanted: bool) -> Condition {
    let name = property.name.to_owned();
    if let Some(variable) = property.variables.iter().find(|name| setup.recipe.env.contains_key(**name)) {
        let value = setup.recipe.env.get(*variable).cloned().unwrap_or_default();
        let not_applied = wanted.then(|| format!("the recipe sets {variable} itself"));
        return Condition { name, value, varied: false, not_applied };
    }
    match (property.apply)(plan, setup, wanted) {
        Ok(value) => Condition { name, value, varied: wanted, not_applied: None },
        Err(reason) => {
            let value = (property.apply)(plan, setup, false).unwrap_or_default();
            Condition { name, value, varied: false, not_applied: Some(reason) }
        }
    }
}

fn put(plan: &mut Plan, name: &str, value: &str) {
    plan.env.insert(name.to_owned(), value.to_owned());
}

type Applied = Result<String, String>;

fn build_path(plan: &mut Plan, setup: &Setup<'_>, varied: bool) -> Applied {
    let nominal = setup.recipe.path.trim_end_matches('/');
    let name = nominal.rsplit('/').next().unwrap_or("source");
    // Another parent, another name, another length: each of the three changes outputs on its own.
    let path = if varied { format!("/another-place/second/{name}-varied") } else { nominal.to_owned() };
    plan.world.build_path = path.clone();
    Ok(path)
}

fn user_name(plan: &mut Plan, _: &Setup<'_>, varied: bool) -> Applied {
    let name = if varied { "someone-else" } else { "builder" };
    plan.world.user_name = name.to_owned();
    put(plan, "USER", name);
    put(plan, "LOGNAME", name);
    Ok(name.to_owned())
}

fn user_id(plan: &mut Plan, _: &Setup<'_>, varied: bool) -> Applied {
    plan.world.user_id = if varied { 2345 } else { 1000 };
    Ok(plan.world.user_id.to_string())
}

fn home(plan: &mut Plan, _: &Setup<'_>, varied: bool) -> Applied {
    let home = if varied { "/home/someone-elses-home" } else { "/home/builder" };
    plan.world.home = home.to_owned();
    plan.world.home_exists = true;
    put(plan, "HOME", home);
    Ok(home.to_owned())
}

fn host_name(plan: &mut Plan, _: &Setup<'_>, varied: bool) -> Applied {
    let name = if varied { "another-build-host" } else { "build-host" };
    plan.world.host_name = name.to_owned();
    Ok(name.to_owned())
}

fn domain_name(plan: &mut Plan, _: &Setup<'_>, varied: bool) -> Applied {
    let name = if varied { "another.example" } else { "build.example" };
    plan.world.domain_name = name.to_owned();
    Ok(name.to_owned())
}

fn time_zone(plan: &mut Plan, _: &Setup<'_>, varied: bool) -> Applied {
    // POSIX turns the sign round: this zone is fourteen hours ahead, so that most of its day is another date.
    let zone = if varied { "GMT-14" } else { "UTC" };
    put(plan, "TZ", zone);
    Ok(zone.to_owned())
}

fn locale(plan: &mut Plan, setup: &Setup<'_>, varied: bool) -> Applied {
    let locale = if varied {
        // Estonian sorts z before t: the reference tool's choice.
        let preferred = setup.machine.locales.iter().find(|name| name.starts_with("et_EE"));
        let found = preferred.or(setup.machine.locales.first());
        found.ok_or("no locale but those of the C family is installed")?.clone()
    } else {
        "C.UTF-8".to_owned()
    };
    put(plan, "LC_ALL", &locale);
    put(plan, "LANG", &locale);
    Ok(locale)
}

fn language(plan: &mut Plan, _: &Setup<'_>, varied: bool) -> Applied {
    if varied {
        put(plan, "LANGUAGE", "et_EE:fr");
        return Ok("et_EE:fr".to_owned());
    }
    Ok("unset".to_owned())
}

fn umask(plan: &mut Plan, _: &Setup<'_>, varied: bool) -> Applied {
    plan.world.umask = if varied { 0o002 } else { 0o022 };
    Ok(format!("{:04o}", plan.world.umask))
}

fn cpu_count(plan: &mut Plan, setup: &Setup<'_>, varied: bool) -> Applied {
    let count = if varied { setup.machine.cpus } else { 1 };
    if varied && count < 2 {
        return Err("this machine has one processor".to_owned());
    }
    plan.world.cpus = count;
    Ok(count.to_string())
}

fn directory_order(plan: &mut Plan, _: &Setup<'_>, varied: bool) -> Applied {
    plan.tree.descending = varied;
    Ok(if varied { "entries made in descending order" } else { "entries made in ascending order" }.to_owned())
}

fn environment(plan: &mut Plan, _: &Setup<'_>, varied: bool) -> Applied {
    if varied {
        put(plan, CAPTURE, "i-capture-the-environment");
        return Ok(format!("{CAPTURE}=i-capture-the-environment"));
    }
    Ok("nothing added".to_owned())
}

fn exec_path(plan: &mut Plan, _: &Setup<'_>, varied: bool) -> Applied {
    let path = if varied { format!("{PATH}:/i-capture-the-path") } else { PATH.to_owned() };
    put(plan, "PATH", &path);
    Ok(path)
}

fn temporary_folder(plan: &mut Plan, _: &Setup<'_>, varied: bool) -> Applied {
    if varied {
        put(plan, "TMPDIR", "/var/tmp");
        return Ok("/var/tmp".to_owned());
    }
    Ok("unset".to_owned())
}

fn hash_seed(plan: &mut Plan, _: &Setup<'_>, varied: bool) -> Applied {
    let seed = if varied { "4242" } else { "0" };
    for name in ["PYTHONHASHSEED", "PERL_HASH_SEED", "QT_HASH_SEED"] {
        put(plan, name, seed);
    }
    Ok(seed.to_owned())
}

fn terminal(plan: &mut Plan, _: &Setup<'_>, varied: bool) -> Applied {
    let (name, columns, lines) = if varied { ("xterm-256color", "132", "50") } else { ("dumb", "80", "24") };
    for (variable, value) in [("TERM", name), ("COLUMNS", columns), ("LINES", lines)] {
        put(plan, variable, value);
    }
    Ok(format!("{name} {columns}x{lines}"))
}

fn address_randomisation(plan: &mut Plan, _: &Setup<'_>, varied: bool) -> Applied {
    plan.world.randomise_addresses = varied;
    Ok(if varied { "on" } else { "off" }.to_owned())
}

fn kernel_release(plan: &mut Plan, _: &Setup<'_>, varied: bool) -> Applied {
    plan.world.kernel_calls_itself_2_6 = varied;
    Ok(if varied { "calls itself 2.6" } else { "the machine's" }.to_owned())
}

fn uptime(plan: &mut Plan, _: &Setup<'_>, varied: bool) -> Applied {
    plan.world.uptime_offset = if varied { 1_000_000 } else { 0 };
    Ok(if varied { "the machine's and 1000000 s" } else { "the machine's" }.to_owned())
}

#[cfg(test)]
mod tests {
    use super::PROPERTIES;
    use super::all;

    #[test]
    fn names_are_unique_and_kebab_case() {
        assert_eq!(all().len(), PROPERTIES.len());
        for name in all() {
            assert!(name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'), "{name}");
        }
    }
}
