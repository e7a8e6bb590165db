//! The check character: one more symbol, by which a mistyped code is known without a look-up.

/// The check character of an alphabet: every wrong symbol and every swap of two neighbours is found.
///
/// The symbols of a code, as numbers, are multiplied one after the other, beginning with 0, in a table in which
/// `(c × x) × y = (c × y) × x` only where `x = y`, and in which every row and column has every number once. The
/// check character is the one that brings the product back to 0 (Damm's way; such tables exist for every size
/// but 2 and 6).
///
/// - For an odd size the table is `c × x = a·c + x`, modulo the size. So the check is a weighted sum, of which the
///   weights are the powers of `a`. With a prime size they differ, and a swap of *any* two symbols is found, in
///   codes of fewer symbols than the size: `a` is 3 for the alphabet of 31.
/// - For an even size the table comes from one row and the rule that a step to the right and down adds 1.
///
/// ```
/// use tearline_core::codes::Check;
/// let check = Check::of(31).unwrap();
/// // ((0·3 + 4)·3 + 7)·3 + 1 = 58, and 58·3 + 12 = 186 = 6·31.
/// assert_eq!(check.symbol(&[4, 7, 1]), 12);
/// assert!(check.holds(&[4, 7, 1, 12]));
/// assert!(!check.holds(&[7, 4, 1, 12]));
/// assert!(Check::of(6).is_none());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    size: u8,
    /// Row by row.
    products: Vec<u8>,
    /// For each product, the symbol that brings it back to 0.
    checks: Vec<u8>,
}

impl Check {
    /// The check character for an alphabet of so many symbols: 3 to 36, but not 6.
    pub fn of(size: u8) -> Option<Self> {
        let numbers = || 0..size;
        let product = product(size)?;
        let products = numbers().flat_map(|c| numbers().map(move |x| (c, x)));
        let checks = numbers().filter_map(|c| numbers().find(|x| product(c, *x) == 0)).collect();
        Some(Self { size, products: products.map(|(c, x)| product(c, x)).collect(), checks })
    }

    /// The check character of these symbols, which are numbers below the size.
    pub fn symbol(&self, symbols: &[u8]) -> u8 {
        self.checks[usize::from(self.product(symbols))]
    }

    /// Whether the last of these symbols is the check character of the others.
    pub fn holds(&self, symbols: &[u8]) -> bool {
        self.product(symbols) == 0
    }

    fn product(&self, symbols: &[u8]) -> u8 {
        symbols.iter().fold(0, |product, symbol| self.row(product)[usize::from(*symbol)])
    }

    fn row(&self, number: u8) -> &[u8] {
        let size = usize::from(self.size);
        &self.products[usize::from(number) * size..][..size]
    }
}

fn product(size: u8) -> Option<Box<dyn Fn(u8, u8) -> u8>> {
    if size % 2 == 1 && (3..=35).contains(&size) {
        let factor = factor(size);
        return Some(Box::new(move |c, x| narrow((factor * u16::from(c) + u16::from(x)) % u16::from(size))));
    }
    let (_, row) = EVEN.iter().find(|(even, _)| *even == size)?;
    let even = Even::of(size, row);
    Some(Box::new(move |c, x| even.product(c, x)))
}

/// The smallest factor with the most different powers; it and its predecessor share no divisor with the size.
///
/// The first makes every wrong symbol be found, the second every swap of neighbours.
fn factor(size: u8) -> u16 {
    let size = u16::from(size);
    let fits = |factor: &u16| coprime(*factor, size) && coprime(factor - 1, size);
    (2..size).rev().filter(fits).max_by_key(|factor| powers(*factor, size)).unwrap_or(2)
}

fn coprime(one: u16, other: u16) -> bool {
    if other == 0 { one == 1 } else { coprime(other, one % other) }
}

fn powers(factor: u16, size: u16) -> usize {
    let powers = std::iter::successors(Some(factor), |power| Some(power * factor % size));
    powers.take_while(|power| *power != 1).count()
}

fn narrow(number: u16) -> u8 {
    u8::try_from(number).expect("a symbol is below the size of its alphabet")
}

/// For each even size n, the row 0 of its table, in digits of base 36: what n - 1 numbers modulo n - 1 make, one of
/// them the last number, which stands apart.
///
/// Found by search. There is none for 6, nor any other such table.
const EVEN: [(u8, &str); 16] = [
    (4, "302"),
    (8, "2067514"),
    (10, "275130694"),
    (12, "15087b2936a"),
    (14, "39651c207a8bd"),
    (16, "14cef26da790538"),
    (18, "17b8cgah4259e30fd"),
    (20, "b19g0da53cf82e7ji4h"),
    (22, "a9k40ih52b3lgcjf18d76"),
    (24, "em40b57nhd2aki8l3c69g1f"),
    (26, "04gfj38bha7mi529nc1od6lep"),
    (28, "br7h0egmo4da65lc93jp1nk8f2q"),
    (30, "8n19l7gm3r05cotskfj2pidq4hbe6"),
    (32, "mgkc0trqa79ph8f4ovlj1ie2s5bd3n6"),
    (34, "p5icqg7on3kxel064adfr192mvtwsjbuh"),
    (36, "vta6xewjlbf1gc3z0s5yq9h2o7r8p4dnuik"),
];

