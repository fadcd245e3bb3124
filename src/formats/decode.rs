//! Decoding a member's encoded bytes, streaming and bounded.
//!
//! What follows the coded data is never dropped: [`decode`] refuses it, [`decode_prefix`] says where it starts
//! so that a format can make it a region of its own.

use flate2::Decompress;
use flate2::FlushDecompress;
use flate2::Status;
use liblzma::stream::Action;
use liblzma::stream::Stream;
use zstd::stream::raw::InBuffer;
use zstd::stream::raw::Operation;
use zstd::stream::raw::OutBuffer;

use super::field;
use crate::model::Coding;

/// Decodes all of `encoded` into at most `max` bytes.
///
/// # Errors
/// [`DecodeError`]; also if any byte follows the end of the coded data.
pub fn decode(coding: Coding, encoded: &[u8], max: u64) -> Result<Vec<u8>, DecodeError> {
    let (decoded, consumed) = decode_prefix(coding, encoded, max)?;
    let trailing = (encoded.len() as u64).saturating_sub(consumed);
    if trailing > 0 {
        return Err(DecodeError::Trailing { coding: name(coding), at: consumed, trailing });
    }
    Ok(decoded)
}

/// Decodes the coded data at the start of `encoded` into at most `max` bytes; gives the content and how many
/// encoded bytes it took.
///
/// # Errors
/// [`DecodeError`].
pub fn decode_prefix(coding: Coding, encoded: &[u8], max: u64) -> Result<(Vec<u8>, u64), DecodeError> {
    // A first guess that a lying size field cannot inflate: a small multiple of what is really there.
    let guess = (encoded.len() as u64).saturating_mul(2).min(max).min(1 << 20);
    let mut decoded = Vec::with_capacity(usize::try_from(guess).unwrap_or(0));
    let consumed = stream(coding, encoded, max, &mut |chunk| decoded.extend_from_slice(chunk))?;
    Ok((decoded, consumed))
}

/// Decodes the coded data at the start of `encoded`, giving the content to `sink` in pieces and keeping none
/// of it. Returns how many encoded bytes the data took.
///
/// # Errors
/// [`DecodeError`]; `sink` may have got some content before.
pub fn stream(
    coding: Coding,
    encoded: &[u8],
    max: u64,
    sink: &mut dyn FnMut(&[u8]),
) -> Result<u64, DecodeError> {
    let mut sink = Bounded { coding: name(coding), max, given: 0, sink };
    let mut at = one(coding, encoded, &mut sink)?;
    let mut left = most_streams(encoded.len() as u64);
    while another(coding).is_some_and(|start| field::from(encoded, at).starts_with(start)) {
        left =
            left.checked_sub(1).ok_or_else(|| sink.corrupt("it is more streams than its size warrants"))?;
        at = at.saturating_add(one(coding, field::from(encoded, at), &mut sink)?);
    }
    Ok(at)
}

/// As [`stream`], but stops at the end of the first of several concatenated streams or frames.
///
/// # Errors
/// [`DecodeError`]; `sink` may have got some content before.
pub fn stream_one(
    coding: Coding,
    encoded: &[u8],
    max: u64,
    sink: &mut dyn FnMut(&[u8]),
) -> Result<u64, DecodeError> {
    one(coding, encoded, &mut Bounded { coding: name(coding), max, given: 0, sink })
}

/// Content kept while finding where a stream ends, up to a moderate size; larger content is decoded again
/// when asked for.
#[derive(Default)]
pub struct Kept {
    content: Vec<u8>,
    dropped: bool,
}

impl Kept {
    /// Takes the next piece.
    pub fn push(&mut self, chunk: &[u8]) {
        if self.content.len() + chunk.len() > KEEP {
            self.content = Vec::new();
            self.dropped = true;
        }
        if !self.dropped {
            self.content.extend_from_slice(chunk);
        }
    }

    /// All of it, unless it grew too large.
    pub fn content(self) -> Option<Vec<u8>> {
        (!self.dropped).then_some(self.content)
    }
}

/// Streams joined or told apart in `encoded` bytes. Starting on one takes a decoder of megabytes, for bzip2 a
/// millisecond's work, and an empty one has fourteen bytes; what packers write in pieces has pieces of many kilobytes.
pub fn most_streams(encoded: u64) -> u64 {
    256 + encoded / 4096
}

