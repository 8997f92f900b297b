//! A month, to go to the messages of a day.

use eframe::egui::{Align, Button, Grid, Id, Layout, RichText, Ui, Vec2, vec2};
use jiff::{ToSpan as _, civil::Date};

use super::frame::{Head, frame};
use crate::gui::{
    action::Action,
    ctx::Ctx,
    focus::FocusOnce,
    icon::{self, Icon},
    theme,
};

/// Weeks that a month can touch.
const WEEKS: i8 = 6;
/// Space between days, in points.
const GAP: f32 = 4.0;

/// The open dialog.
#[derive(Debug)]
pub(in crate::gui) struct Calendar {
    /// A day of the month that is shown.
    month: Date,
    /// On the day it was opened for.
    focus: FocusOnce<Date>,
}

impl Calendar {
    /// With the month of this day.
    pub fn new(day: Date) -> Self {
        Self {
            month: day,
            focus: FocusOnce::on(day),
        }
    }

    /// Shows it over the window. Returns false once it is to be closed.
    pub fn show(&mut self, cx: &mut Ctx<'_>, ui: &Ui) -> bool {
        let head = Head {
            id: "calendar",
            title: cx.lang.go_to_date(),
            width: 7.0 * (theme::CONTROL + GAP),
        };
        frame(ui, cx.lang, head, |ui, _, _| {
            let today = cx.zone.to_datetime(cx.now).date();
            self.show_months(cx, ui, today);
            match self.show_days(cx, ui, today) {
                Some(day) => {
                    cx.push(Action::GoToDate(day));
                    false
                }
                None => true,
            }
        })
    }

    fn show_months(&mut self, cx: &Ctx<'_>, ui: &mut Ui, today: Date) {
        let lang = cx.lang;
        let mut step = 0;
        ui.horizontal(|ui| {
            if icon::button(ui, Icon::Back, lang.month_before()).clicked() {
                step = -1;
            }
            ui.label(theme::strong(lang.month(self.month)));
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let is_last = self.month.first_of_month() >= today.first_of_month();
                ui.add_enabled_ui(!is_last, |ui| {
                    if icon::button(ui, Icon::Forward, lang.month_after()).clicked() {
                        step = 1;
                    }
                });
            });
        });
        if step != 0
            && let Ok(month) = self.month.first_of_month().checked_add(step.months())
        {
            self.month = month;
        }
    }

    /// Returns the day that was chosen.
    fn show_days(&mut self, cx: &Ctx<'_>, ui: &mut Ui, today: Date) -> Option<Date> {
        let first = self.month.first_of_month();
        let before = cx.lang.days_before(first.weekday());
        let mut chosen = None;
        let cell = ((ui.available_width() - 6.0 * GAP) / 7.0).min(theme::CONTROL);
        let grid = Grid::new(Id::unique("days")).spacing(vec2(GAP, GAP));
        grid.show(ui, |ui| {
            ui.spacing_mut().button_padding = Vec2::ZERO;
            for name in cx.lang.weekdays() {
                ui.vertical_centered(|ui| {
                    ui.set_width(cell);
                    ui.label(RichText::new(name).small().weak())
                });
            }
            ui.end_row();
            for week in 0..WEEKS {
                for day in 0..7 {
                    let number = 7 * week + day - before;
                    let date = first.checked_add(i32::from(number).days());
                    match date {
                        Ok(date) if date.month() == first.month() => {
                            if self.show_day(cx, ui, cell, date, today) {
                                chosen = Some(date);
                            }
                        }
                        // Of another month.
                        _ => _ = ui.allocate_space(vec2(cell, 0.0)),
                    }
                }
                ui.end_row();
            }
        });
        chosen
    }

    fn show_day(&mut self, cx: &Ctx<'_>, ui: &mut Ui, cell: f32, date: Date, today: Date) -> bool {
        let mut words = RichText::new(date.day().to_string());
        if date == today {
            words = words.strong();
        }
        let button = Button::new(words)
            .frame_when_inactive(false)
            .min_size(vec2(cell, theme::CONTROL));
        let day = ui
            .add_enabled(date <= today, button)
            .accessible_name(cx.lang.day(date, today));
        self.focus.apply(&date, &day);
        day.clicked()
    }
}