/// A table of an even size, with the last number apart.
struct Even {
    /// The size less one: what the others are reckoned modulo.
    modulus: u16,
    row: Vec<u16>,
    /// What the row of the last number adds, and its column: what is missing in the others.
    below: u16,
    beside: u16,
}

impl Even {
    fn of(size: u8, row: &str) -> Self {
        let modulus = u16::from(size) - 1;
        let row: Vec<u16> = row.chars().filter_map(|digit| u16::try_from(digit.to_digit(36)?).ok()).collect();
        let missing = |has: &dyn Fn(u16, u16) -> u16| {
            let all = |number: &u16| {
                (0..).zip(&row).all(|(at, value)| *value == modulus || has(at, *value) != *number)
            };
            (0..modulus).find(all).unwrap_or_default()
        };
        let below = missing(&|at, value| (value + modulus - at) % modulus);
        let beside = missing(&|_, value| value);
        Self { modulus, row, below, beside }
    }

    fn product(&self, c: u8, x: u8) -> u8 {
        let (modulus, c, x) = (self.modulus, u16::from(c), u16::from(x));
        narrow(match (c == modulus, x == modulus) {
            (true, true) => modulus,
            (true, false) => (x + self.below) % modulus,
            (false, true) => (c + self.beside) % modulus,
            (false, false) => match self.row[usize::from((x + modulus - c) % modulus)] {
                apart if apart == modulus => modulus,
                value => (c + value) % modulus,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn checks() -> impl Iterator<Item = Check> {
        (0..=u8::MAX).filter_map(Check::of)
    }

    #[test]
    fn there_is_one_for_every_size_but_2_and_6() {
        let sizes: Vec<u8> = checks().map(|check| check.size).collect();
        assert!(sizes.into_iter().eq((3..=36).filter(|size| *size != 6)));
    }

    #[test]
    fn rows_and_columns_have_every_number_once() {
        for check in checks() {
            let every = |numbers: &mut dyn Iterator<Item = u8>| {
                let mut numbers: Vec<u8> = numbers.collect();
                numbers.sort_unstable();
                assert!(numbers.into_iter().eq(0..check.size), "{}", check.size);
            };
            for number in 0..check.size {
                every(&mut check.row(number).iter().copied());
                every(&mut (0..check.size).map(|c| check.row(c)[usize::from(number)]));
            }
        }
    }

    #[test]
    fn no_swap_in_the_tables_goes_unseen() {
        for check in checks() {
            let times = |c: u8, x: u8| check.row(c)[usize::from(x)];
            for (c, x) in (0..check.size).flat_map(|c| (0..check.size).map(move |x| (c, x))) {
                for y in 0..x {
                    assert_ne!(times(times(c, x), y), times(times(c, y), x), "size {}", check.size);
                }
            }
        }
    }

    #[test]
    fn thirty_one_symbols_are_weighed_by_powers_of_three() {
        assert_eq!(factor(31), 3);
        assert_eq!([3, 7, 11, 23, 29].map(factor), [2, 3, 2, 5, 2]);
        assert_eq!(powers(3, 31), 29);
    }

    /// Symbols of an alphabet of some size, with their check character.
    fn checked(sizes: impl Strategy<Value = u8>) -> impl Strategy<Value = (Check, Vec<u8>)> {
        sizes.prop_filter_map("there is none", Check::of).prop_flat_map(|check| {
            let symbols = prop::collection::vec(0..check.size, 1..22);
            symbols.prop_map(move |mut symbols| {
                symbols.push(check.symbol(&symbols));
                (check.clone(), symbols)
            })
        })
    }

    proptest! {
        #[test]
        fn a_checked_code_holds((check, symbols) in checked(3..=36_u8)) {
            prop_assert!(check.holds(&symbols));
        }

        #[test]
        fn every_wrong_symbol_is_found((check, symbols) in checked(3..=36_u8)) {
            for place in 0..symbols.len() {
                for wrong in (0..check.size).filter(|wrong| *wrong != symbols[place]) {
                    let mut typed = symbols.clone();
                    typed[place] = wrong;
                    prop_assert!(!check.holds(&typed));
                }
            }
        }

        #[test]
        fn every_swap_of_neighbours_is_found((check, symbols) in checked(3..=36_u8)) {
            for place in 1..symbols.len() {
                let mut typed = symbols.clone();
                typed.swap(place - 1, place);
                prop_assert!(typed == symbols || !check.holds(&typed));
            }
        }

        #[test]
        fn every_swap_of_any_two_of_31_is_found((check, symbols) in checked(Just(31))) {
            for (one, other) in (0..symbols.len()).flat_map(|one| (0..one).map(move |other| (one, other))) {
                let mut typed = symbols.clone();
                typed.swap(one, other);
                prop_assert!(typed == symbols || !check.holds(&typed));
            }
        }
    }
}
