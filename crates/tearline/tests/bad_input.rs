//! What strangers and tired people hand over: a clear line with its place, exit code 2, never a panic.

use std::fs;
use std::process::Command;

use tempfile::TempDir;

const SHOP: &str = "kind: shop\nid: studio\ncurrency: USD\n";
const CART: &str = r#"{"currency": "USD", "lines": [{"id": "a", "quantity": 1, "unit_price": 500}]}"#;

/// What `tearline price cart --shop shop.yaml` complains about; it must end with exit code 2.
fn complaint(cart: impl AsRef<[u8]>, shop: impl AsRef<[u8]>) -> String {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("cart.json"), cart).unwrap();
    fs::write(folder.path().join("shop.yaml"), shop).unwrap();
    refused(&folder, &["price", "cart.json", "--shop", "shop.yaml"])
}

fn refused(folder: &TempDir, arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tearline"));
    let output = command.current_dir(folder.path()).args(arguments).output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert!(output.stdout.is_empty(), "results go to stdout, complaints to stderr");
    assert!(!told.contains("panicked"), "{told}");
    told
}

fn bad_cart(cart: &str) -> String {
    complaint(cart, SHOP)
}

/// The complaint about a cart with one line of these fields.
fn bad_line(fields: &str) -> String {
    bad_cart(&format!("{{\n  \"currency\": \"USD\",\n  \"lines\": [\n    {{{fields}}}\n  ]\n}}\n"))
}

/// The complaint about a shop with one more document.
fn bad_document(document: &str) -> String {
    complaint(CART, format!("{SHOP}---\n{document}"))
}

