//! How far a file has come, for whoever watches.

use indicatif::{ProgressBar, ProgressStyle};

/// A bar on the terminal; where nobody watches, nothing.
pub(super) struct Progress(ProgressBar);

impl Progress {
    /// A bar for so many bytes.
    pub(super) fn bytes(what: &'static str, bytes: u64) -> Self {
        Self::new(what, bytes, "{msg} [{wide_bar}] {bytes}/{total_bytes} {eta}")
    }

    /// A counter of rows.
    pub(super) fn rows(what: &'static str) -> Self {
        Self::new(what, 0, "{msg} {human_pos} rows, {per_sec}")
    }

    /// A bar for so many codes.
    pub(super) fn codes(what: &'static str, codes: u64) -> Self {
        Self::new(what, codes, "{msg} [{wide_bar}] {human_pos}/{human_len} {eta}")
    }

    // Indicatif draws to standard error, and only where that is a terminal.
    fn new(what: &'static str, length: u64, template: &str) -> Self {
        let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        Self(ProgressBar::new(length).with_style(style).with_message(what))
    }

    pub(super) fn reached(&self, position: u64) {
        self.0.set_position(position);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
