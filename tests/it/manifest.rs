//! The manifest suite: what the reviewer sees for every way a `review.toml` can be wrong.
//!
//! One snapshot per problem, each from a manifest that is right but for one change.

use pellucid::manifest;

mod broken;
mod whole;

/// What the reviewer sees for `text`.
fn seen(text: &str) -> String {
    match manifest::load(text, "review.toml") {
        Ok(review) => format!("loads: {}", review.product.name),
        Err(error) => error.to_string(),
    }
}

/// What the reviewer sees for [`RIGHT`] with `old` replaced by `new`; `old` has to be there.
fn changed(old: &str, new: &str) -> String {
    assert!(RIGHT.contains(old), "{old:?} is not in the manifest");
    seen(&RIGHT.replacen(old, new, 1))
}

const RIGHT: &str = r#"version = 1

[product]
vendor = "Example"
name = "agent"
version = "1.0"
purpose = "A test."

[source]
kind = "directory"
path = "."

[build]
commands = ["make"]
outputs = ["agent", "../agent.deb"]

[[artifact]]
name = "agent"
output = "agent"

[artifact.from]
kind = "file"
path = "shipped/agent"
sha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

[[declared.endpoint]]
host = "updates.example.com"
reason = "Updates."

[[declared.capability]]
category = "cap.net"
reason = "Updates."

[policy]
rung = "bit-exact"

[[policy.accept]]
fingerprint = "abc"
reason = "Looked at."
date = "2026-01-31"
"#;

#[test]
fn the_manifest_the_others_are_broken_from_is_right() {
    assert_eq!(seen(RIGHT), "loads: agent");
}
