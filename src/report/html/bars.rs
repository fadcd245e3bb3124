//! Stacked bars as inline SVG: geometry here, colour in the style sheet, the figures as text beside them.

use super::super::words;

/// The width of a bar in its own units.
const WIDTH: u64 = 1000;
/// The least width of a part that is there at all, so that one byte of a gigabyte is seen.
const LEAST: u64 = 8;

/// A bar and its legend.
#[derive(Debug)]
pub struct Bar {
    /// What the bar says, for those who do not see it.
    pub label: String,
    /// Its parts, from left to right.
    pub parts: Vec<Part>,
    /// Whether some part is drawn wider than its share.
    pub widened: bool,
}

/// One part of a bar and its line in the legend.
#[derive(Debug)]
pub struct Part {
    /// Style class: `label-reproduced`, `class-2`.
    pub class: String,
    /// The part's name.
    pub name: String,
    /// What it means; may be empty.
    pub meaning: &'static str,
    /// Left edge, 0 to 1000.
    pub x: u64,
    /// Width; 0 for a part that is not there.
    pub width: u64,
    /// How much, for people.
    pub amount: String,
    /// Its share.
    pub share: String,
}

/// Something to draw: class, name, meaning, size, and the size in words.
pub struct Share {
    /// Style class.
    pub class: String,
    /// The part's name.
    pub name: String,
    /// What it means.
    pub meaning: &'static str,
    /// How much.
    pub size: u64,
    /// How much, in words.
    pub amount: String,
}

/// The bar of `shares`, which is called `title`.
pub fn bar(title: &str, shares: Vec<Share>) -> Bar {
    let whole: u64 = shares.iter().fold(0u64, |sum, share| sum.saturating_add(share.size));
    let widths = widths(&shares.iter().map(|share| share.size).collect::<Vec<_>>(), whole);
    let widened = shares.iter().zip(&widths).any(|(share, width)| {
        *width == LEAST && u128::from(share.size) * u128::from(WIDTH) < u128::from(LEAST) * u128::from(whole)
    });
    let said: Vec<String> = shares
        .iter()
        .filter(|share| share.size > 0)
        .map(|share| format!("{} {}", share.name, words::percent(share.size, whole)))
        .collect();
    let mut x = 0;
    let parts = shares
        .into_iter()
        .zip(widths)
        .map(|(share, width)| {
            let part = Part {
                share: words::percent(share.size, whole),
                class: share.class,
                name: share.name,
                meaning: share.meaning,
                amount: share.amount,
                x,
                width,
            };
            x += width;
            part
        })
        .collect();
    let said = if said.is_empty() { "nothing".to_owned() } else { said.join(", ") };
    Bar { label: format!("{title}: {said}"), parts, widened }
}

/// Widths that add up to [`WIDTH`], in proportion, save that nothing there is narrower than [`LEAST`]: what
/// that costs is taken from the widest.
fn widths(sizes: &[u64], whole: u64) -> Vec<u64> {
    if whole == 0 {
        return vec![0; sizes.len()];
    }
    let mut widths: Vec<u64> = sizes
        .iter()
        .map(|size| {
            let exact = u128::from(*size) * u128::from(WIDTH) / u128::from(whole);
            if *size == 0 { 0 } else { u64::try_from(exact).unwrap_or(WIDTH).max(LEAST) }
        })
        .collect();
    let sum: u64 = widths.iter().sum();
    if let Some(widest) = widths.iter_mut().max() {
        *widest = (*widest + WIDTH).saturating_sub(sum);
    }
    widths
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_bar_is_full_and_shows_whatever_is_there(sizes in proptest::collection::vec(0u64..u64::MAX / 8, 1..8)) {
            let whole = sizes.iter().sum();
            let widths = widths(&sizes, whole);
            for (size, width) in sizes.iter().zip(&widths) {
                prop_assert_eq!(*size > 0, *width > 0);
            }
            if whole > 0 {
                prop_assert_eq!(widths.iter().sum::<u64>(), WIDTH);
            }
        }
    }
}
