//! What may not be in the dependency tree, and what may be there only once.

use std::collections::BTreeMap;

/// Crates we keep out, and what stands in their place.
const UNWANTED: &[(&str, &str)] = &[
    ("aws-lc-rs", "ring is the one TLS provider; some crate's default features are on"),
    ("aws-lc-sys", "ring is the one TLS provider; some crate's default features are on"),
    ("chrono", "jiff is the one library of time"),
    ("native-tls", "rustls is the one TLS library"),
    ("openssl", "rustls is the one TLS library"),
    ("openssl-sys", "rustls is the one TLS library"),
    ("sqlx", "it cannot share a binary with rusqlite"),
];

/// Crates so big that a second version is minutes or megabytes. `syn` is left out: the macros of the
/// ecosystem are on two versions of it.
const BIG: &[&str] = &[
    "axum",
    "clap",
    "clap_builder",
    "h2",
    "http",
    "hyper",
    "hyper-util",
    "insta",
    "jiff",
    "libsqlite3-sys",
    "proptest",
    "regex",
    "regex-automata",
    "reqwest",
    "ring",
    "rusqlite",
    "rustls",
    "serde",
    "serde_json",
    "tokio",
    "tokio-postgres",
    "tower",
    "tower-http",
    "tracing-subscriber",
    "utoipa",
    "utoipa-gen",
];

/// Complaints about crates we keep out, of `packages` given as names and versions.
pub fn unwanted(packages: &[(&str, String)]) -> Vec<String> {
    let found = UNWANTED.iter().filter(|(name, _)| packages.iter().any(|(package, _)| package == name));
    found.map(|(name, why)| format!("{name} is in the tree: {why}; `cargo tree -i {name}`")).collect()
}

/// Complaints about big crates that are there in two versions, of `packages` given as names and versions.
///
/// ```
/// # use xtask::tree::repeated;
/// let packages = [("tokio", "1.0.0".to_owned()), ("tokio", "2.0.0".to_owned()), ("syn", "2.0.0".to_owned())];
/// assert_eq!(repeated(&packages), ["tokio is there more than once: 1.0.0, 2.0.0; `cargo tree -d`"]);
/// ```
pub fn repeated(packages: &[(&str, String)]) -> Vec<String> {
    let mut versions: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (name, version) in packages.iter().filter(|(name, _)| BIG.contains(name)) {
        versions.entry(name).or_default().push(version);
    }
    let twice = versions.into_iter().filter(|(_, versions)| versions.len() > 1);
    twice
        .map(|(name, v)| format!("{name} is there more than once: {}; `cargo tree -d`", v.join(", ")))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{repeated, unwanted};

    #[test]
    fn a_second_tls_provider_is_seen() {
        let packages = [("aws-lc-rs", "1.0.0".to_owned()), ("ring", "0.17.0".to_owned())];
        let complaints = unwanted(&packages);
        assert_eq!(complaints.len(), 1);
        assert!(complaints[0].starts_with("aws-lc-rs is in the tree"));
    }

    #[test]
    fn a_small_crate_may_be_there_twice() {
        let packages = ["1.0.0", "2.0.0"].map(|version| ("hashbrown", version.to_owned()));
        assert_eq!(repeated(&packages), [""; 0]);
    }
}
