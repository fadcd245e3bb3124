//! A `.buildinfo` (deb-buildinfo(5)) of the nominal run: what was built, and with which packages.
//!
//! For reviews that build Debian packages. `pellucid lock --buildinfo` reads it back.

use crate::model::Evidence;
use crate::model::review::Source;
use crate::model::run::Outcome;

/// The text of the file, unsigned.
///
/// # Errors
/// A sentence, where there is no Debian package among what was built, or nothing says with which packages.
pub fn buildinfo(evidence: &Evidence) -> Result<String, String> {
    let (Some(recipe), Some(run)) = (&evidence.review.build, evidence.runs.first()) else {
        return Err("the review built nothing, so there is no .buildinfo to write".to_owned());
    };
    if run.outcome != Outcome::Built {
        return Err(format!("the {} run was not built, so there is no .buildinfo to write", run.name));
    }
    let Source::Debian { package: source, version, .. } = &evidence.review.source else {
        return Err("a .buildinfo is of a Debian source package, and the review's source is none".to_owned());
    };
    let mut binaries = Vec::new();
    let mut architectures = Vec::new();
    let mut checksums = String::new();
    for output in &run.outputs {
        let name = crate::model::path::escape(output.path.file_name());
        let parts: Vec<&str> = name.strip_suffix(".deb").unwrap_or_default().split('_').collect();
        if let [binary, _, architecture] = parts.as_slice() {
            binaries.push((*binary).to_owned());
            architectures.push((*architecture).to_owned());
        }
        checksums.push_str(&format!(" {} {} {name}\n", output.sha256, output.size));
    }
    if binaries.is_empty() {
        return Err("no output is a Debian package, so there is no .buildinfo to write".to_owned());
    }
    let (own, installed) = installed(evidence)?;
    let mut text = String::from("Format: 1.0\n");
    let mut field = |name: &str, value: &str| match value.strip_prefix('\n') {
        // A list begins on the next line.
        Some(list) => text.push_str(&format!("{name}:\n{list}\n")),
        None => text.push_str(&format!("{name}: {value}\n")),
    };
    field("Source", source);
    field("Binary", &listed(binaries));
    field("Architecture", &listed(architectures));
    field("Version", version);
    field("Checksums-Sha256", &format!("\n{}", checksums.trim_end_matches('\n')));
    field("Build-Architecture", &own);
    if let Ok(finished) = evidence.recorded.finished.parse::<jiff::Timestamp>() {
        field("Build-Date", &finished.strftime("%a, %d %b %Y %H:%M:%S +0000").to_string());
    }
    field("Build-Path", &recipe.path);
    field("Installed-Build-Depends", &format!("\n {}", installed.join(",\n ")));
    let mut variables: Vec<String> = recipe.env.iter().map(|(name, value)| variable(name, value)).collect();
    variables.extend(recipe.source_date_epoch.map(|epoch| variable("SOURCE_DATE_EPOCH", &epoch.to_string())));
    variables.sort();
    if !variables.is_empty() {
        field("Environment", &format!("\n {}", variables.join("\n ")));
    }
    Ok(text)
}

/// The architecture that was built on, and every package there was; where the environment is not made of
/// packages, every package that was used.
fn installed(evidence: &Evidence) -> Result<(String, Vec<String>), String> {
    let (own, packages): (String, Vec<(&str, &str, &str)>) = match (&evidence.environment, &evidence.resolved)
    {
        (Some(made), _) => {
            let all = made.lock.packages.iter().map(|one| (&*one.name, &*one.architecture, &*one.version));
            (made.lock.architecture.clone(), all.collect())
        }
        (None, Some(resolved)) => {
            let all = resolved.packages.iter().map(|one| (&*one.name, &*one.architecture, &*one.version));
            (resolved.architecture.clone().unwrap_or_default(), all.collect())
        }
        (None, None) => (String::new(), Vec::new()),
    };
    if own.is_empty() || packages.is_empty() {
        return Err(
            "the evidence names no package that was built with: the environment has no package database, or \
                    the run was not watched"
                .to_owned(),
        );
    }
    let line = |(name, architecture, version): (&str, &str, &str)| match architecture == own
        || architecture == "all"
    {
        true => format!("{name} (= {version})"),
        false => format!("{name}:{architecture} (= {version})"),
    };
    let lines = packages.into_iter().map(line).collect();
    Ok((own, lines))
}

fn listed(mut names: Vec<String>) -> String {
    names.sort();
    names.dedup();
    names.join(" ")
}

/// A variable as deb-buildinfo(5) writes it: quotes and backslashes in the value are escaped.
fn variable(name: &str, value: &str) -> String {
    let value = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    format!("{name}=\"{value}\"")
}
