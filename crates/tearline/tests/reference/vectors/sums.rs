//! The single sums: rounding, writing down, bulk steps, tax, and how amounts and codes are read.

use serde_json::{Value, json};
use tearline_pricing::allocate::{Capped, allocate, allocate_capped};
use tearline_pricing::code::match_key;
use tearline_pricing::money::{Currency, Money, Percent, Rounding};

use crate::case::Step;
use crate::library;
use crate::place;
use crate::vectors::ARITHMETIC;

/// Vectors of one sort.
pub(crate) struct Sums {
    pub(crate) name: &'static str,
    /// What is given, and what comes of it.
    about: &'static str,
    vectors: Vec<Value>,
}

impl Sums {
    pub(crate) fn written(&self) -> Value {
        json!({"arithmetic": ARITHMETIC, "about": self.about, "vectors": self.vectors})
    }
}

/// Every sort.
pub(crate) fn all() -> Vec<Sums> {
    vec![
        currencies(),
        amounts(),
        percentages(),
        codes(),
        rounding(),
        shares(),
        capped_shares(),
        written_down(),
        bulk(),
        tax(),
    ]
}

fn currencies() -> Sums {
    let about = "Every currency, and how many decimal digits its minor unit has.";
    let api = std::fs::read_to_string(place("docs/reference/openapi.json")).unwrap();
    let api: Value = serde_json::from_str(&api).unwrap();
    let codes = api["components"]["schemas"]["Currency"]["enum"].as_array().unwrap().iter();
    let of = |code: &Value| {
        let currency: Currency = code.as_str().unwrap().parse().unwrap();
        json!({"currency": code, "digits": currency.exponent()})
    };
    Sums { name: "currencies", about, vectors: codes.map(of).collect() }
}

fn amounts() -> Sums {
    let about = "The text of an amount, and the minor units that it stands for; null where it is refused.";
    let texts = [
        "15.00 USD",
        "15 USD",
        "0.05 USD",
        "15.5 USD",
        "15.500 USD",
        "15.005 USD",
        "1500 JPY",
        "1500.0 JPY",
        "1.5 JPY",
        "1.5 BHD",
        "0.001 BHD",
        "10000000000.00 USD",
        "10000000000.01 USD",
        "15.00",
        "15.00 usd",
        "15.00 ABC",
        "-1.00 USD",
        "1,50 EUR",
        ".50 EUR",
        "1. EUR",
    ];
    let minor = |text: &str| text.parse::<Money>().ok().map(|money| money.minor);
    let vectors = texts.map(|text| json!({"text": text, "minor": minor(text)})).to_vec();
    Sums { name: "amounts", about, vectors }
}

fn percentages() -> Sums {
    let about = "The text of a percentage, and its parts per million; null where it is refused.";
    let texts = [
        "10", "12.5", "12.50%", "33.3333", "0", "100", "100.0", "0.0001", "33.33333", "100.0001", "-1", "ten",
    ];
    let ppm = |text: &str| text.parse::<Percent>().ok().map(Percent::ppm);
    let vectors = texts.map(|text| json!({"text": text, "ppm": ppm(text)})).to_vec();
    Sums { name: "percentages", about, vectors }
}

fn codes() -> Sums {
    let about = "A code as somebody may type it, and the form in which codes are compared.";
    let codes = [
        "SPRING-10",
        " spring 10 ",
        "spring\u{2013}10",
        "ＳＰＲＩＮＧ１０",
        "Straße",
        "STRASSE",
        "été",
        "e\u{301}te\u{301}",
        "O0",
        "00",
        "ﬁve",
        "İ",
        "ΣΑΣ",
        "a\u{200B}b",
        "½",
    ];
    let vectors = codes.map(|code| json!({"code": code, "key": match_key(code)})).to_vec();
    Sums { name: "codes", about, vectors }
}

fn rounding() -> Sums {
    let about = "`percent` of `minor`, rounded in each of the three ways.";
    let asked = [
        ("10", 525),
        ("10", 515),
        ("10", 535),
        ("15", 1_999),
        ("50", 1),
        ("50", 3),
        ("12.5", 100),
        ("12.5", 300),
        ("33.3333", 10_000),
        ("66.6667", 10_000),
        ("0.0001", 499_999),
        ("0.0001", 500_000),
        ("0.0001", 500_001),
        ("0.0001", 1_500_000),
        ("100", 7),
        ("0", 7),
        ("99.9999", 1),
        ("99.9999", 1_000_000_000_000),
        ("33.3333", 999_999_999_999_999),
    ];
    let of = |(percent, minor): (&str, i64)| {
        let parsed: Percent = percent.parse().expect("a percentage");
        let [half_up, half_even, down] =
            [Rounding::HalfUp, Rounding::HalfEven, Rounding::Down].map(|rounding| parsed.of(minor, rounding));
        json!({"percent": percent, "minor": minor, "half_up": half_up, "half_even": half_even, "down": down})
    };
    Sums { name: "rounding", about, vectors: asked.map(of).to_vec() }
}

