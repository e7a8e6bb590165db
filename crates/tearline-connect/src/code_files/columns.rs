//! Which column of a file holds what.

use std::collections::BTreeMap;
use std::fmt;

use super::FileError;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Column {
    /// The code itself: the one column that every file has.
    Code,
    /// From when it may be used.
    StartsAt,
    /// Until when.
    ExpiresAt,
    /// How often it may be used.
    Limit,
    /// How often it was used already.
    Used,
    /// To whom it belongs.
    Customer,
    /// Where a code stood when it was exported. Written, and passed over when read: a code's state follows from
    /// what happens to it, not from a file.
    State,
}

impl Column {
    /// All of them, in the order in which they are written.
    pub const ALL: [Self; 7] =
        [Self::Code, Self::StartsAt, Self::ExpiresAt, Self::Limit, Self::Used, Self::Customer, Self::State];

    /// What its header says: `expires_at`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::StartsAt => "starts_at",
            Self::ExpiresAt => "expires_at",
            Self::Limit => "limit",
            Self::Used => "used",
            Self::Customer => "customer",
            Self::State => "state",
        }
    }

    /// The column that a header names: ours, or another word for a code.
    fn of(header: &str) -> Option<Self> {
        match folded(header).as_str() {
            "coupon" | "coupon_code" => Some(Self::Code),
            name => Self::ALL.into_iter().find(|column| column.name() == name),
        }
    }
}

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The columns of a file that are called otherwise than ours, as `Gutschein` for [`Column::Code`].
///
/// Names are compared without case, and with `_`, `-` and spaces alike.
pub type Mapping = BTreeMap<String, Column>;

/// The columns of a file, in its order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Columns {
    found: Vec<(String, Option<Column>)>,
}

impl Columns {
    /// A file without a header: codes, and nothing else.
    pub(super) fn bare() -> Self {
        Self { found: vec![(Column::Code.name().to_owned(), Some(Column::Code))] }
    }

    /// Reads a header.
    ///
    /// # Errors
    ///
    /// No column holds the codes, two hold the same, or the mapping names one that is not there.
    pub(super) fn read(header: &[&str], mapping: &Mapping) -> Result<Self, FileError> {
        let mapping: BTreeMap<String, Column> =
            mapping.iter().map(|(name, column)| (folded(name), *column)).collect();
        let mut found: Vec<_> =
            header.iter().map(|name| (shown(name), mapping.get(&folded(name)).copied())).collect();
        for (name, column) in &mapping {
            if !header.iter().any(|header| folded(header) == *name) {
                let names = found.into_iter().map(|(name, _)| name).collect();
                return Err(FileError::ColumnMissing { name: name.clone(), column: *column, found: names });
            }
        }
        // A word of ours is understood unless the mapping gave its meaning to another column.
        let given: Vec<Column> = mapping.values().copied().collect();
        for ((_, column), name) in found.iter_mut().zip(header).filter(|((_, column), _)| column.is_none()) {
            *column = Column::of(name).filter(|column| !given.contains(column));
        }
        Self { found }.checked()
    }

    /// Whether a header names the column of codes.
    pub(super) fn are_named(header: &[&str], mapping: &Mapping) -> bool {
        let mapped = |name: &str| mapping.keys().any(|key| folded(key) == folded(name));
        header.iter().any(|name| Column::of(name) == Some(Column::Code) || mapped(name))
    }

    fn checked(self) -> Result<Self, FileError> {
        for column in Column::ALL {
            let mut names =
                self.found.iter().filter(|(_, found)| *found == Some(column)).map(|(name, _)| name);
            match (names.next(), names.next()) {
                (None, _) if column == Column::Code => {
                    let found = self.found.into_iter().map(|(name, _)| name).collect();
                    return Err(FileError::HeaderMissing { found });
                }
                (Some(first), Some(second)) => {
                    let names = [first.clone(), second.clone()];
                    return Err(FileError::ColumnTwice { column, names });
                }
                _ => {}
            }
        }
        Ok(self)
    }

    /// Each column's name in the file, and what it holds; nothing where that is passed over.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, Option<Column>)> {
        self.found.iter().map(|(name, column)| (name.as_str(), *column))
    }

    pub(super) fn get(&self, index: usize) -> Option<Column> {
        self.found.get(index)?.1
    }

    pub(super) fn len(&self) -> usize {
        self.found.len()
    }
}

/// `Coupon Code` and `coupon-code` as `coupon_code`.
fn folded(name: &str) -> String {
    name.trim().to_lowercase().replace([' ', '-'], "_")
}

/// As much of a text as a message shows.
pub(super) fn shown(text: &str) -> String {
    const CHARS_MAX: usize = 40;
    let text = text.trim();
    match text.char_indices().nth(CHARS_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
