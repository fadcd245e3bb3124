//! Descending into members, within bounds.

use std::borrow::Cow;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;

use super::decode::DecodeError;
use super::decode::decode;
use super::is_something;
use super::open;
use crate::model::Anatomy;
use crate::model::Content;
use crate::model::Limits;
use crate::model::Member;
use crate::model::NotExamined;
use crate::model::Region;
use crate::model::Role;

/// The content of `member` of the artifact that `anatomy` describes; borrowed where it stands as it is or was
/// decoded by opening. Each call counts against `budget`.
///
/// # Errors
/// A sentence fragment that says why there is no content to look at: a limit reached, encrypted, corrupt.
pub fn member_bytes<'a>(
    artifact: &'a [u8],
    anatomy: &'a Anatomy,
    member: &'a Member,
    budget: &Budget,
) -> Result<Cow<'a, [u8]>, String> {
    budget.count_member()?;
    let encoded = match member.region.and_then(|index| anatomy.regions.get(index)) {
        Some(region) => region.bytes(artifact),
        None => &[],
    };
    match member.content {
        Content::Empty => Ok(Cow::Borrowed(&[])),
        Content::Stored => {
            let encoded = member.decoded.as_ref().map_or(encoded, |joined| joined.as_slice());
            let size = encoded.len() as u64;
            if size > budget.limits.member_size {
                return Err(format!("{size} bytes exceed the member limit of {}", budget.limits.member_size));
            }
            Ok(Cow::Borrowed(encoded))
        }
        Content::Opaque => {
            Err("encrypted, damaged or of a method this program does not decode: compared as encoded bytes"
                .to_owned())
        }
        Content::Coded(coding) => {
            let max = budget.allowance(encoded.len() as u64);
            if let Some(decoded) = &member.decoded {
                let size = decoded.len() as u64;
                if size > max {
                    return Err(budget.reason(encoded.len() as u64, max));
                }
                budget.charge(size)?;
                return Ok(Cow::Borrowed(decoded));
            }
            match decode(coding, encoded, max) {
                Ok(decoded) => {
                    budget.charge(decoded.len() as u64)?;
                    Ok(Cow::Owned(decoded))
                }
                Err(DecodeError::TooLarge { .. }) => Err(budget.reason(encoded.len() as u64, max)),
                Err(error) => Err(error.to_string()),
            }
        }
    }
}

/// The content of a compressor as its readers give it: that of all its streams, joined, whatever their number.
/// A tar split over two gzip members is one tar. `None` if the artifact is no compressor.
pub fn joined<'a>(
    artifact: &'a [u8],
    anatomy: &'a Anatomy,
    budget: &Budget,
) -> Option<Result<Cow<'a, [u8]>, String>> {
    let (first, others) = anatomy.members.split_first()?;
    if !first.name.is_empty() {
        return None;
    }
    let join = || {
        let content = member_bytes(artifact, anatomy, first, budget)?;
        if others.is_empty() {
            return Ok(content);
        }
        let mut all = content.into_owned();
        for member in others {
            all.extend_from_slice(&member_bytes(artifact, anatomy, member, budget)?);
        }
        Ok(Cow::Owned(all))
    };
    Some(join())
}

/// Opens `bytes` and everything inside, depth first, in the order things stand, and shows each level to
/// `visit` with its path: the artifact's name, then member names. The sole content of a compressor has its
/// compressor's path; what stands in a gap, an extra field or behind the end and is of a known format is shown
/// under its region's name in brackets. Returns what was not examined, and why.
pub fn walk<'v>(name: &str, bytes: &[u8], limits: Limits, visit: &'v mut Visit<'v>) -> Vec<NotExamined> {
    let mut walk = Walk { budget: Budget::new(limits), not_examined: Vec::new(), visit };
    walk.enter(name, bytes, &mut vec![name.to_owned()], 0);
    walk.not_examined
}

/// What [`walk`] shows each level to: path, bytes, anatomy.
pub type Visit<'v> = dyn FnMut(&[String], &[u8], &Anatomy) + 'v;

/// The name of a compressor's sole content: `data.tar.xz` holds `data.tar`, `x.tgz` holds `x.tar`.
pub fn inner_name(outer: &str) -> String {
    const SUFFIXES: &[(&str, &str)] = &[
        (".tgz", ".tar"),
        (".txz", ".tar"),
        (".tbz2", ".tar"),
        (".tbz", ".tar"),
        (".tzst", ".tar"),
        (".svgz", ".svg"),
        (".gz", ""),
        (".xz", ""),
        (".bz2", ""),
        (".zst", ""),
        (".lzma", ""),
        (".lz4", ""),
    ];
    for (suffix, instead) in SUFFIXES {
        if let Some(stem) = outer.strip_suffix(suffix) {
            return format!("{stem}{instead}");
        }
    }
    outer.to_owned()
}

/// What one review may spend on descending. Shared between threads; each figure only grows, so whether a
/// limit is reached does not depend on thread timing, only which member meets it.
#[derive(Debug)]
pub struct Budget {
    limits: Limits,
    total: AtomicU64,
    members: AtomicU64,
}

