//! The time zone in which times are shown: that of the system, which changes when a laptop travels.

use eframe::egui::{Context, Event};
use jiff::tz::TimeZone;

/// Reads the time zone of the system.
pub type ReadZone = Box<dyn Fn() -> TimeZone>;

/// How long the zone is taken to be the same while the window is in use, in seconds.
const LASTS: f64 = 60.0;

/// The zone, and how it is read again.
pub(super) struct Zone {
    last: TimeZone,
    read: ReadZone,
    /// When it was read, in seconds of egui's clock.
    read_at: f64,
}

impl Zone {
    pub fn new(read: ReadZone) -> Self {
        Self {
            last: read(),
            read,
            read_at: 0.0,
        }
    }

    /// The zone as last read.
    pub fn get(&self) -> &TimeZone {
        &self.last
    }

    /// Reads it again if it is due: when the window gets the focus, and otherwise after a minute. To be called in each
    /// frame. Asks for no frame: what is not looked at can wait.
    pub fn follow(&mut self, ctx: &Context) {
        let (now, is_entered) = ctx.input(|input| {
            let is_entered = input.events.contains(&Event::WindowFocused(true));
            (input.time, is_entered)
        });
        if !is_entered && now - self.read_at < LASTS {
            return;
        }
        self.read_at = now;
        let zone = (self.read)();
        // The system may be about to replace its file.
        if !zone.is_unknown() {
            self.last = zone;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{cell::Cell, rc::Rc};

    use eframe::egui::RawInput;
    use jiff::tz::Offset;

    use super::*;

    #[test]
    fn a_new_zone_is_read_after_a_minute_or_when_the_window_gets_the_focus() {
        let system = Rc::new(Cell::new(9));
        let reads = Rc::new(Cell::new(0));
        let (theirs, count) = (Rc::clone(&system), Rc::clone(&reads));
        let mut zone = Zone::new(Box::new(move || {
            count.set(count.get() + 1);
            match theirs.get() {
                0 => TimeZone::unknown(),
                hours => TimeZone::fixed(Offset::constant(hours)),
            }
        }));
        let hours = |zone: &Zone| {
            zone.get()
                .to_fixed_offset()
                .map(|offset| offset.seconds() / 3600)
                .ok()
        };
        let ctx = Context::default();
        let frame = |zone: &mut Zone, time, events| {
            let input = RawInput {
                time: Some(time),
                events,
                ..RawInput::default()
            };
            let mut output = ctx.run_ui(input, |ui| zone.follow(ui.ctx()));
            output.textures_delta.clear();
            hours(zone)
        };
        assert_eq!(frame(&mut zone, 1.0, vec![]), Some(9));
        system.set(-5);
        assert_eq!(frame(&mut zone, 59.0, vec![]), Some(9));
        assert_eq!(reads.get(), 1, "not in every frame");
        assert_eq!(frame(&mut zone, 61.0, vec![]), Some(-5));
        system.set(1);
        let left = vec![Event::WindowFocused(false)];
        assert_eq!(frame(&mut zone, 62.0, left), Some(-5));
        let entered = vec![Event::WindowFocused(true)];
        assert_eq!(frame(&mut zone, 63.0, entered), Some(1));
        system.set(0);
        assert_eq!(frame(&mut zone, 200.0, vec![]), Some(1), "none is readable");
        assert_eq!(reads.get(), 4);
    }
}
