//! Selectors and events, made fast to compare with a line.

use compact_str::CompactString;
use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use crate::attribute::Attributes;
use crate::config::selector::Selector;
use crate::money::Amounts;
use crate::price::resolve::ResolvedLine;

/// A product's or category's number in a snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Symbol(u32);

impl Symbol {
    /// A name that no document mentions; no matcher holds it.
    pub(crate) const UNMENTIONED: Self = Self(u32::MAX);
}

/// The numbers of all the names of one sort that a snapshot's documents mention.
#[derive(Debug, Default)]
pub(crate) struct Symbols {
    symbols: FxHashMap<CompactString, Symbol>,
    names: Vec<CompactString>,
}

impl Symbols {
    pub(crate) fn intern(&mut self, name: &str) -> Symbol {
        if let Some(symbol) = self.symbols.get(name) {
            return *symbol;
        }
        let symbol =
            Symbol(u32::try_from(self.names.len()).expect("documents mention fewer than 2^32 names"));
        self.symbols.insert(name.into(), symbol);
        self.names.push(name.into());
        symbol
    }

    pub(crate) fn look_up(&self, name: &str) -> Symbol {
        self.symbols.get(name).copied().unwrap_or(Symbol::UNMENTIONED)
    }

    /// The name of a symbol, if a document mentions it.
    pub(crate) fn name(&self, symbol: Symbol) -> Option<&str> {
        self.names.get(symbol.0 as usize).map(CompactString::as_str)
    }
}

/// A [`Selector`] in numbers.
#[derive(Debug, Default)]
pub(crate) struct Matcher {
    products: Box<[Symbol]>,
    categories: Box<[Symbol]>,
    /// What else it asks; few selectors ask anything.
    narrowed: Option<Box<Narrowed>>,
}

/// What a selector means; most are simple.
pub(crate) enum Means {
    /// Every line.
    Everything,
    /// The lines of one category.
    Category(Symbol),
    /// Something that has to be asked line by line.
    Else,
}

/// What a selector asks of a line beside what it is.
#[derive(Debug)]
struct Narrowed {
    except_products: Vec<Symbol>,
    except_categories: Vec<Symbol>,
    price_from: Option<Amounts>,
    price_to: Option<Amounts>,
    attributes: Attributes,
    skip_reduced: bool,
}

impl Narrowed {
    fn of(selector: &Selector, products: &mut Symbols, categories: &mut Symbols) -> Option<Box<Self>> {
        let Selector {
            price_from,
            price_to,
            attributes,
            skip_reduced,
            except_products,
            except_categories,
            ..
        } = selector;
        let asks_nothing = selector.amounts().next().is_none()
            && attributes.is_empty()
            && !skip_reduced
            && except_products.is_empty()
            && except_categories.is_empty();
        (!asks_nothing).then(|| {
            Box::new(Self {
                except_products: except_products.iter().map(|id| products.intern(id.as_str())).collect(),
                except_categories: except_categories
                    .iter()
                    .map(|id| categories.intern(id.as_str()))
                    .collect(),
                price_from: price_from.clone(),
                price_to: price_to.clone(),
                attributes: attributes.clone(),
                skip_reduced: *skip_reduced,
            })
        })
    }

    fn holds(&self, line: &ResolvedLine<'_>) -> bool {
        let in_currency = |amounts: &Option<Amounts>| amounts.as_ref()?.in_currency(line.currency);
        let has = |name, value| line.source.attributes.get(name).is_some_and(|own| own.is(value));
        in_currency(&self.price_from).is_none_or(|from| from <= line.unit_price)
            && in_currency(&self.price_to).is_none_or(|to| line.unit_price <= to)
            && !(self.skip_reduced && line.is_reduced())
            && self.attributes.iter().all(|(name, value)| has(name, value))
            && !self.except_products.contains(&line.product)
            && !line.is_in_any(&self.except_categories)
    }
}

impl Matcher {
    pub(crate) fn new(selector: &Selector, products: &mut Symbols, categories: &mut Symbols) -> Self {
        Self {
            products: selector.products.iter().map(|id| products.intern(id.as_str())).collect(),
            categories: selector.categories.iter().map(|id| categories.intern(id.as_str())).collect(),
            narrowed: Narrowed::of(selector, products, categories),
        }
    }

    /// The products that it names, any of which will do.
    pub(crate) fn products(&self) -> &[Symbol] {
        &self.products
    }

    /// The categories that it names, any of which will do.
    pub(crate) fn categories(&self) -> &[Symbol] {
        &self.categories
    }

    pub(crate) fn means(&self) -> Means {
        match (&*self.products, &*self.categories, &self.narrowed) {
            ([], [], None) => Means::Everything,
            ([], &[category], None) => Means::Category(category),
            _ => Means::Else,
        }
    }

    /// Whether it means only what it names.
    pub(crate) fn names_items(&self) -> bool {
        !self.products.is_empty() || !self.categories.is_empty()
    }

    pub(crate) fn matches(&self, line: &ResolvedLine<'_>) -> bool {
        let is_named =
            !self.names_items() || line.is_in_any(&self.categories) || self.products.contains(&line.product);
        is_named && self.narrowed.as_ref().is_none_or(|narrowed| narrowed.holds(line))
    }
}

impl Matcher {
    /// How many products and categories it names.
    pub(crate) fn names_len(&self) -> usize {
        self.products.len() + self.categories.len()
    }

    /// How many of these are on some of the lines, which it matches.
    pub(crate) fn names_on<'l, L: Iterator<Item = &'l ResolvedLine<'l>>>(
        &self,
        lines: impl Fn() -> L,
    ) -> usize {
        let is_bought = |product: &&Symbol| lines().any(|line| line.product == **product);
        let is_held = |category: &&Symbol| lines().any(|line| line.categories.contains(category));
        self.products.iter().filter(is_bought).count() + self.categories.iter().filter(is_held).count()
    }
}

/// An event's number in a snapshot.
pub(crate) type EventIndex = u32;

/// The lines that a promotion sees.
#[derive(Debug, Default, Clone)]
pub(crate) struct Scope {
    /// Those of these events; none = all lines.
    pub(crate) events: SmallVec<[EventIndex; 2]>,
    /// But not those of these.
    pub(crate) except: SmallVec<[EventIndex; 2]>,
}

impl Scope {
    /// Whether it holds all lines.
    pub(crate) fn is_everywhere(&self) -> bool {
        self.events.is_empty() && self.except.is_empty()
    }

    /// Whether a cart with lines of these events has any that it holds.
    pub(crate) fn is_among(&self, events: &[EventIndex]) -> bool {
        self.events.is_empty() || self.events.iter().any(|event| events.contains(event))
    }

    pub(crate) fn holds(&self, line: &ResolvedLine<'_>) -> bool {
        let is_of = |events: &[EventIndex]| line.event.is_some_and(|event| events.contains(&event));
        (self.events.is_empty() || is_of(&self.events)) && !is_of(&self.except)
    }
}