#[test]
fn carts() {
    let lines = |count: usize| {
        let line = |index| format!(r#"{{"id": "line-{index}", "quantity": 1, "unit_price": 1}}"#);
        (0..count).map(line).collect::<Vec<_>>().join(",\n")
    };
    let many = format!("{{\"currency\": \"USD\", \"lines\": [{}]}}", lines(10_000));
    insta::assert_snapshot!("unknown_field", bad_line(r#""id": "a", "qty": 1"#));
    insta::assert_snapshot!("unknown_currency", bad_cart(r#"{"currency": "DOLLARS", "lines": []}"#));
    insta::assert_snapshot!("no_lines_at_all", bad_cart(r#"{"currency": "USD"}"#));
    insta::assert_snapshot!("quantity_0", bad_line(r#""id": "a", "quantity": 0, "unit_price": 500"#));
    insta::assert_snapshot!(
        "quantity_2_to_63",
        bad_line(r#""id": "a", "quantity": 9223372036854775808, "unit_price": 500"#)
    );
    insta::assert_snapshot!(
        "quantity_2_to_62",
        bad_line(r#""id": "a", "quantity": 4611686018427387904, "unit_price": 500"#)
    );
    insta::assert_snapshot!("negative_price", bad_line(r#""id": "a", "quantity": 1, "unit_price": -1"#));
    insta::assert_snapshot!("price_as_text", bad_line(r#""id": "a", "quantity": 1, "unit_price": "5.00""#));
    insta::assert_snapshot!("price_missing", bad_line(r#""id": "a", "quantity": 1"#));
    insta::assert_snapshot!("escape_sequence", bad_line(r#""id": "a", "quantity": 1, "\u001b[31mred": 1"#));
    insta::assert_snapshot!("lines_10_000", bad_cart(&many));
    insta::assert_snapshot!(
        "duplicate_line_ids",
        bad_cart(
            "currency: USD\nlines:\n  - {id: a, quantity: 1, unit_price: 1}\n  - {id: a, quantity: 2, unit_price: 1}\n"
        )
    );
    insta::assert_snapshot!(
        "several_faults",
        bad_line(r#""id": "", "quantity": 0, "event": "spring", "unit_price": -1"#)
    );
    insta::assert_snapshot!("cut_off", bad_cart("{\"currency\": \"USD\", \"lines\": ["));
    insta::assert_snapshot!(
        "field_twice",
        bad_cart("{\"currency\": \"USD\",\n \"currency\": \"EUR\", \"lines\": []}")
    );
    insta::assert_snapshot!("empty_cart_file", bad_cart(""));
    insta::assert_snapshot!("two_carts", bad_cart(&format!("---\n{CART}\n---\n{CART}\n")));
    insta::assert_snapshot!("deep_cart", bad_cart(&format!("{}{}", "[".repeat(70), "]".repeat(70))));
    insta::assert_snapshot!("very_deep_cart", bad_cart(&"[".repeat(100_000)));
    insta::assert_snapshot!("cart_is_not_utf_8", complaint(b"currency: USD\nevent: \xFF\xFE\n", SHOP));
}

#[test]
fn shops() {
    let cyclic =
        "kind: price_list\nid: prints\ncategories:\n  - {id: a, parent: b}\n  - {id: b, parent: a}\n";
    insta::assert_snapshot!("unknown_kind", bad_document("kind: puddle\nid: ten\n"));
    insta::assert_snapshot!(
        "unknown_field_of_a_promotion",
        bad_document("kind: promotion\nid: ten\nbenefit: []\n")
    );
    insta::assert_snapshot!(
        "unknown_benefit",
        bad_document("kind: promotion\nid: ten\nbenefits:\n  - percent_of: {percent: 10}\n")
    );
    insta::assert_snapshot!(
        "percentage_too_large",
        bad_document("kind: promotion\nid: ten\nbenefits:\n  - percent_off:\n      percent: 110\n")
    );
    let asking = |expression: &str| {
        let condition = format!("  - any:\n      - not: {{expression: {expression}}}\n");
        bad_document(&format!(
            "kind: promotion\nid: ten\nconditions:\n{condition}benefits: [{{percent_off: {{percent: 10}}}}]\n"
        ))
    };
    insta::assert_snapshot!("unknown_name_in_an_expression", asking("'cart.unit >= 3'"));
    insta::assert_snapshot!(
        "fraction_in_an_expression",
        asking("{when: 'cart.sub_total > 19.99', says: much}")
    );
    insta::assert_snapshot!("number_as_an_expression", asking("3"));
    insta::assert_snapshot!(
        "amount_without_currency",
        bad_document("kind: promotion\nid: ten\nbenefits:\n  - amount_off: {amount: 15}\n")
    );
    let prints = "kind: price_list\nid: prints\nproducts: [{id: 8x10, price: 20 USD}]\n";
    let event = "kind: event\nid: spring\nprice_list: prints\n";
    insta::assert_snapshot!(
        "currency_without_prices",
        complaint(
            r#"{"currency": "EUR", "event": "spring", "lines": [{"id": "a", "quantity": 1, "product": "8x10"}]}"#,
            format!("{SHOP}---\n{prints}---\n{event}")
        )
    );
    insta::assert_snapshot!("cyclic_categories", bad_document(cyclic));
    insta::assert_snapshot!(
        "names_that_point_at_nothing",
        bad_document(
            "kind: event\nid: spring\nprice_list: prints\n---\nkind: promotion\nid: ten\nevents: [fall]\nbenefits: [{free_shipping: {}}]\n"
        )
    );
    insta::assert_snapshot!("bad_name", bad_document("kind: event\nid: Spring Day\n"));
    insta::assert_snapshot!(
        "document_twice",
        bad_document("kind: event\nid: spring\n---\nkind: event\nid: spring\n")
    );
    insta::assert_snapshot!("two_shops", bad_document("kind: shop\nid: other\ncurrency: EUR\n"));
    insta::assert_snapshot!("yaml_syntax_error", bad_document("kind: event\nid: [spring\nname: x\n"));
    insta::assert_snapshot!("empty_shop_file", complaint(CART, "# nothing yet\n"));
    insta::assert_snapshot!("shop_is_not_utf_8", complaint(CART, b"kind: shop\nid: caf\xE9\n"));
    insta::assert_snapshot!(
        "deep_condition",
        bad_document(&format!(
            "kind: promotion\nid: ten\nbenefits: [{{free_shipping: {{}}}}]\nconditions: [{}{{minimum: {{amount: 1 USD}}}}{}]\n",
            "{not: ".repeat(20),
            "}".repeat(20)
        ))
    );
}

#[test]
fn files_and_arguments() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("cart.json"), CART).unwrap();
    fs::write(folder.path().join("shop.yaml"), SHOP).unwrap();
    fs::write(folder.path().join("facts.yaml"), "uses:\n  ten: {totals: 3}\n").unwrap();
    fs::create_dir(folder.path().join("empty")).unwrap();
    let told = |arguments: &[&str]| refused(&folder, arguments);
    insta::assert_snapshot!("no_such_cart", told(&["price", "order.json", "--shop", "shop.yaml"]));
    insta::assert_snapshot!("no_such_shop", told(&["price", "cart.json", "--shop", "studio.yaml"]));
    insta::assert_snapshot!("cart_is_a_folder", told(&["price", "empty", "--shop", "shop.yaml"]));
    insta::assert_snapshot!("folder_without_documents", told(&["price", "cart.json", "--shop", "empty"]));
    insta::assert_snapshot!(
        "bad_facts",
        told(&["price", "cart.json", "--shop", "shop.yaml", "--facts", "facts.yaml"])
    );
    insta::assert_snapshot!(
        "no_such_promotion",
        told(&["price", "cart.json", "--shop", "shop.yaml", "--explain=spring"])
    );
    let facts = |text: &str| {
        fs::write(folder.path().join("facts.yaml"), text).unwrap();
        told(&["price", "cart.json", "--shop", "shop.yaml", "--facts", "facts.yaml"])
    };
    insta::assert_snapshot!(
        "facts_that_no_cart_finds",
        facts("segments: ['']\ncodes:\n  TEN-1: {promotion: ten, uses_max: 0}\n  '- -': {promotion: ten}\n")
    );
    insta::assert_snapshot!(
        "facts_with_an_unknown_state",
        facts("codes:\n  ten1: {promotion: ten, state: free}\n")
    );
    insta::assert_snapshot!(
        "facts_with_half_a_hold",
        facts("codes:\n  ten1:\n    promotion: ten\n    state: {held: {by_this_buyer: true}}\n")
    );
    insta::assert_snapshot!("facts_below_zero", facts("balances: {ten: -1}\n"));
    insta::assert_snapshot!("no_shop_given", told(&["price", "cart.json"]));
    insta::assert_snapshot!(
        "bad_instant",
        told(&["price", "cart.json", "--shop", "shop.yaml", "--at", "noon"])
    );
}

#[test]
fn a_folder_of_documents_and_a_cart_from_standard_input_do() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("shop.yaml"), SHOP).unwrap();
    fs::write(folder.path().join("readme.txt"), "not a document").unwrap();
    fs::write(folder.path().join("cart.json"), CART).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_tearline"));
    let cart = fs::File::open(folder.path().join("cart.json")).unwrap();
    let command = command.current_dir(folder.path()).args(["price", "-", "--shop", "."]).stdin(cart);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(String::from_utf8(output.stdout).unwrap().contains("Total due, USD"));
}
