//! A GitLab label's colour as the nearest of Trello's.

/// The ten base colours that a label can have, with the value that Trello's pages show.
const COLORS: [(&str, [i32; 3]); 10] = [
    ("green", [75, 206, 151]),
    ("yellow", [238, 209, 43]),
    ("orange", [254, 163, 98]),
    ("red", [248, 113, 104]),
    ("purple", [159, 143, 239]),
    ("blue", [87, 157, 255]),
    ("sky", [108, 195, 224]),
    ("lime", [148, 199, 72]),
    ("pink", [231, 116, 187]),
    ("black", [128, 128, 128]),
];

/// The colour nearest to `#rrggbb`; `None` (a label without colour) for anything else.
pub(super) fn nearest(hex: &str) -> Option<&'static str> {
    let digits = hex.strip_prefix('#').filter(|digits| digits.len() == 6)?;
    let value = i32::from_str_radix(digits, 16).ok()?;
    let given = [value >> 16, (value >> 8) & 255, value & 255];
    let distance = |other: &[i32; 3]| -> i32 { given.iter().zip(other).map(|(a, b)| (a - b) * (a - b)).sum() };
    COLORS.iter().min_by_key(|(_, color)| distance(color)).map(|(name, _)| *name)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_colour_becomes_its_nearest() {
        assert_eq!(nearest("#ff0000"), Some("red"));
        assert_eq!(nearest("#428BCA"), Some("blue"));
        assert_eq!(nearest("#000000"), Some("black"));
        for odd in ["red", "#12", "#gggggg", "", "#ffffff0"] {
            assert_eq!(nearest(odd), None, "{odd}");
        }
    }
}