fn shares() -> Sums {
    let about = "`total` in proportion to `weights`, by largest remainder; ties go to the earlier part.";
    let asked: [(i64, &[i64]); 16] = [
        (5_000, &[5_000, 10_000]),
        (1_000, &[3_333, 3_333, 3_334]),
        (100, &[500, 500, 500]),
        (1, &[1, 1]),
        (2, &[1, 1, 1]),
        (5, &[1, 2, 3]),
        (7, &[0, 0]),
        (0, &[5, 5]),
        (7, &[0, 5, 0, 2]),
        (6, &[2, 3, 1]),
        (99, &[100]),
        (10, &[1, 1, 1, 1, 1, 1, 1]),
        (1_000, &[1, 999, 1]),
        (3, &[1, 1, 1, 3]),
        (999_999_999_999_999, &[333_333_333_333_333, 333_333_333_333_334, 333_333_333_333_333]),
        (123_456_789_012_345, &[1_000_000_000_000, 999_999_999_999, 7, 500_000_000_000_000]),
    ];
    let of = |(total, weights): (i64, &[i64])| {
        let mut parts = vec![0; weights.len()];
        allocate(total, weights, &mut parts);
        json!({"total": total, "weights": weights, "parts": parts})
    };
    Sums { name: "shares", about, vectors: asked.map(of).to_vec() }
}

fn capped_shares() -> Sums {
    let about = "`total` in proportion to `weights`, by largest remainder, no part above its `room`: what does not \
                 fit goes to the next largest remainder that has room.";
    let asked: [(i64, &[i64], &[i64]); 5] = [
        (6, &[500, 25, 25], &[5, 1, 1]),
        (6, &[550, 25, 25], &[5, 1, 1]),
        (3, &[1, 1, 1], &[1, 1, 1]),
        (4, &[3, 3, 3], &[2, 1, 1]),
        (2, &[0, 7, 7], &[0, 1, 1]),
    ];
    let of = |(total, weights, rooms): (i64, &[i64], &[i64])| {
        let capped = |(&weight, &room): (&i64, &i64)| Capped { weight: weight.into(), room };
        let allowed: Vec<Capped> = weights.iter().zip(rooms).map(capped).collect();
        let mut parts = vec![0; weights.len()];
        allocate_capped(total, &allowed, &mut parts);
        json!({"total": total, "weights": weights, "room": rooms, "parts": parts})
    };
    Sums { name: "capped-shares", about, vectors: asked.map(of).to_vec() }
}

/// The quote of a cart in a shop, both without what every cart and shop needs.
fn quote(shop: Value, documents: Vec<Value>, mut cart: Value) -> Value {
    let mut settings = json!({"kind": "shop", "id": "vectors", "currency": "USD"});
    for (settings, more) in [(&mut settings, shop), (&mut cart, json!({"currency": "USD"}))] {
        settings.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    }
    let documents: Vec<Value> = std::iter::once(settings).chain(documents).collect();
    let snapshot = library::compile(&documents).unwrap_or_else(|error| panic!("{error}"));
    let step = Step { cart, ..Step::default() };
    library::price(&step, &snapshot).unwrap_or_else(|error| panic!("{error}"))
}

/// A field of every unit, line by line.
fn units(quote: &Value, field: &str) -> Vec<Vec<i64>> {
    let of_line = |line: &Value| {
        let units = line["units"].as_array().unwrap().iter();
        units.map(|unit| unit[field].as_i64().unwrap()).collect()
    };
    quote["lines"].as_array().unwrap().iter().map(of_line).collect()
}

fn written_down() -> Sums {
    let about = "A percentage or an amount off the order, written down to `lines` and their units: what is left of \
                 each unit. The lines stand in the cart's order.";
    let line = |id: &str, quantity: u32, unit_price: i64| json!({"id": id, "quantity": quantity, "unit_price": unit_price});
    let ten = |minor: &str| json!({"amount": minor});
    let percent = |percent: &str| json!({"percent": percent});
    let asked = [
        (ten("50.00 USD"), vec![line("a", 1, 5_000), line("b", 1, 10_000)]),
        (ten("1.00 USD"), vec![line("b", 1, 500), line("a", 1, 500), line("c", 1, 500)]),
        (ten("0.01 USD"), vec![line("a10", 1, 500), line("a9", 1, 500), line("B", 1, 500)]),
        (ten("1.00 USD"), vec![line("a", 3, 500), line("b", 2, 333)]),
        (ten("99.00 USD"), vec![line("a", 3, 500), line("b", 2, 333)]),
        (percent("10"), vec![line("a", 3, 1_999)]),
        (percent("10"), vec![line("b", 1, 5), line("a", 2, 5), line("c", 7, 5)]),
        (percent("33.3333"), vec![line("x", 2, 101), line("é", 1, 101), line("y", 1, 1)]),
        (percent("100"), vec![line("a", 2, 7), line("b", 1, 0)]),
    ];
    let of = |(off, lines): (Value, Vec<Value>)| {
        let kind = if off.get("amount").is_some() { "amount_off" } else { "percent_off" };
        let promotion = json!({"kind": "promotion", "id": "off", "benefits": [{kind: off}]});
        let quote = quote(json!({}), vec![promotion], json!({"lines": lines}));
        json!({"off": off, "lines": lines, "units": units(&quote, "after_order")})
    };
    Sums { name: "written-down", about, vectors: asked.map(of).to_vec() }
}

