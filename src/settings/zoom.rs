//! How large everything in the window is.

use serde::{Deserialize, Deserializer, Serialize};

/// Everything is half as large.
const MIN: f64 = 50.0;
/// Everything is three times as large.
const MAX: f64 = 300.0;

/// The size of everything in the window, in percent, from 50 to 300.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Zoom(u16);

impl Zoom {
    /// The possible zoom that is closest to this one, in percent; 100 for what is no number.
    pub fn percent(percent: f64) -> Self {
        if percent.is_nan() {
            return Self::default();
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "it is clamped to what fits"
        )]
        Self(percent.round().clamp(MIN, MAX) as u16)
    }

    /// The possible zoom that is closest to this factor; 1 is 100 %.
    pub fn times(factor: f32) -> Self {
        Self::percent(f64::from(factor) * 100.0)
    }

    /// As many steps larger, or smaller if negative. A step is 10 %.
    #[must_use]
    pub fn stepped(self, steps: i32) -> Self {
        Self::percent(f64::from(self.0) + 10.0 * f64::from(steps))
    }

    /// In percent.
    pub fn in_percent(self) -> u16 {
        self.0
    }

    /// As a factor; 1 is 100 %.
    pub fn factor(self) -> f32 {
        f32::from(self.0) / 100.0
    }
}

impl Default for Zoom {
    fn default() -> Self {
        Self(100)
    }
}

impl<'de> Deserialize<'de> for Zoom {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        f64::deserialize(deserializer).map(Self::percent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zoom_is_within_its_limits() {
        for (percent, kept) in [
            (120.0, 120),
            (119.6, 120),
            (0.0, 50),
            (-5.0, 50),
            (1e300, 300),
            (f64::INFINITY, 300),
            (f64::NAN, 100),
        ] {
            assert_eq!(Zoom::percent(percent), Zoom(kept), "{percent}");
        }
        assert_eq!(Zoom(100).stepped(2), Zoom(120));
        assert_eq!(Zoom(55).stepped(-1), Zoom(50));
        assert_eq!(Zoom(300).stepped(i32::MAX), Zoom(300));
        for percent in 50..=300 {
            assert_eq!(Zoom::times(Zoom(percent).factor()), Zoom(percent));
        }
    }
}
