//! Aligned text: labels on the left, amounts on the right, nothing wider than a terminal.

use unicode_width::UnicodeWidthStr as _;

use crate::printable::printable;

/// The width of everything, in columns.
pub(super) const WIDTH: usize = 78;

/// Text that grows row by row.
#[derive(Debug)]
pub(super) struct Table {
    text: String,
    /// The width of a column of amounts.
    amount: usize,
}

impl Table {
    /// An empty one whose amounts are at most so wide.
    pub(super) fn new(amount: usize) -> Self {
        Self { text: String::new(), amount: amount.max(10) }
    }

    /// A label, and amounts under each other on the right; a long label goes on below.
    pub(super) fn row(&mut self, indent: usize, label: &str, amounts: &[&str]) {
        let mut right = String::new();
        for amount in amounts {
            right.push_str(&pad_left(amount, self.amount + 2));
        }
        let room = WIDTH.saturating_sub(indent + right.width()).max(20);
        let mut lines = wrap(label, room, 2).into_iter();
        let first = lines.next().unwrap_or_default();
        let fill = room.saturating_sub(first.width());
        self.line(&format!("{:indent$}{first}{:fill$}{right}", "", ""));
        for line in lines {
            self.line(&format!("{:indent$}{line}", ""));
        }
    }

    /// An amount before what it was taken off for.
    pub(super) fn taken(&mut self, indent: usize, amount: &str, why: &str) {
        let amount = pad_left(amount, self.amount);
        self.hanging(indent, &format!("{amount}  "), why);
    }

    /// A text behind a fixed beginning; what does not fit goes on below, behind it too.
    pub(super) fn hanging(&mut self, indent: usize, beginning: &str, rest: &str) {
        let start = indent + beginning.width();
        for (index, line) in wrap(rest, WIDTH.saturating_sub(start).max(20), 0).into_iter().enumerate() {
            match index {
                0 => self.line(&format!("{:indent$}{beginning}{line}", "")),
                _ => self.line(&format!("{:start$}{line}", "")),
            }
        }
    }

    /// A heading after an empty line.
    pub(super) fn heading(&mut self, heading: &str) {
        self.line("");
        self.line(heading);
    }

    /// A text on the left and one on the right.
    pub(super) fn ends(&mut self, left: &str, right: &str) {
        let fill = WIDTH.saturating_sub(left.width() + right.width()).max(2);
        self.line(&format!("{left}{:fill$}{right}", ""));
    }

    /// A line under the amounts.
    pub(super) fn rule(&mut self) {
        let dashes = "-".repeat(self.amount);
        self.ends("", &dashes);
    }

    /// A line, without white space at its end.
    pub(super) fn line(&mut self, line: &str) {
        self.text.push_str(printable(line).trim_end());
        self.text.push('\n');
    }

    pub(super) fn finish(self) -> String {
        self.text
    }
}

/// Text filled up on its right.
pub(super) fn pad_right(text: &str, width: usize) -> String {
    format!("{text}{:fill$}", "", fill = width.saturating_sub(text.width()))
}

fn pad_left(text: &str, width: usize) -> String {
    format!("{:fill$}{text}", "", fill = width.saturating_sub(text.width()))
}

/// Breaks a text at spaces into lines of at most `width` columns; those after the first are indented. A word
/// that is longer stays whole.
fn wrap(text: &str, width: usize, indent: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split(' ') {
        let is_start = line.trim().is_empty();
        if !is_start && line.width() + 1 + word.width() > width {
            lines.push(std::mem::replace(&mut line, " ".repeat(indent)));
        } else if !is_start {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_stand_under_each_other_whatever_is_on_the_left() {
        let mut table = Table::new(8);
        table.row(0, "print", &["1.00"]);
        table.row(2, &"long words ".repeat(8), &["10.00"]);
        table.row(0, "写真", &["3.00"]);
        let text = table.finish();
        let ends: Vec<usize> = text
            .lines()
            .filter(|line| line.ends_with(".00"))
            .map(unicode_width::UnicodeWidthStr::width)
            .collect();
        assert_eq!(ends, [WIDTH; 3]);
        assert_eq!(text.lines().count(), 4);
    }
}
