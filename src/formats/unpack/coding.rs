//! The compressors a tar archive comes in, as readers over a slice.

use std::io;
use std::io::Read;

use flate2::bufread::GzDecoder;

/// A compressor around a tar archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coding {
    /// RFC 1952.
    Gzip,
    /// The .xz file format 1.0.4.
    Xz,
    /// bzip2.
    Bzip2,
    /// RFC 8878.
    Zstd,
}

/// Memory an xz stream may ask for: the decoder of `xz -9` takes 65 MiB.
const XZ_MEMORY: u64 = 512 << 20;

/// The compressor whose magic number `archive` starts with.
pub fn recognise(archive: &[u8]) -> Option<Coding> {
    match archive {
        [0x1f, 0x8b, ..] => Some(Coding::Gzip),
        [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Some(Coding::Xz),
        [b'B', b'Z', b'h', b'1'..=b'9', 0x31, 0x41, 0x59, 0x26, ..] => Some(Coding::Bzip2),
        [b'B', b'Z', b'h', b'1'..=b'9', 0x17, 0x72, 0x45, 0x38, ..] => Some(Coding::Bzip2), // empty
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Some(Coding::Zstd),
        _ => None,
    }
}

impl Coding {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Coding::Gzip => "gzip",
            Coding::Xz => "xz",
            Coding::Bzip2 => "bzip2",
            Coding::Zstd => "zstd",
        }
    }
}

/// The decoded form of `archive`.
pub enum Decoder<'a> {
    /// As it is.
    Plain(&'a [u8]),
    /// Every gzip member, one after the other.
    Gzip(GzDecoder<&'a [u8]>),
    /// Every xz stream.
    Xz(liblzma::bufread::XzDecoder<&'a [u8]>),
    /// Every bzip2 stream.
    Bzip2(bzip2::bufread::MultiBzDecoder<&'a [u8]>),
    /// Every zstd frame.
    Zstd(Box<zstd::stream::read::Decoder<'static, &'a [u8]>>),
}

impl<'a> Decoder<'a> {
    /// A decoder of `archive`.
    ///
    /// # Errors
    /// Where the library refuses to start.
    pub fn new(coding: Option<Coding>, archive: &'a [u8]) -> io::Result<Decoder<'a>> {
        Ok(match coding {
            None => Decoder::Plain(archive),
            Some(Coding::Gzip) => Decoder::Gzip(GzDecoder::new(archive)),
            Some(Coding::Xz) => {
                let stream =
                    liblzma::stream::Stream::new_stream_decoder(XZ_MEMORY, liblzma::stream::CONCATENATED)?;
                Decoder::Xz(liblzma::bufread::XzDecoder::new_stream(archive, stream))
            }
            Some(Coding::Bzip2) => Decoder::Bzip2(bzip2::bufread::MultiBzDecoder::new(archive)),
            Some(Coding::Zstd) => Decoder::Zstd(Box::new(zstd::stream::read::Decoder::with_buffer(archive)?)),
        })
    }

    /// Bytes of the archive that follow what was decoded.
    pub fn rest(&self) -> usize {
        match self {
            Decoder::Gzip(decoder) => decoder.get_ref().len(),
            _ => 0, // the other decoders go on to the end or fail
        }
    }
}

impl Read for Decoder<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Decoder::Plain(bytes) => bytes.read(buffer),
            Decoder::Gzip(decoder) => loop {
                let read = decoder.read(buffer)?;
                let rest: &[u8] = decoder.get_ref();
                if read > 0 || buffer.is_empty() || !matches!(rest, [0x1f, 0x8b, ..]) {
                    return Ok(read);
                }
                *decoder = GzDecoder::new(rest);
            },
            Decoder::Xz(decoder) => decoder.read(buffer),
            Decoder::Bzip2(decoder) => decoder.read(buffer),
            Decoder::Zstd(decoder) => decoder.read(buffer),
        }
    }
}