impl Budget {
    /// A fresh budget.
    pub fn new(limits: Limits) -> Budget {
        Budget { limits, total: AtomicU64::new(0), members: AtomicU64::new(0) }
    }

    /// The limits it holds to.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Whether one may open something `depth` containers down (the artifact itself is 0).
    ///
    /// # Errors
    /// The reason as a sentence fragment.
    pub fn descend(&self, depth: u32) -> Result<(), String> {
        if depth > self.limits.depth {
            return Err(format!("depth limit {} reached", self.limits.depth));
        }
        Ok(())
    }

    /// The largest content that `encoded` bytes may decode to now.
    pub fn allowance(&self, encoded: u64) -> u64 {
        let left = self.limits.total_size.saturating_sub(self.total.load(Ordering::Relaxed));
        allowance(&self.limits, encoded).min(left)
    }

    fn count_member(&self) -> Result<(), String> {
        if self.members.fetch_add(1, Ordering::Relaxed) >= self.limits.members {
            return Err(format!("member limit {} reached", self.limits.members));
        }
        Ok(())
    }

    /// Counts decoded bytes against the limit on all of them.
    ///
    /// # Errors
    /// The limit, as a sentence fragment.
    pub fn charge(&self, decoded: u64) -> Result<(), String> {
        if self.total.fetch_add(decoded, Ordering::Relaxed).saturating_add(decoded) > self.limits.total_size {
            return Err(format!("total size limit {} reached", self.limits.total_size));
        }
        Ok(())
    }

    /// Which limit stopped decoding at `max` bytes.
    fn reason(&self, encoded: u64, max: u64) -> String {
        if max < allowance(&self.limits, encoded) {
            format!("total size limit {} reached", self.limits.total_size)
        } else if max == self.limits.member_size {
            format!("member size limit {max} reached")
        } else {
            format!("{encoded} bytes decode to more than {max}: ratio limit {} reached", self.limits.ratio)
        }
    }
}

/// The largest content `encoded` bytes may decode to under `limits`, whatever else was decoded.
pub(super) fn allowance(limits: &Limits, encoded: u64) -> u64 {
    limits.member_size.min(encoded.saturating_mul(limits.ratio).max(1 << 20))
}

struct Walk<'v> {
    budget: Budget,
    not_examined: Vec<NotExamined>,
    visit: &'v mut Visit<'v>,
}

impl Walk<'_> {
    fn enter(&mut self, name: &str, bytes: &[u8], path: &mut Vec<String>, depth: u32) {
        let anatomy = open(name, bytes);
        (self.visit)(path, bytes, &anatomy);
        if let Err(reason) = self.budget.descend(depth + 1) {
            let packed = anatomy.packs.iter().flat_map(|pack| &pack.inside.members);
            let members = anatomy.members.iter().chain(packed).any(|member| member.content != Content::Empty);
            if members || hidden(bytes, &anatomy).next().is_some() {
                self.miss(path, reason);
            }
            return;
        }
        for (region, content) in hidden(bytes, &anatomy) {
            path.push(format!("[{}]", region.name));
            self.enter("", content, path, depth + 1);
            path.pop();
        }
        if let Some(content) = joined(bytes, &anatomy, &self.budget) {
            match content {
                Ok(content) => self.enter(&inner_name(name), &content, path, depth + 1),
                Err(reason) => self.miss(path, reason),
            }
            return;
        }
        for pack in &anatomy.packs {
            if let Err(reason) = self.budget.charge(pack.content.len() as u64) {
                path.push(pack.name.clone());
                self.miss(path, reason);
                path.pop();
                continue;
            }
            for (region, content) in hidden(&pack.content, &pack.inside) {
                path.push(format!("[{}]", region.name));
                self.enter("", content, path, depth + 1);
                path.pop();
            }
            self.members(&pack.content, &pack.inside, path, depth);
        }
        self.members(bytes, &anatomy, path, depth);
    }

    fn members(&mut self, bytes: &[u8], anatomy: &Anatomy, path: &mut Vec<String>, depth: u32) {
        for member in anatomy.members.iter().filter(|member| member.content != Content::Empty) {
            path.push(member.name.clone());
            match member_bytes(bytes, anatomy, member, &self.budget) {
                Ok(content) => self.enter(&member.name, &content, path, depth + 1),
                Err(reason) => self.miss(path, reason),
            }
            path.pop();
        }
    }

    fn miss(&mut self, path: &[String], reason: String) {
        self.not_examined.push(NotExamined::new("scan", path.join(" › "), reason));
    }
}

/// What stands where no reader of the format looks and is something by itself: an archive behind a program, a
/// program in an extra field.
fn hidden<'a>(bytes: &'a [u8], anatomy: &'a Anatomy) -> impl Iterator<Item = (&'a Region, &'a [u8])> {
    let unread = |region: &&Region| matches!(region.role, Role::Gap | Role::Trailing | Role::Extra);
    let part = |region: &&Region| region.len() < anatomy.size;
    let regions = anatomy.regions.iter().filter(unread).filter(part);
    regions.map(|region| (region, region.bytes(bytes))).filter(|(_, content)| is_something(content))
}
