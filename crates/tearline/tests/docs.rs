//! What the documentation says is what the program does.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

fn page(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(name)).unwrap()
}

/// The first column of a table's rows, without their marks.
fn first_column(page: &str) -> Vec<String> {
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `"));
    rows.filter_map(|row| Some(row.split('`').next()?.to_owned())).collect()
}

#[test]
fn every_refusal_is_explained_in_its_order() {
    let api: Value = serde_json::from_str(&page("docs/reference/openapi.json")).unwrap();
    let variants = api["components"]["schemas"]["Refusal"]["oneOf"].as_array().unwrap();
    let reasons: Vec<String> = variants
        .iter()
        .map(|variant| variant.pointer("/properties/reason/enum/0").unwrap().as_str().unwrap().to_owned())
        .collect();
    assert_eq!(first_column(&page("docs/reference/refusals.md")), reasons);
}

#[test]
fn the_promotion_of_the_guide_speaks_polish() {
    let guide = page("docs/guides/translate-a-promotion.md");
    let blocks = |language: &str| -> Vec<String> {
        let mark = format!("```{language}\n");
        guide.split(&mark).skip(1).map(|rest| rest.split("```").next().unwrap().to_owned()).collect()
    };
    let [promotion, shop] = blocks("yaml").try_into().unwrap();
    let told: Value = serde_json::from_str(&blocks("json")[0]).unwrap();
    let cart = r#"{"currency": "PLN", "language": "pl-PL", "codes": ["SPRING"],
        "lines": [{"id": "a", "quantity": 1, "unit_price": 3760}]}"#;
    let code = |shop: &str| {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("shop.yaml"), format!("{promotion}---\n{shop}")).unwrap();
        fs::write(folder.path().join("cart.json"), cart).unwrap();
        let mut price = Command::new(env!("CARGO_BIN_EXE_tearline"));
        let price =
            price.current_dir(folder.path()).args(["price", "cart.json", "--shop", "shop.yaml", "--json"]);
        let output = price.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let quote: Value = serde_json::from_slice(&output.stdout).unwrap();
        quote["codes"][0].clone()
    };
    assert_eq!(code("{kind: shop, id: studio, currency: PLN}"), told);
    assert_eq!(code(&shop)["says"], "Brakuje 12,40 zł do rabatu");
}

#[test]
fn the_shop_of_the_readme_works() {
    let readme = page("README.md");
    let shop = readme.split("```yaml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let cart = readme.split("-d '").nth(1).and_then(|rest| rest.split('\'').next()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("shop.yaml"), shop).unwrap();
    fs::write(folder.path().join("cart.json"), cart).unwrap();
    let mut price = Command::new(env!("CARGO_BIN_EXE_tearline"));
    let output = price
        .current_dir(folder.path())
        .args(["price", "cart.json", "--shop", "shop.yaml"])
        .output()
        .unwrap();
    let receipt = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && receipt.contains("WELCOME") || receipt.contains("welcome"),
        "{receipt}"
    );
    assert!(receipt.contains("53.97"), "59.97 less 10 %: {receipt}");
}
