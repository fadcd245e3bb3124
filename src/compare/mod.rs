//! Two artifacts → [`Comparison`]: every shipped byte labelled, every difference named.
//!
//! Bytes decide, formats only explain. Does no I/O.
//!
//! [`compare`] looks at the raw bytes first; only where they differ are the two [opened](crate::formats::open),
//! their regions [paired](pairing), and each differing region [labelled](walk): derived where it equals its
//! function of the other bytes on both sides, explained where a [cause](causes) has the evidence and the
//! region's role allows it, and `unexplained` otherwise.

mod bytes;
pub mod causes;
mod code;
mod context;
mod deflate;
mod derived;
mod graft;
mod listing;
mod lists;
mod moved;
pub mod pairing;
mod place;
mod room;
mod stretches;
mod suspects;
mod tally;
mod text;
mod view;
mod walk;

pub use context::BUILD_PATH;
pub use context::COMMIT;
pub use context::Context;
pub use context::Facts;
pub use context::HOME;
pub use context::HOST;
pub use context::KERNEL;
pub use context::SOURCE_DATE_EPOCH;
pub use context::TIME_ZONE;
pub use context::UID;
pub use context::UMASK;
pub use context::USER;
pub use suspects::Hints;
pub use suspects::hints;
pub use suspects::path_by_hole;
pub use suspects::suspects;

use crate::model::Account;
use crate::model::Label;
use crate::model::account::Comparison;
use crate::model::account::Graft;
use tally::Tally;

/// Accounts for every byte of `shipped` against `rebuilt`; `name` is the artifact's file name.
///
/// Pure: the same bytes, name and context give the same comparison, whatever the number of threads.
pub fn compare(name: &str, shipped: &[u8], rebuilt: &[u8], context: &Context) -> Comparison {
    let tally = walk::artifact(name, shipped, rebuilt, context);
    conclude(name, shipped.len() as u64, tally)
}

/// The comparison of two files of `size` bytes that are known to hold the same bytes: what [`compare`] gives for
/// them, without the files at hand.
pub fn reproduced(size: u64) -> Comparison {
    let mut tally = Tally::default();
    tally.count(Label::Reproduced, size);
    conclude("", size, tally)
}

fn conclude(name: &str, size: u64, mut tally: Tally) -> Comparison {
    // The walk holds to the sum; if it ever did not, nothing it said may stand.
    let account = Account::new(size, tally.labels()).unwrap_or_else(|_| Account::unexplained(size));
    let unexplained = tally.worst() == Label::Unexplained;
    // A difference without bytes of its own on the shipped side forbids the better rungs all the same.
    let absent = tally.absent.max(u64::from(unexplained && account.bytes(Label::Unexplained) == 0));
    let grafts = std::mem::take(&mut tally.grafts);
    Comparison {
        account,
        absent,
        differences: std::mem::take(&mut tally.differences),
        differences_cut: tally.cut,
        graft: one_graft(grafts),
        not_examined: tally.into_not_examined(name),
    }
}

/// The proofs of all signed parts as one: it holds only where each of them holds.
fn one_graft(grafts: Vec<Graft>) -> Option<Graft> {
    grafts.into_iter().reduce(|mut all, next| {
        if all.scheme.split(", ").all(|scheme| scheme != next.scheme) {
            all.scheme = format!("{}, {}", all.scheme, next.scheme);
        }
        all.equal &= next.equal;
        all.covers &= next.covers;
        if all.evidence.len() < GRAFT_SENTENCES {
            all.evidence.extend(next.evidence);
        }
        all
    })
}

/// Sentences of evidence kept of the proofs of many signed parts.
const GRAFT_SENTENCES: usize = 40;
