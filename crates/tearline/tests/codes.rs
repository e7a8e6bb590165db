//! `tearline codes`: the same on a folder and over a running server.

#[expect(dead_code, reason = "other tests ask more of it")]
#[path = "support/server.rs"]
mod server;

use std::fs;
use std::path::Path;
use std::process::Command;

use server::{Server, fails, run, tearline};

const SHOP: &str = "
kind: shop
id: studio
currency: USD
---
kind: promotion
id: thanks
pool_codes: true
benefits: [{percent_off: {percent: 10}}]
---
kind: pool
id: thank-you
promotion: thanks
";

/// Runs a test with commands on a folder, then with the same over a server.
fn both_ways(test: impl Fn(&Path, &dyn Fn(&[&str]) -> Command)) {
    for over_http in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        fs::write(folder.path().join("shop.yaml"), SHOP).unwrap();
        run(tearline().arg("apply").arg("-f").arg(folder.path().join("shop.yaml")).arg("--data").arg(&data));
        let key = run(tearline().args(["key", "create", "--name", "test", "--data"]).arg(&data));
        let server = over_http.then(|| Server::serve(&data));
        let command = |arguments: &[&str]| {
            let mut command = tearline();
            command.current_dir(folder.path()).arg("codes").args(arguments);
            match &server {
                Some(server) => command.args(["--server", &server.address, "--key", key.trim()]),
                None => command.arg("--data").arg(&data),
            };
            command
        };
        test(folder.path(), &command);
    }
}

#[test]
fn a_file_is_imported_and_exported() {
    both_ways(|folder, codes| {
        fs::write(folder.join("a.csv"), "Gutschein;limit\n-10OFF;3\n0012;\n0012;\n;1\n").unwrap();
        let import = ["import", "a.csv", "--pool", "thank-you", "--column", "Gutschein=code"];
        let output = codes(&import).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        assert_eq!(
            text(&output.stdout),
            "thank-you: 2 added, 1 duplicates skipped, 1 faulty rows skipped (import 1, published)\n",
            "{}",
            text(&output.stderr)
        );
        let told = "  row 4: `0012` stands in row 3 of the file already\n  row 5: `code` is empty: every row needs one\n";
        assert_eq!(text(&output.stderr), told);
        let again = run(&mut codes(&import));
        assert!(again.contains("0 added, 3 duplicates skipped"), "{again}");

        let exported = run(&mut codes(&["export", "--pool", "thank-you"]));
        let rows = "code,starts_at,expires_at,limit,used,customer,state\n'-10OFF,,,3,,,unassigned\n0012,,,,,,unassigned\n";
        assert_eq!(exported, rows);
        run(&mut codes(&["export", "--pool", "thank-you", "--format", "xlsx", "--output", "out.xlsx"]));
        run(&mut codes(&["import", "out.xlsx", "--pool", "thank-you", "--stage"]));
    });
}

#[test]
fn a_file_that_cannot_be_imported_is_told() {
    both_ways(|folder, codes| {
        fs::write(folder.join("a.csv"), "A1\nB2\n").unwrap();
        let (status, told) = fails(&mut codes(&["import", "a.csv", "--pool", "thank-you"]));
        assert_eq!(status, 2);
        assert!(told.contains("the header is missing: the first row says `A1`"), "{told}");
        let (status, told) = fails(&mut codes(&["import", "gone.csv", "--pool", "thank-you"]));
        assert_eq!((status, told.contains("gone.csv: ")), (2, true), "{told}");
        let (status, told) = fails(&mut codes(&["import", "a.csv", "--pool", "other"]));
        assert_eq!((status, told.contains("there is no pool `other`")), (2, true), "{told}");
        fs::write(folder.join("b.csv"), "code\nA1\nA1\n").unwrap();
        let (status, told) =
            fails(&mut codes(&["import", "b.csv", "--pool", "thank-you", "--all-or-nothing"]));
        let why = "import 1 failed, and nothing was added: 1 of 2 rows cannot be added";
        assert_eq!((status, told.contains(why)), (2, true), "{told}");
    });
}

#[test]
fn codes_are_made_up_and_none_twice() {
    let generate = |arguments: &[&str]| {
        let mut command = tearline();
        command.args(["codes", "generate"]).args(arguments);
        command
    };
    let made = run(&mut generate(&["5000", "--pattern", "SUMMER-########", "--check"]));
    let mut codes: Vec<&str> = made.lines().collect();
    assert_eq!((codes.len(), codes[0]), (5_001, "code"));
    assert!(codes[1..].iter().all(|code| code.starts_with("SUMMER-") && code.len() == 15), "{}", codes[1]);
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes.len(), 5_001);
    let (status, told) = fails(&mut generate(&["5000000", "--pattern", "SUMMER-########"]));
    let why = "`SUMMER-########` is good for 852891 codes that nobody guesses, and 5000000 are asked for";
    assert_eq!((status, told.contains(why)), (2, true), "{told}");
}
