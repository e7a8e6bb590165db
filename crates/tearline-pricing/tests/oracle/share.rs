//! How an amount is written down to its parts: by largest remainder.

use super::fraction::Fraction;

/// A part before it is known how much it gets.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Part {
    pub(crate) weight: Fraction,
    /// The most that it can take.
    pub(crate) room: i64,
}

/// What each part gets, and whether a tie had to be decided by the order of the parts.
#[derive(Debug, Default)]
pub(crate) struct Shares {
    pub(crate) minor: Vec<i64>,
    pub(crate) tied: bool,
}

/// Gives every part the whole units of its exact share, then hands out what remains unit by unit, each to the
/// part with the largest remainder that still has room; among equals the first.
pub(crate) fn share(total: i64, parts: &[Part]) -> Shares {
    let weights: Fraction = parts.iter().map(|part| part.weight).sum();
    if weights == Fraction::ZERO {
        assert_eq!(total, 0, "nothing to write {total} down to");
        return Shares { minor: vec![0; parts.len()], tied: false };
    }
    let exact: Vec<Fraction> =
        parts.iter().map(|part| Fraction::from(total) * part.weight / weights).collect();
    let mut shares = Shares { minor: exact.iter().map(|share| share.floor()).collect(), tied: false };
    while shares.minor.iter().sum::<i64>() < total {
        hand_out_one(total, &exact, parts, &mut shares);
    }
    shares
}

/// [`share`] where a part may get more than it has room for: full parts get their room, and the others share the
/// rest anew.
pub(crate) fn share_again(total: i64, parts: &[Part]) -> Shares {
    let mut is_full = vec![false; parts.len()];
    loop {
        let filled: i64 =
            parts.iter().zip(&is_full).map(|(part, full)| if *full { part.room } else { 0 }).sum();
        let open: Vec<usize> = (0..parts.len()).filter(|place| !is_full[*place]).collect();
        let weights: Fraction = open.iter().map(|place| parts[*place].weight).sum();
        let overflows = |place: &&usize| {
            let part = parts[**place];
            weights > Fraction::ZERO
                && Fraction::from(total - filled) * part.weight / weights > Fraction::from(part.room)
        };
        let overflowing: Vec<usize> = open.iter().filter(overflows).copied().collect();
        if overflowing.is_empty() {
            let rest: Vec<Part> = open.iter().map(|place| parts[*place]).collect();
            let shares = share(total - filled, &rest);
            let mut minor: Vec<i64> = parts.iter().map(|part| part.room).collect();
            for (place, share) in open.into_iter().zip(shares.minor) {
                minor[place] = share;
            }
            return Shares { minor, tied: shares.tied };
        }
        for place in overflowing {
            is_full[place] = true;
        }
    }
}

fn hand_out_one(total: i64, exact: &[Fraction], parts: &[Part], shares: &mut Shares) {
    let left = total - shares.minor.iter().sum::<i64>();
    let rest = |place: &usize| exact[*place] - Fraction::from(shares.minor[*place]);
    let with_room = || (0..parts.len()).filter(|place| shares.minor[*place] < parts[*place].room);
    let largest = with_room().map(|place| rest(&place)).max().expect("some part has room for what remains");
    let equals: Vec<usize> = with_room().filter(|place| rest(place) == largest).collect();
    shares.tied |= i64::try_from(equals.len()).expect("few parts") > left;
    shares.minor[equals[0]] += 1;
}
