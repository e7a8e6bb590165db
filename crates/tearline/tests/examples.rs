//! Every shop and every order of `examples/`: what the documentation shows is what the program does.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::{env, fs};

use serde_json::Value;
use tearline_core::document::gather;
use tearline_core::read::from_value;
use tearline_core::source::Sources;
use tearline_core::yaml;
use tearline_pricing::config::{Documents, Promotion};
use tearline_pricing::words::Vocabulary;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The examples whose names pass, as paths from the root of the repository.
fn examples(is_meant: impl Fn(&str) -> bool) -> Vec<String> {
    files("examples", is_meant)
}

fn files(folder: &str, is_meant: impl Fn(&str) -> bool) -> Vec<String> {
    let entries = fs::read_dir(root().join(folder)).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut found: Vec<String> = names.filter(|name| is_meant(name)).collect();
    found.sort();
    assert!(!found.is_empty(), "there are files in {folder}");
    found.into_iter().map(|name| format!("{folder}/{name}")).collect()
}

fn carts() -> Vec<String> {
    examples(|name| name.starts_with("cart-"))
}

fn shops() -> Vec<String> {
    examples(|name| name.strip_suffix(".yaml").is_some_and(|shop| shop != "facts"))
}

/// The shop that an order's name says: `cart-shop-tea.json` is an order of `shop.yaml`.
fn shop_of(cart: &str) -> String {
    let shop = cart.trim_start_matches("examples/cart-").split('-').next().unwrap();
    format!("examples/{shop}.yaml")
}

fn price(arguments: &[&str]) -> Output {
    run("price", arguments)
}

fn run(command: &str, arguments: &[&str]) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_tearline"));
    program.current_dir(root()).arg(command).args(arguments).output().unwrap()
}

/// What `tearline price` prints on success.
fn printed(arguments: &[&str]) -> String {
    said("price", arguments)
}

/// What a command prints on success.
fn said(command: &str, arguments: &[&str]) -> String {
    let output = run(command, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn snapshot(cart: &str, how: &str, receipt: &str) {
    let name = Path::new(cart).file_stem().unwrap().to_str().unwrap();
    insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!(format!("{name}{how}"), receipt);
    });
}

#[test]
fn each_order_has_its_receipt() {
    for cart in carts() {
        let receipt = printed(&[&cart, "--shop", &shop_of(&cart)]);
        snapshot(&cart, "", &receipt);
    }
}

#[test]
fn each_receipt_is_explained() {
    for cart in carts() {
        let receipt = printed(&[
            &cart,
            "--shop",
            &shop_of(&cart),
            "--facts",
            "examples/facts.yaml",
            "--units",
            "--explain",
        ]);
        snapshot(&cart, "-explained", &receipt);
    }
}

#[test]
fn one_promotion_is_explained_by_itself() {
    for (cart, promotion) in [
        ("examples/cart-studio-spring.json", "family20"),
        ("examples/cart-studio-spring.json", "event:spring:order:1"),
        ("examples/cart-studio-codes.json", "spring5"),
        ("examples/cart-studio-wedding.json", "free-cards"),
    ] {
        let told = printed(&[cart, "--shop", &shop_of(cart), &format!("--explain={promotion}")]);
        let (_, explained) = told.rsplit_once("\n\n").unwrap();
        snapshot(cart, &format!("-{}", promotion.replace(':', "-")), explained);
    }
}

#[test]
fn what_could_apply_is_listed() {
    for cart in carts() {
        let files = [cart.as_str(), "--shop", &shop_of(&cart), "--facts", "examples/facts.yaml"];
        snapshot(&cart, "-eligible", &said("eligible", &files));
    }
    let cart = "examples/cart-studio-spring.json";
    let all = said("eligible", &[cart, "--shop", &shop_of(cart), "--others", "--codes"]);
    snapshot(cart, "-eligible-all", &all);
}

