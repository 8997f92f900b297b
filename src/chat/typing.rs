//! When the peer is told that we are typing.

/// The peer is told again after this time, in seconds: it takes 8 seconds of silence for the end.
const REPEAT_AFTER: f64 = 5.0;

/// What the peer knows of our typing. Times are seconds on the window's clock.
#[derive(Debug, Default)]
pub struct TypingNotifier {
    /// When it was last told that we are typing; `None` if it believes that we are not.
    told_at: Option<f64>,
}

impl TypingNotifier {
    /// The text was edited. Returns what to tell the peer, if anything.
    pub fn edited(&mut self, is_empty: bool, now: f64) -> Option<bool> {
        if is_empty {
            return self.told_at.take().map(|_| false);
        }
        if self.told_at.is_some_and(|at| now - at < REPEAT_AFTER) {
            return None;
        }
        self.told_at = Some(now);
        Some(true)
    }

    /// The peer believes that we are not typing: it got the message, or it is another peer.
    pub fn reset(&mut self) {
        self.told_at = None;
    }

    /// We stop typing here. Returns whether the peer has to be told.
    pub fn stop(&mut self) -> bool {
        self.told_at.take().is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typing_is_reported_at_once_and_then_every_five_seconds() {
        let mut typing = TypingNotifier::default();
        let mut reports = Vec::new();
        for second in 0..12 {
            if typing.edited(false, f64::from(second)) == Some(true) {
                reports.push(second);
            }
        }
        assert_eq!(reports, [0, 5, 10]);
        assert_eq!(typing.edited(true, 12.0), Some(false));
        assert_eq!(typing.edited(true, 13.0), None, "reported already");
        assert_eq!(typing.edited(false, 13.0), Some(true));
        typing.reset();
        assert_eq!(typing.edited(true, 14.0), None, "a message ended it");
        assert!(!typing.stop());
        typing.edited(false, 15.0);
        assert!(typing.stop() && !typing.stop());
    }
}