/// Decodes one stream or frame.
fn one(coding: Coding, encoded: &[u8], sink: &mut Bounded<'_>) -> Result<u64, DecodeError> {
    match coding {
        Coding::Deflate => inflate(encoded, false, sink),
        Coding::Zlib => inflate(encoded, true, sink),
        Coding::Xz => lzma(encoded, Stream::new_stream_decoder(MEMORY, 0), sink),
        Coding::LzmaAlone => lzma(encoded, Stream::new_lzma_decoder(MEMORY), sink),
        Coding::Bzip2 => bunzip2(encoded, sink),
        Coding::Zstd => unzstd(encoded, sink),
        Coding::Lz4 => unlz4(encoded, sink),
    }
}

/// What starts another stream that a reader joins to the one before. A skippable zstd frame does not: it has no
/// content, so what it holds is for the format to make a region of.
fn another(coding: Coding) -> Option<&'static [u8]> {
    match coding {
        Coding::Xz => Some(&[0xfd, b'7', b'z', b'X', b'Z', 0]),
        Coding::Bzip2 => Some(b"BZh"),
        Coding::Zstd => Some(&[0x28, 0xb5, 0x2f, 0xfd]),
        Coding::Lz4 => Some(&[0x04, 0x22, 0x4d, 0x18]),
        // These are never joined.
        Coding::Deflate | Coding::Zlib | Coding::LzmaAlone => None,
    }
}

/// Why encoded bytes could not be decoded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The content is larger than the caller allows.
    #[error("the {coding} content exceeds the {max} bytes allowed")]
    TooLarge {
        /// The coding.
        coding: &'static str,
        /// The bound.
        max: u64,
    },
    /// The data ends before its end marker.
    #[error("the {coding} data ends early, after {decoded} decoded bytes")]
    Truncated {
        /// The coding.
        coding: &'static str,
        /// Decoded bytes before.
        decoded: u64,
    },
    /// The data is not valid.
    #[error("the {coding} data is corrupt after {decoded} decoded bytes: {message}")]
    Corrupt {
        /// The coding.
        coding: &'static str,
        /// Decoded bytes before.
        decoded: u64,
        /// The decoder's words.
        message: String,
    },
    /// Bytes follow the coded data.
    #[error("{trailing} bytes follow the end of the {coding} data at {at}")]
    Trailing {
        /// The coding.
        coding: &'static str,
        /// Offset of the first such byte.
        at: u64,
        /// How many.
        trailing: u64,
    },
}

/// The coding's name in messages.
pub fn name(coding: Coding) -> &'static str {
    match coding {
        Coding::Deflate => "deflate",
        Coding::Zlib => "zlib",
        Coding::Bzip2 => "bzip2",
        Coding::Xz => "xz",
        Coding::LzmaAlone => "lzma",
        Coding::Zstd => "zstd",
        Coding::Lz4 => "lz4",
    }
}

/// Memory a decoder may take for its window: `xz -9` needs 65 MiB, `zstd --ultra -22` 128 MiB.
const MEMORY: u64 = 512 << 20;

/// Content a [`Kept`] holds at most.
const KEEP: usize = 256 << 20;

/// Decoded bytes per step.
const CHUNK: usize = 64 << 10;

/// A sink that refuses to go beyond the bound.
struct Bounded<'a> {
    coding: &'static str,
    max: u64,
    given: u64,
    sink: &'a mut dyn FnMut(&[u8]),
}

impl Bounded<'_> {
    fn give(&mut self, chunk: &[u8]) -> Result<(), DecodeError> {
        self.given = self.given.saturating_add(chunk.len() as u64);
        if self.given > self.max {
            return Err(DecodeError::TooLarge { coding: self.coding, max: self.max });
        }
        (self.sink)(chunk);
        Ok(())
    }

    fn truncated(&self) -> DecodeError {
        DecodeError::Truncated { coding: self.coding, decoded: self.given }
    }

    fn corrupt(&self, message: impl ToString) -> DecodeError {
        DecodeError::Corrupt { coding: self.coding, decoded: self.given, message: message.to_string() }
    }
}

