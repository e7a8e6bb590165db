//! An expression, compiled and answered for a cart of ten lines, by Tearline and by the `cel` crate in the same run.

use std::collections::HashMap;

use cel::objects::{Key, Map};
use cel::{Context, Program, Value};
use divan::{Bencher, black_box};
use tearline_pricing::attribute::Attributes;
use tearline_pricing::expression::names::{
    LineText, LineTexts, LineTruth, LineWhole, TextName, TextsName, TruthName, WholeName,
};
use tearline_pricing::expression::{Expression, World};

/// What is asked: of the cart, of its lines until one is found, of all lines, of every two of them.
const ASKED: [&str; 4] = [
    "cart.units >= 3 && cart.sub_total >= 5000",
    "cart.units >= 3 && cart.lines.exists(line, 'prints' in line.categories)",
    "cart.lines.filter(line, 'frames' in line.categories).map(line, line.quantity).sum() >= 2",
    "cart.lines.exists(a, cart.lines.exists(b, a.product != b.product && a.quantity + b.quantity > 100))",
];

fn main() {
    divan::main();
}

#[divan::bench(args = 0..ASKED.len())]
fn answer(bencher: Bencher<'_, '_>, asked: usize) {
    let (cart, expression) = (cart(), Expression::compile(ASKED[asked]).expect("it is one"));
    bencher.bench(|| black_box(&expression).evaluate(black_box(&cart)));
}

#[divan::bench(args = 0..ASKED.len())]
fn answer_by_cel(bencher: Bencher<'_, '_>, asked: usize) {
    let program = Program::compile(&in_cel(asked)).expect("it is one");
    let mut context = Context::default();
    context.add_variable_from_value("cart", cart().in_cel());
    bencher.bench_local(|| program.execute(black_box(&context)).is_ok());
}

#[divan::bench(args = 0..ASKED.len())]
fn compile(bencher: Bencher<'_, '_>, asked: usize) {
    bencher.bench(|| Expression::compile(black_box(ASKED[asked])));
}

#[divan::bench(args = 0..ASKED.len())]
fn compile_by_cel(bencher: Bencher<'_, '_>, asked: usize) {
    let text = in_cel(asked);
    bencher.bench_local(|| Program::compile(black_box(&text)).is_ok());
}

/// CEL itself knows no sum.
fn in_cel(asked: usize) -> String {
    ASKED[asked].replace(".sum()", ".size()")
}

/// Ten lines in five categories; the print stands last.
struct Cart {
    currency: String,
    lines: Vec<Line>,
    attributes: Attributes,
}

struct Line {
    product: String,
    categories: [&'static str; 2],
    quantity: i64,
}

fn cart() -> Cart {
    let categories = ["frames", "mugs", "cards", "albums", "prints"];
    let line = |number: usize| Line {
        product: format!("product-{number}"),
        categories: ["all", categories[number / 2]],
        quantity: 1 + i64::try_from(number % 3).expect("a few"),
    };
    Cart { currency: "USD".to_owned(), lines: (0..10).map(line).collect(), attributes: Attributes::new() }
}

impl Cart {
    fn in_cel(&self) -> Value {
        let lines = self.lines.iter().map(|line| {
            let categories = line.categories.iter().map(|category| Value::from((*category).to_owned()));
            map([
                ("product", line.product.clone().into()),
                ("categories", categories.collect::<Vec<_>>().into()),
                ("quantity", line.quantity.into()),
            ])
        });
        map([
            ("units", self.whole(WholeName::Units).into()),
            ("sub_total", self.whole(WholeName::SubTotal).into()),
            ("lines", lines.collect::<Vec<_>>().into()),
        ])
    }
}

fn map<const N: usize>(fields: [(&str, Value); N]) -> Value {
    let fields = fields.map(|(name, value)| (Key::from(name.to_owned()), value));
    Value::Map(Map { map: HashMap::from(fields).into() })
}

impl World for Cart {
    fn text(&self, _: TextName) -> &str {
        &self.currency
    }

    fn whole(&self, name: WholeName) -> i64 {
        match name {
            WholeName::Units => self.lines.iter().map(|line| line.quantity).sum(),
            _ => 10_000,
        }
    }

    fn truth(&self, _: TruthName) -> bool {
        true
    }

    fn texts(&self, _: TextsName) -> impl Iterator<Item = &str> {
        std::iter::once(self.currency.as_str())
    }

    fn cart_attributes(&self) -> &Attributes {
        &self.attributes
    }

    fn customer_attributes(&self) -> Option<&Attributes> {
        None
    }

    fn lines(&self) -> impl Iterator<Item = usize> {
        0..self.lines.len()
    }

    fn line_text(&self, line: usize, name: LineText) -> &str {
        match name {
            LineText::Product => &self.lines[line].product,
            _ => "",
        }
    }

    fn line_whole(&self, line: usize, _: LineWhole) -> i64 {
        self.lines[line].quantity
    }

    fn line_truth(&self, _: usize, _: LineTruth) -> bool {
        true
    }

    fn line_texts(&self, line: usize, _: LineTexts) -> impl Iterator<Item = &str> {
        self.lines[line].categories.into_iter()
    }

    fn line_attributes(&self, _: usize) -> &Attributes {
        &self.attributes
    }
}