fn bulk() -> Sums {
    let about =
        "Unit prices in the order of adding, all counted by one bulk discount; each unit's price after it.";
    let one = |percent: &str| json!([{"from": 3, "percent": percent}]);
    let steps = json!([{"from": 2, "percent": "10"}, {"from": 4, "percent": "20"}]);
    let asked: [(&str, Value, &str, &[i64]); 12] = [
        ("volume", one("10"), "half_up", &[500, 500]),
        ("volume", one("10"), "half_up", &[500, 500, 500]),
        ("volume", one("10"), "half_up", &[525, 515, 535, 5]),
        ("volume", one("10"), "half_even", &[525, 515, 535, 5]),
        ("volume", one("10"), "down", &[525, 515, 535, 5]),
        ("volume", steps.clone(), "half_up", &[2_000, 800, 500]),
        ("volume", steps.clone(), "half_up", &[2_000, 800, 500, 500]),
        ("graduated", steps.clone(), "half_up", &[2_000, 800, 500]),
        ("graduated", steps.clone(), "half_up", &[2_000, 800, 500, 500, 2_000]),
        ("graduated", steps, "half_up", &[500, 500, 800, 2_000, 2_000]),
        ("volume", json!([{"from": 2, "amount": "1.50 USD"}]), "half_up", &[500, 100]),
        (
            "graduated",
            json!([{"from": 2, "amount": "1.50 USD"}, {"from": 3, "percent": "100"}]),
            "half_up",
            &[500, 500, 500],
        ),
    ];
    let of = |(mode, steps, rounding, prices): (&str, Value, &str, &[i64])| {
        let discount = json!({"mode": mode, "steps": steps});
        let list =
            json!({"kind": "price_list", "id": "list", "categories": [{"id": "goods", "bulk": discount}]});
        let event = json!({"kind": "event", "id": "event", "price_list": "list"});
        let line = |(index, price): (usize, &i64)| json!({"id": format!("{index}"), "quantity": 1, "unit_price": price, "categories": ["goods"]});
        let lines: Vec<Value> = prices.iter().enumerate().map(line).collect();
        let quote = quote(
            json!({"rounding": rounding}),
            vec![list, event],
            json!({"event": "event", "lines": lines}),
        );
        let after: Vec<i64> = units(&quote, "after_bulk").concat();
        json!({"mode": mode, "steps": steps, "rounding": rounding, "units": prices, "after_bulk": after})
    };
    Sums { name: "bulk", about, vectors: asked.map(of).to_vec() }
}

fn tax() -> Sums {
    let about = "The tax of lines and shipping, each with the category whose rate it takes, and of shipping: on top \
                 of prices or inside them, rounded once a rate or line by line.";
    let rates = json!([{"category": "standard", "percent": "8.875"}, {"category": "low", "percent": "5"}]);
    let line = |id: &str, price: i64, category: &str| json!({"id": id, "quantity": 1, "unit_price": price, "tax_category": category});
    let goods = json!([
        line("c", 333, "standard"),
        line("a", 333, "standard"),
        line("b", 333, "standard"),
        line("d", 1_010, "low"),
        line("e", 1_010, "low")
    ]);
    let halves = json!([line("b", 10, "low"), line("a", 10, "low"), line("c", 30, "low")]);
    let asked = [("per_rate", &goods), ("per_line", &goods), ("per_rate", &halves), ("per_line", &halves)];
    let ways = [
        ("exclusive", "half_up"),
        ("inclusive", "half_up"),
        ("exclusive", "half_even"),
        ("inclusive", "down"),
    ];
    let mut vectors = Vec::new();
    for (prices, rounding) in ways {
        for (rounded, lines) in asked {
            let shop = json!({"rounding": rounding, "tax": {"prices": prices, "rounded": rounded}});
            let shipping = json!({"id": "post", "price": 599, "tax_category": "low"});
            let cart = json!({"lines": lines, "tax_rates": rates, "shipping": {"options": [shipping], "chosen": "post"}});
            let quote = quote(shop.clone(), Vec::new(), cart);
            let each: Vec<&Value> =
                quote["lines"].as_array().unwrap().iter().map(|line| &line["tax"]).collect();
            vectors.push(json!({
                "prices": prices, "rounded": rounded, "rounding": rounding, "tax_rates": rates, "lines": lines,
                "shipping": shipping, "line_taxes": each, "shipping_tax": quote["shipping"]["tax"],
                "tax": quote["totals"]["tax"], "due": quote["totals"]["due"],
            }));
        }
    }
    Sums { name: "tax", about, vectors }
}
