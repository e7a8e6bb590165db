//! Tearline's outside: what comes from elsewhere and goes there.
//!
//! [`code_files`] reads files of codes and writes them.

pub mod code_files;
