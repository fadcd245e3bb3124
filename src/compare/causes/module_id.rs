//! The identity a .NET compiler gives to a module: the MVID of its metadata.

use super::Cause;
use super::Judge;
use super::Opinion;
use super::Pair;
use crate::model::anatomy::Role;

/// The cause.
pub const CAUSE: Cause = Cause {
    id: "module-id",
    looks_for: "A .NET module version id (ECMA-335, II.22.30), with another one in its place; both are random or digests by the version they state.",
    gives: "Both identities, and that the cause behind them is inferred and not proved.",
    roles: &[Role::Derived],
    fix: "Compile with /deterministic and the vendor's exact compiler and references.",
    judge: Judge::Region(region),
};

fn region(pair: &Pair<'_>) -> Opinion {
    if pair.format != "pe" || pair.name != "clr module id" {
        return Opinion::No;
    }
    let (Some(shipped), Some(rebuilt)) = (identity(pair.shipped), identity(pair.rebuilt)) else {
        return Opinion::Resembles("one of the two is no identity as compilers make them".to_owned());
    };
    Opinion::Explains(vec![
        format!("shipped {shipped}, rebuilt {rebuilt}"),
        "inferred, not proved: compilers make it anew each time, or of all they read; everything else it could stand \
         for is compared by itself"
            .to_owned(),
    ])
}

/// The identity as it is written, if it is one of version 4 (RFC 9562): .NET compilers state it for digests too.
fn identity(bytes: &[u8]) -> Option<String> {
    let [a, b, c, d, e, f, g, h, rest @ ..] = <[u8; 16]>::try_from(bytes).ok()?;
    let variant = rest.first()? >> 6 == 2;
    if h >> 4 != 4 || !variant {
        return None;
    }
    // The first three fields are little-endian.
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let (node, tail) = rest.split_at_checked(2)?;
    Some([hex(&[d, c, b, a]), hex(&[f, e]), hex(&[h, g]), hex(node), hex(tail)].join("-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_states_that_it_is_random_is_an_identity() {
        let id =
            [0xab, 0x76, 0x5e, 0x0f, 0x9b, 0x48, 0x17, 0x48, 0x87, 0x52, 0x93, 2, 0x61, 0xe3, 0x5d, 0xa5];
        assert_eq!(identity(&id).as_deref(), Some("0f5e76ab-489b-4817-8752-930261e35da5"));
        assert_eq!(identity(b"echo this would!"), None);
        assert_eq!(identity(&[0; 16]), None);
    }
}
