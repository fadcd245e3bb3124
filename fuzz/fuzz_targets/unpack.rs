//! Unpacks arbitrary archives: no panic, no path outside, no path twice, no more than is allowed.
#![no_main]

use std::collections::BTreeSet;
use std::io;
use std::io::Read;

use libfuzzer_sys::fuzz_target;
use pellucid::formats::unpack;
use pellucid::formats::unpack::Sink;
use pellucid::model::Limits;
use pellucid::model::RelPath;

#[derive(Default)]
struct Seen {
    paths: BTreeSet<Vec<u8>>,
    bytes: u64,
}

impl Seen {
    fn path(&mut self, path: &RelPath) {
        let bytes = path.as_bytes();
        assert!(!bytes.is_empty() && !bytes.starts_with(b"/") && !bytes.contains(&0));
        assert!(
            bytes.split(|byte| *byte == b'/').all(|part| part != b".." && part != b"." && !part.is_empty())
        );
        assert!(self.paths.insert(bytes.to_vec()), "a path comes once");
    }
}

impl Sink for Seen {
    fn file(&mut self, path: &RelPath, content: &mut dyn Read) -> io::Result<()> {
        self.path(path);
        self.bytes += io::copy(content, &mut io::sink())?;
        Ok(())
    }

    fn copy(&mut self, path: &RelPath, of: &RelPath) -> io::Result<()> {
        assert!(self.paths.contains(of.as_bytes()), "a hard link is to what came before");
        self.path(path);
        Ok(())
    }
}

fuzz_target!(|input: &[u8]| {
    let limits = Limits { depth: 4, member_size: 1 << 20, total_size: 4 << 20, ratio: 200, members: 1000 };
    let mut seen = Seen::default();
    let strip = u32::from(input.first().copied().unwrap_or(0) & 1);
    if let Ok(unpacked) = unpack::unpack(input, strip, &limits, &mut seen) {
        for window in unpacked.entries.windows(2) {
            assert!(window[0].path.as_bytes() < window[1].path.as_bytes(), "in order, each once");
        }
    }
    assert!(seen.bytes <= 4 << 20);
});
