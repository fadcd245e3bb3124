//! The identity a linker gives to its output: build-id note, and the checksum that leads to split debug data.

use super::Cause;
use super::Judge;
use super::Opinion;
use super::Pair;
use crate::model::anatomy::Role;

/// The cause.
pub const CAUSE: Cause = Cause {
    id: "build-id",
    looks_for: "An ELF build-id, or the name and checksum in .gnu_debuglink and .gnu_debugaltlink, of equal length on both sides.",
    gives: "Both values, and that the cause behind them is inferred and not proved.",
    roles: &[Role::Derived, Role::Debug, Role::Toolchain, Role::Strings],
    fix: "Use the vendor's exact toolchain; link with --build-id=none where nothing needs the identity.",
    judge: Judge::Region(region),
};

fn region(pair: &Pair<'_>) -> Opinion {
    if pair.format != "elf" || pair.shipped.len() != pair.rebuilt.len() {
        return Opinion::No;
    }
    let name = pair.name;
    let is_id = name.contains("build-id");
    let is_link = name.contains(".gnu_debuglink") || name.contains(".gnu_debugaltlink");
    if is_id {
        // An identity is a short digest. A longer note is a place to hide something.
        if pair.shipped.len() > 64 {
            return Opinion::Resembles("a build-id of this length holds more than a digest".to_owned());
        }
    } else if !is_link
        || pair.shipped.len() > 512
        || !link_is_plain(pair.shipped)
        || !link_is_plain(pair.rebuilt)
    {
        return Opinion::No;
    }
    Opinion::Explains(vec![
        format!("shipped {}, rebuilt {}", hex(pair.shipped), hex(pair.rebuilt)),
        "inferred, not proved: the identity is a digest of the unstripped output, debug data and the \
         compiler's name and revision included; a counterfactual rebuild with the vendor's toolchain would \
         prove it"
            .to_owned(),
    ])
}

/// A debug link is a printable file name, NULs up to a multiple of four, and a checksum or an identity.
fn link_is_plain(section: &[u8]) -> bool {
    let name = section.split(|byte| *byte == 0).next().unwrap_or_default();
    let rest = section.get(name.len()..).unwrap_or_default();
    let padding = rest.iter().take_while(|byte| **byte == 0).count();
    let is_checksum_alone = section.len() == 4;
    is_checksum_alone
        || (name.iter().all(|byte| byte.is_ascii_graphic() && *byte != b'\\')
            && rest.len() <= 4 + 4 + 28
            && padding >= 1)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().take(40).map(|byte| format!("{byte:02x}")).collect()
}
