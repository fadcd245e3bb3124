//! Which members that only one side has resemble each other: files that were renamed and changed.
//!
//! The digest is TLSH (Oliver, Cheng, Chen: "TLSH - A Locality Sensitive Hash", 2013), whose distance grows with what
//! two contents do not share. It only decides what is shown beside what: no label rests on it, and a member that has
//! another name stays a difference.

use tlsh::FuzzyHashType;

/// Contents are looked at up to this size.
pub const LARGEST: usize = 1 << 20;

/// Members of one side that are looked at: each is held against each of the other side.
pub const MEMBERS: usize = 256;

/// Two contents of at most this distance resemble each other. The TLSH authors found few false matches below 100.
const ALIKE: u32 = 100;

/// What is kept of a content.
pub struct Digest(tlsh::Tlsh);

impl Digest {
    /// The digest of a content; `None` for one that is too short, too long or too uniform to say anything.
    pub fn of(content: &[u8]) -> Option<Digest> {
        if content.len() > LARGEST {
            return None;
        }
        tlsh::hash_buf(content).ok().map(Digest)
    }

    /// How far two contents are from each other: 0 where nothing tells them apart.
    pub fn distance(&self, other: &Digest) -> u32 {
        self.0.compare(&other.0)
    }
}

/// Which of `shipped` goes with which of `rebuilt`, and their distance: each at most once, the nearest first; of equally
/// near ones those that stand first.
pub fn pairs(shipped: &[Digest], rebuilt: &[Digest]) -> Vec<(usize, usize, u32)> {
    let mut near: Vec<(u32, usize, usize)> = Vec::new();
    for (at, one) in shipped.iter().enumerate().take(MEMBERS) {
        for (other_at, other) in rebuilt.iter().enumerate().take(MEMBERS) {
            let distance = one.distance(other);
            if distance <= ALIKE {
                near.push((distance, at, other_at));
            }
        }
    }
    near.sort_unstable();
    let (mut taken, mut others) = ([false; MEMBERS], [false; MEMBERS]);
    let mut pairs = Vec::new();
    for (distance, one, other) in near {
        if let (Some(taken @ false), Some(other_taken @ false)) = (taken.get_mut(one), others.get_mut(other))
        {
            (*taken, *other_taken) = (true, true);
            pairs.push((one, other, distance));
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(from: u32) -> Vec<u8> {
        (from..from + 2000)
            .flat_map(|n| format!("{:x} ", n.wrapping_mul(2_654_435_761)).into_bytes())
            .collect()
    }

    #[test]
    fn a_changed_content_goes_with_what_it_was_and_with_nothing_else() {
        let (one, other) = (text(1), text(50_000));
        let prose: Vec<u8> = (0..300u32)
            .flat_map(|n| format!("line {n}: let value_{n} = compute({n}, {});\n", n * 7).into_bytes())
            .collect();
        let changed = [b"// a new line at the start\n", &prose[..prose.len() - 900]].concat();
        let digest = |content: &[u8]| Digest::of(content).unwrap();
        let found = pairs(&[digest(&changed), digest(&one)], &[digest(&other), digest(&prose)]);
        assert!(found.iter().any(|(one, other, _)| (*one, *other) == (0, 1)), "{found:?}");
        assert_eq!(pairs(&[digest(&one)], &[digest(&one), digest(&one)]), [(0, 0, 0)]);
        assert!(Digest::of(b"short").is_none());
        assert!(Digest::of(&vec![b'x'; LARGEST + 1]).is_none());
    }

    #[test]
    fn each_goes_with_one_at_most() {
        let digest = || Digest::of(&text(1)).unwrap();
        let many: Vec<Digest> = (0..MEMBERS + 10).map(|_| digest()).collect();
        let found = pairs(&many, &many);
        assert_eq!(found.len(), MEMBERS);
        assert!(found.iter().all(|(one, other, distance)| one == other && *distance == 0));
    }
}
