//! Dependency licences, as each crate declares its own.

use spdx::{Expression, LicenseReq, ParseMode};

/// The licences we take. All let the binary be passed on under Apache-2.0; MPL-2.0 asks for the changes to
/// its own files, and we make none.
const TAKEN: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MPL-2.0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// The one exception we take: it only adds permissions.
const TAKEN_EXCEPTION: &str = "LLVM-exception";

/// Complaints about crates, given each with its declared licence, that cannot be had under licences
/// we take alone.
///
/// `MIT OR GPL-3.0` is well, as we choose; `MIT AND GPL-3.0` is not, and neither is a licence nobody declared.
///
/// ```
/// # use xtask::licences::refused;
/// assert_eq!(refused([("a", Some("MIT/Apache-2.0")), ("b", Some("MIT OR GPL-3.0"))]), [""; 0]);
/// assert_eq!(refused([("a", Some("MIT AND GPL-3.0")), ("b", None)]).len(), 2);
/// ```
pub fn refused<'a>(crates: impl IntoIterator<Item = (&'a str, Option<&'a str>)>) -> Vec<String> {
    let why = |licence: Option<&str>| {
        let Some(licence) = licence else { return Some("declares no licence".to_owned()) };
        match Expression::parse_mode(licence, ParseMode::LAX) {
            Err(error) => Some(format!("declares {licence:?}: {}", error.reason)),
            Ok(expression) if expression.evaluate(taken) => None,
            Ok(_) => Some(format!("declares {licence:?}, which is not on our list (xtask/src/licences.rs)")),
        }
    };
    crates.into_iter().filter_map(|(name, licence)| Some(format!("{name} {}", why(licence)?))).collect()
}

fn taken(required: &LicenseReq) -> bool {
    let licence = required.license.id().is_some_and(|id| TAKEN.contains(&id.name));
    let exception = required.addition.as_ref();
    licence && exception.is_none_or(|e| e.id().is_some_and(|id| id.name == TAKEN_EXCEPTION))
}

#[cfg(test)]
mod tests {
    use super::refused;

    #[test]
    fn a_choice_is_ours_and_a_sum_is_not() {
        let well = [
            "MIT",
            "Apache-2.0 WITH LLVM-exception",
            "(MIT OR Apache-2.0) AND Unicode-3.0",
            "MIT OR GPL-3.0-only",
        ];
        let ill = [
            "GPL-3.0-only",
            "MIT AND AGPL-3.0-only",
            "MIT WITH Classpath-exception-2.0",
            "LicenseRef-Own",
            "nonsense",
            "",
        ];
        for licence in well {
            assert_eq!(refused([("a", Some(licence))]), [""; 0]);
        }
        for licence in ill {
            assert_eq!(refused([("a", Some(licence))]).len(), 1, "{licence}");
        }
    }

    #[test]
    fn the_complaint_names_the_crate_and_its_licence() {
        let complaint = refused([("copyleft 1.0.0", Some("GPL-3.0-only"))]).remove(0);
        assert!(complaint.starts_with(r#"copyleft 1.0.0 declares "GPL-3.0-only""#), "{complaint}");
    }
}
