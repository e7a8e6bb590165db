//! Making codes: how they look, how many there may be, and which code has which serial number.
//!
//! A pool that makes its own codes says in a [`CodeForm`] how they look. With a [`Key`] the form becomes a
//! [`Series`], in which the code of every serial number is reckoned, never looked up: no two serial numbers have the
//! same code, and a code tells nothing about its number or its neighbours.
//!
//! ```
//! use tearline_core::codes::{CodeForm, CouldBe, Key};
//! let form: CodeForm = serde_json::from_str(r##"{"pattern": "SPRING-####-####", "check": true}"##)?;
//! assert_eq!(form.cap(), 27_512); // of 31^7 possible codes, as the eighth symbol is the check character
//!
//! let series = form.series(Key::from(*b"not from a book!"));
//! assert_eq!([series.code(0), series.code(1)].map(Option::unwrap), ["SPRING-V7A7-3P3N", "SPRING-9WKG-44YA"]);
//! assert_eq!(series.code(27_512), None);
//!
//! assert_eq!(form.could_be("spring v7a7 3p3n"), CouldBe::Yes);
//! assert_eq!(form.could_be("spring v7a7 p33n"), CouldBe::TypingError);
//! assert_eq!(form.could_be("WELCOME10"), CouldBe::No);
//! # Ok::<(), serde_json::Error>(())
//! ```

mod alphabet;
mod check;
pub mod entropy;
mod form;
mod pattern;
mod permutation;
mod series;

pub use alphabet::{Alphabet, AlphabetFault, Symbols};
pub use check::Check;
pub use form::{CodeForm, CouldBe, FormFault, FormFields};
pub use pattern::{PATTERN_CHARS_MAX, Pattern, PatternFault, Piece};
pub use permutation::{Key, PLACES_MAX, Permutation};
pub use series::Series;
