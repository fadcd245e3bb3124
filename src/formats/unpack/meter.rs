//! Bounds on what comes out of an archive, held while reading: a bomb is stopped before it is written.

use std::cell::RefCell;
use std::io;
use std::io::Read;
use std::rc::Rc;

use sha2::Digest;

use crate::model::Limits;
use crate::model::Sha256;

use super::UnpackError;

/// What came out of an archive so far; shared by the readers along the way.
#[derive(Clone)]
pub struct Meter(Rc<RefCell<Counts>>);

struct Counts {
    encoded: u64,
    decoded: u64,
    members: u64,
    names: u64,
    limits: Limits,
    reached: Option<String>,
}

/// The ratio is enforced above this many decoded bytes, as [`Limits::ratio`] says.
const RATIO_FROM: u64 = 1 << 20;
/// All names and link targets of an archive together: they are kept in memory.
const NAMES: u64 = 256 << 20;

impl Meter {
    /// For an archive of `encoded` bytes.
    pub fn new(encoded: usize, limits: Limits) -> Meter {
        let encoded = encoded as u64;
        Meter(Rc::new(RefCell::new(Counts {
            encoded,
            decoded: 0,
            members: 0,
            names: 0,
            limits,
            reached: None,
        })))
    }

    /// Counts `bytes` that come out, decoded or copied.
    pub fn bytes(&self, bytes: u64) -> Result<(), UnpackError> {
        let mut counts = self.0.borrow_mut();
        counts.decoded = counts.decoded.saturating_add(bytes);
        let Counts { encoded, decoded, limits, .. } = *counts;
        if decoded > limits.total_size {
            return counts.reach(format!("more than {} bytes altogether", limits.total_size));
        }
        if decoded > RATIO_FROM && decoded > encoded.saturating_mul(limits.ratio) {
            return counts.reach(format!("more than {} times its own {encoded} bytes", limits.ratio));
        }
        Ok(())
    }

    /// Counts a member (or an implied folder) under a name of `name` bytes.
    pub fn member(&self, name: usize) -> Result<(), UnpackError> {
        let mut counts = self.0.borrow_mut();
        counts.members += 1;
        counts.names = counts.names.saturating_add(name as u64);
        if counts.members > counts.limits.members {
            let most = counts.limits.members;
            return counts.reach(format!("more than {most} members"));
        }
        if counts.names > NAMES {
            return counts.reach(format!("names of more than {NAMES} bytes"));
        }
        Ok(())
    }

    /// The bound on one member.
    pub fn member_size(&self) -> u64 {
        self.0.borrow().limits.member_size
    }

    /// The error behind an I/O error of a metered reader: the limit where one was reached.
    pub fn explain(&self, error: &io::Error, doing: &str) -> UnpackError {
        match &self.0.borrow().reached {
            Some(limit) => UnpackError::TooLarge(limit.clone()),
            None => UnpackError::Broken(format!("{doing}: {error}")),
        }
    }
}

impl Counts {
    fn reach(&mut self, limit: String) -> Result<(), UnpackError> {
        self.reached = Some(limit.clone());
        Err(UnpackError::TooLarge(limit))
    }
}

/// A reader whose bytes count.
pub struct Metered<R> {
    inner: R,
    meter: Meter,
    /// Whether the end was met.
    pub ended: bool,
}

impl<R> Metered<R> {
    /// `inner`, counted by `meter`.
    pub fn new(inner: R, meter: Meter) -> Metered<R> {
        Metered { inner, meter, ended: false }
    }

    /// The reader inside.
    pub fn into_inner(self) -> R {
        self.inner
    }
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.ended |= read == 0 && !buffer.is_empty();
        self.meter.bytes(read as u64).map_err(|error| io::Error::other(error.to_string()))?;
        Ok(read)
    }
}

/// A member's content on its way to the sink: exactly `size` bytes, digested.
pub struct Content<'a> {
    inner: &'a mut dyn Read,
    left: u64,
    hasher: sha2::Sha256,
    /// Why reading failed, where it did.
    pub failed: Option<io::Error>,
}

impl<'a> Content<'a> {
    /// `size` bytes of `inner`.
    pub fn new(inner: &'a mut dyn Read, size: u64) -> Content<'a> {
        Content { inner, left: size, hasher: sha2::Sha256::new(), failed: None }
    }

    /// The digest of the content, once all of it was read.
    pub fn digest(self) -> Sha256 {
        Sha256::from_bytes(self.hasher.finalize().into())
    }

    /// Bytes not read yet.
    pub fn left(&self) -> u64 {
        self.left
    }
}

impl Read for Content<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        if most == 0 {
            return Ok(0);
        }
        let result = match self.inner.read(&mut buffer[..most]) {
            Ok(0) => {
                Err(io::Error::new(io::ErrorKind::UnexpectedEof, format!("{} bytes are missing", self.left)))
            }
            other => other,
        };
        match result {
            Ok(read) => {
                self.hasher.update(&buffer[..read]);
                self.left = self.left.saturating_sub(read as u64);
                Ok(read)
            }
            Err(error) => {
                self.failed = Some(io::Error::new(error.kind(), error.to_string()));
                Err(error)
            }
        }
    }
}