fn inflate(encoded: &[u8], zlib: bool, sink: &mut Bounded<'_>) -> Result<u64, DecodeError> {
    let mut decoder = Decompress::new(zlib);
    let mut chunk = vec![0; CHUNK];
    loop {
        let (read, written) = (decoder.total_in(), decoder.total_out());
        let rest = field::from(encoded, read);
        let status = decoder
            .decompress(rest, &mut chunk, FlushDecompress::None)
            .map_err(|error| sink.corrupt(error))?;
        let produced = usize::try_from(decoder.total_out() - written).unwrap_or(0);
        sink.give(chunk.get(..produced).unwrap_or_default())?;
        match status {
            Status::StreamEnd => return Ok(decoder.total_in()),
            _ if produced == 0 && decoder.total_in() == read => return Err(sink.truncated()),
            _ => {}
        }
    }
}

fn lzma(
    encoded: &[u8],
    decoder: Result<Stream, liblzma::stream::Error>,
    sink: &mut Bounded<'_>,
) -> Result<u64, DecodeError> {
    let mut decoder = decoder.map_err(|error| sink.corrupt(error))?;
    let mut chunk = vec![0; CHUNK];
    loop {
        let (read, written) = (decoder.total_in(), decoder.total_out());
        let rest = field::from(encoded, read);
        let status =
            decoder.process(rest, &mut chunk, Action::Finish).map_err(|error| sink.corrupt(error))?;
        let produced = usize::try_from(decoder.total_out() - written).unwrap_or(0);
        sink.give(chunk.get(..produced).unwrap_or_default())?;
        match status {
            liblzma::stream::Status::StreamEnd => return Ok(decoder.total_in()),
            _ if produced == 0 && decoder.total_in() == read => return Err(sink.truncated()),
            _ => {}
        }
    }
}

fn bunzip2(encoded: &[u8], sink: &mut Bounded<'_>) -> Result<u64, DecodeError> {
    let mut decoder = bzip2::Decompress::new(false);
    let mut chunk = vec![0; CHUNK];
    loop {
        let (read, written) = (decoder.total_in(), decoder.total_out());
        let rest = field::from(encoded, read);
        let status = decoder.decompress(rest, &mut chunk).map_err(|error| sink.corrupt(error))?;
        let produced = usize::try_from(decoder.total_out() - written).unwrap_or(0);
        sink.give(chunk.get(..produced).unwrap_or_default())?;
        match status {
            bzip2::Status::StreamEnd => return Ok(decoder.total_in()),
            _ if produced == 0 && decoder.total_in() == read => return Err(sink.truncated()),
            _ => {}
        }
    }
}

fn unzstd(encoded: &[u8], sink: &mut Bounded<'_>) -> Result<u64, DecodeError> {
    let mut decoder = zstd::stream::raw::Decoder::new().map_err(|error| sink.corrupt(error))?;
    let mut chunk = vec![0; CHUNK];
    let mut input = InBuffer::around(encoded);
    loop {
        let before = input.pos;
        let mut output = OutBuffer::around(&mut chunk);
        let hint = decoder.run(&mut input, &mut output).map_err(|error| sink.corrupt(error))?;
        let produced = output.pos();
        sink.give(chunk.get(..produced).unwrap_or_default())?;
        match hint {
            0 => return Ok(input.pos as u64),
            _ if produced == 0 && input.pos == before => return Err(sink.truncated()),
            _ => {}
        }
    }
}

/// One frame. The decoder takes a frame cut between blocks for a whole one, so its end is found first.
fn unlz4(encoded: &[u8], sink: &mut Bounded<'_>) -> Result<u64, DecodeError> {
    let end = super::lz4::frame(encoded, 0).ok_or_else(|| sink.truncated())?;
    let mut chunk = vec![0; CHUNK];
    let mut decoder = lz4_flex::frame::FrameDecoder::new(field::clamped(encoded, 0..end));
    loop {
        match std::io::Read::read(&mut decoder, &mut chunk) {
            Ok(0) => return Ok(end),
            Ok(produced) => sink.give(chunk.get(..produced).unwrap_or_default())?,
            Err(error) => return Err(sink.corrupt(error)),
        }
    }
}