#[test]
fn each_line_has_its_shelf_price() {
    for cart in ["examples/cart-shop-tea.json", "examples/cart-studio-spring.json"] {
        snapshot(cart, "-shelf", &said("shelf", &[cart, "--shop", &shop_of(cart)]));
    }
}

#[test]
fn each_order_is_priced_the_same_twice_and_in_both_forms() {
    for cart in carts() {
        let shop = shop_of(&cart);
        let arguments = [cart.as_str(), "--shop", &shop, "--json", "--units", "--explain"];
        assert_eq!(printed(&arguments), printed(&arguments), "{cart}");
        let quote: Value = serde_json::from_str(&printed(&arguments)).unwrap();
        let due = quote["totals"]["due"].as_i64().unwrap();
        let due = format!("{}.{:02}\n", due / 100, due % 100);
        let receipt = printed(&[&cart, "--shop", &shop]);
        let total = receipt.lines().find(|line| line.starts_with("Total due")).unwrap();
        assert!(format!("{total}\n").ends_with(&due), "{total}, not {due}");
    }
}

#[test]
fn nothing_is_wider_than_a_terminal() {
    for cart in carts() {
        for line in printed(&[&cart, "--shop", &shop_of(&cart), "--units", "--explain"]).lines() {
            assert!(line.chars().count() <= 80, "{line}");
        }
    }
}

#[test]
fn each_shop_has_only_the_warnings_that_it_means() {
    let warnings = |shop: &String| {
        let cart = carts().into_iter().find(|cart| shop_of(cart) == *shop).expect("each shop has an order");
        let output = price(&[&cart, "--shop", shop]);
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{shop}: {told}");
        format!("{shop}\n{told}")
    };
    let told: String = shops().iter().map(warnings).collect();
    insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!("warnings", told);
    });
}

#[test]
fn each_promotion_reads_as_a_sentence() {
    let told: String = shops().iter().map(|shop| sentences(shop)).collect();
    let compared = files("examples/compared", |name| name.strip_suffix(".yaml").is_some());
    let told = told + &compared.iter().map(|system| said_here(system)).collect::<String>();
    insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!("sentences", told);
    });
}

/// The sentences of a shop's promotions.
fn sentences(shop: &str) -> String {
    let mut sources = Sources::default();
    sources.read(shop, &fs::read_to_string(root().join(shop)).unwrap()).unwrap();
    let documents = gather(&sources.documents);
    let words = Vocabulary::of(&documents);
    let sentence = |(id, promotion)| format!("  {id}\n    {}\n", words.sentence(promotion));
    format!("{shop}\n{}", documents.promotions.iter().map(sentence).collect::<String>())
}

/// The sentences of what another system can do, as it is said here.
fn said_here(system: &str) -> String {
    let read = yaml::read(&fs::read_to_string(root().join(system)).unwrap()).unwrap();
    let words = Vocabulary::of(&Documents::default());
    let sentence = |promotion: &Value| {
        let promotion = from_value::<Promotion>(promotion.clone()).unwrap();
        format!("    {}\n", words.sentence(&promotion))
    };
    let effect = |effect: &Value| {
        let here = effect.get("here")?;
        let promotions = here.as_array().map_or(std::slice::from_ref(here), Vec::as_slice);
        let sentences: String = promotions.iter().map(sentence).collect();
        Some(format!("  {}\n{sentences}", effect["there"].as_str()?.trim()))
    };
    let effects = read[0].value["effects"].as_array().unwrap();
    format!("{system}\n{}", effects.iter().filter_map(effect).collect::<String>())
}

#[test]
fn the_whole_order_of_the_requirements_comes_out_to_the_cent() {
    let due = |cart: &str| {
        let quote = printed(&[cart, "--shop", "examples/studio.yaml", "--json"]);
        serde_json::from_str::<Value>(&quote).unwrap()["totals"]["due"].as_i64()
    };
    assert_eq!(due("examples/cart-studio-spring.json"), Some(5_348));
    assert_eq!(due("examples/cart-studio-spring-known.json"), Some(6_103));
}
