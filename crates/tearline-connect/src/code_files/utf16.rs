//! UTF-16, as spreadsheets save "Unicode text".

use std::io::{self, Read};

use encoding_rs::{Decoder, DecoderResult, Encoding};

const PACKED_BYTES: usize = 16 * 1024;

/// Reads UTF-16 as UTF-8. What is no UTF-16 comes out as a byte that is no UTF-8, so that the row it stands in is
/// at fault.
pub(super) struct Utf16<R> {
    source: R,
    decoder: Decoder,
    packed: Box<[u8]>,
    at: usize,
    filled: usize,
    ended: bool,
    finished: bool,
}

impl<R: Read> Utf16<R> {
    pub(super) fn new(source: R, encoding: &'static Encoding) -> Self {
        let decoder = encoding.new_decoder_without_bom_handling();
        Self {
            source,
            decoder,
            packed: vec![0; PACKED_BYTES].into(),
            at: 0,
            filled: 0,
            ended: false,
            finished: false,
        }
    }
}

impl<R: Read> Read for Utf16<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        /// A character of UTF-16 takes at most so many bytes of UTF-8, and a fault needs one more.
        const ROOM_MIN: usize = 8;
        assert!(out.len() >= ROOM_MIN, "the reader has a buffer of many rows");
        while !self.finished {
            if self.at == self.filled && !self.ended {
                (self.at, self.filled) = (0, super::text::read_some(&mut self.source, &mut self.packed)?);
                self.ended = self.filled == 0;
            }
            let room = out.len() - 1;
            let packed = &self.packed[self.at..self.filled];
            let (result, read, mut written) =
                self.decoder.decode_to_utf8_without_replacement(packed, &mut out[..room], self.ended);
            self.at += read;
            if matches!(result, DecoderResult::Malformed(..)) {
                out[written] = 0xFF;
                written += 1;
            }
            self.finished = self.ended && matches!(result, DecoderResult::InputEmpty);
            if written > 0 {
                return Ok(written);
            }
        }
        Ok(0)
    }
}
