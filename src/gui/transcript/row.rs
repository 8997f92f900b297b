//! One row of the transcript: measured, then painted.

use std::{sync::Arc, time::Duration};

use eframe::egui::{
    Align2, Color32, CursorIcon, Pos2, Rect, Role, Sense, TextStyle, Ui, UiBuilder, Vec2,
    WidgetInfo, pos2, text::LayoutJob, vec2,
};
use jiff::Timestamp;

use super::{
    bubble::{Bubble, Joined},
    look::{Entry, Highlight, Part, State, set_bounds},
    picked,
    words::{accessible_name, arrived, date, is_first_unread},
};
use crate::{
    chat::timeline::{Content, Item, ItemId},
    gui::{
        action::Action,
        ctx::Ctx,
        theme,
        typeset::{self, Typeset},
    },
};

/// Messages of one speaker that are less than this apart are one group.
const GROUP: Duration = Duration::from_mins(5);
/// Space between rows of one group, in points.
const TIGHT: f32 = 2.0;
/// Space between other rows, in points.
const LOOSE: f32 = 12.0;
/// Space above and below a centred line (a day, a note), in points.
const MIDDLE: f32 = 6.0;
/// Space between the text of a pill and its edge, in points.
const PILL: Vec2 = vec2(10.0, 3.0);

/// A row that has been measured.
pub(super) struct RowLayout {
    /// Centred lines above the row: what is no longer kept, the day, that the unread begin here.
    above: Vec<Above>,
    body: Body,
    gap: f32,
    height: f32,
}

/// A centred line above a row.
struct Above {
    text: Typeset,
    is_day: bool,
}

enum Body {
    Bubble(Box<Bubble>),
    Note(Typeset),
}

impl RowLayout {
    /// Measures a row of this width.
    pub fn new(cx: &Ctx<'_>, ui: &Ui, id: ItemId, width: f32, part: Part<'_>) -> Self {
        let timeline = cx.chat.timeline();
        let Some(item) = timeline.get(id) else {
            return Self::nothing(ui);
        };
        let before = id.0.checked_sub(1).and_then(|id| timeline.get(ItemId(id)));
        let weak = theme::palette(ui).weak;
        let wrap = (width - 2.0 * theme::SIDE).max(40.0);
        let font = TextStyle::Small.resolve(ui.style());
        let line = |text, colour| {
            let job = LayoutJob::simple(text, font.clone(), colour, wrap);
            typeset::layout(ui.painter(), job)
        };
        let above = lines_above(cx, ui, before, item)
            .into_iter()
            .map(|(text, colour, is_day)| Above {
                text: line(text, colour),
                is_day,
            })
            .collect::<Vec<_>>();
        let is_grouped = above.is_empty() && before.is_some_and(|before| is_group(before, item));
        let body = match &item.content {
            Content::Note(note) => {
                let note = match part {
                    Part::Nothing => cx.lang.cannot_be_shown().to_owned(),
                    Part::Folded | Part::Whole(_) => cx.lang.note(note, cx.chat.contacts()),
                };
                Body::Note(line(note, weak))
            }
            Content::Message(message) => {
                let after = id.0.checked_add(1).and_then(|id| timeline.get(ItemId(id)));
                let after = after.filter(|after| {
                    is_group(item, after) && lines_above(cx, ui, Some(item), after).is_empty()
                });
                let joined = Joined {
                    above: is_grouped,
                    below: after.is_some(),
                    shares_time: after.is_some_and(|after| shares_time(cx, item, after)),
                };
                let entry = Entry { id, item, message };
                Body::Bubble(Box::new(Bubble::new(cx, ui, entry, width, part, joined)))
            }
        };
        let gap = if is_grouped { TIGHT } else { LOOSE };
        let height = above
            .iter()
            .map(|line| line.text.size().y + 2.0 * MIDDLE)
            .sum::<f32>()
            + body.size().y
            + gap;
        Self {
            above,
            body,
            gap,
            height,
        }
    }

    /// A row without anything in it.
    pub fn nothing(ui: &Ui) -> Self {
        let empty = typeset::layout(ui.painter(), LayoutJob::default());
        Self {
            above: Vec::new(),
            body: Body::Note(empty),
            gap: 0.0,
            height: 1.0,
        }
    }

    /// In points, including the space above.
    pub fn height(&self) -> f32 {
        self.height
    }

    /// Paints the row into `rect`. Returns true if it is to be folded or unfolded.
    pub fn show(
        &self,
        cx: &mut Ctx<'_>,
        ui: &mut Ui,
        id: ItemId,
        rect: Rect,
        state: State,
    ) -> bool {
        let Some(item) = cx.chat.timeline().get(id) else {
            return false;
        };
        let builder = UiBuilder::new()
            .id_salt(("row", id.0))
            .max_rect(rect)
            .accessibility_role(Role::ListItem)
            .accessibility_label(accessible_name(cx, item));
        ui.scope_builder(builder, |ui| {
            set_bounds(ui, rect);
            if state.highlight == Highlight::Found {
                let id = ui.unique_id();
                ui.ctx()
                    .accesskit_node_builder(id, |node| node.set_selected(true));
            }
            let (y, day_clicked) = self.show_heading(cx, ui, rect);
            if day_clicked {
                cx.push(Action::AskForDate(Some(date(item, cx.zone))));
            }
            match (&self.body, &item.content) {
                (Body::Bubble(bubble), Content::Message(message)) => {
                    let entry = Entry { id, item, message };
                    let fold = bubble.show(cx, ui, rect, y, entry, state);
                    if let Some(is_picked) = state.picked.filter(|_| !message.marks.is_deleted) {
                        let name = accessible_name(cx, item);
                        picked::show_row(cx, ui, id, rect, is_picked, &name);
                    }
                    fold
                }
                (Body::Note(note), _) => {
                    let top = pos2(rect.center().x, y);
                    let at = Align2::CENTER_TOP.anchor_size(top, note.size());
                    note.put_label(ui, at.min);
                    false
                }
                (Body::Bubble(_), Content::Note(_)) => false,
            }
        })
        .inner
    }

    /// Paints what is above the body. Returns where the body begins, and whether the day was clicked on.
    fn show_heading(&self, cx: &Ctx<'_>, ui: &Ui, rect: Rect) -> (f32, bool) {
        let mut y = rect.top();
        let mut clicked = false;
        for line in &self.above {
            y += MIDDLE;
            let top = pos2(rect.center().x, y);
            if line.is_day {
                clicked |= show_pill(cx, ui, top, &line.text);
            } else {
                let at = Align2::CENTER_TOP.anchor_size(top, line.text.size());
                let weak = theme::palette(ui).weak;
                ui.painter()
                    .galley(at.min, Arc::clone(&line.text.galley), weak);
            }
            y += line.text.size().y + MIDDLE;
        }
        (y + self.gap, clicked)
    }

    /// Whether it begins with the day.
    pub fn begins_with_day(&self) -> bool {
        self.above.iter().any(|line| line.is_day)
    }
}

/// The day of an item at the top of the view, where its own line is scrolled out of it.
pub(super) fn show_day(cx: &mut Ctx<'_>, ui: &Ui, top: Pos2, item: &Item) {
    let today = cx.zone.to_datetime(cx.now).date();
    let day = date(item, cx.zone);
    let words = cx.lang.day(day, today);
    let font = TextStyle::Small.resolve(ui.style());
    let job = LayoutJob::simple(words, font, theme::palette(ui).weak, f32::INFINITY);
    if show_pill(cx, ui, top, &typeset::layout(ui.painter(), job)) {
        cx.push(Action::AskForDate(Some(day)));
    }
}

/// A day on a ground of its own, centred below `top`. Returns whether it was clicked on.
fn show_pill(cx: &Ctx<'_>, ui: &Ui, top: Pos2, line: &Typeset) -> bool {
    let palette = theme::palette(ui);
    let text = Align2::CENTER_TOP.anchor_size(top, line.size());
    let pill = text.expand2(PILL);
    let id = ui.scope_id().with("day");
    let response = ui.interact(pill, id, Sense::CLICK);
    let words = cx.lang.go_to_date();
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, words));
    let colour = if response.hovered() {
        palette.text
    } else {
        palette.weak
    };
    ui.painter()
        .rect_filled(pill, pill.height() / 2.0, palette.pressed);
    ui.painter()
        .galley_with_override_text_color(text.min, Arc::clone(&line.galley), colour);
    response.on_hover_cursor(CursorIcon::PointingHand).clicked()
}

impl Body {
    fn size(&self) -> Vec2 {
        match self {
            Self::Note(note) => note.size(),
            Self::Bubble(bubble) => bubble.size(),
        }
    }
}

/// The centred lines above a row, their colours, and whether each is a day.
fn lines_above(
    cx: &Ctx<'_>,
    ui: &Ui,
    before: Option<&Item>,
    item: &Item,
) -> Vec<(String, Color32, bool)> {
    let (palette, dropped) = (theme::palette(ui), cx.chat.timeline().dropped());
    let mut lines = Vec::new();
    if before.is_none() && dropped > 0 {
        lines.push((cx.lang.dropped(dropped), palette.weak, false));
    }
    let day = date(item, cx.zone);
    if before.is_none_or(|before| date(before, cx.zone) != day) {
        let today = cx.zone.to_datetime(cx.now).date();
        lines.push((cx.lang.day(day, today), palette.weak, true));
    }
    if is_first_unread(cx, item) {
        lines.push((cx.lang.unread().to_owned(), palette.link, false));
    }
    lines
}

fn is_group(before: &Item, item: &Item) -> bool {
    match (&before.content, &item.content) {
        (Content::Message(one), Content::Message(other)) => {
            one.speaker == other.speaker && is_soon(before.at, item.at)
        }
        _ => false,
    }
}

/// Whether the time and the delivery state of the later message stand for the earlier one too.
fn shares_time(cx: &Ctx<'_>, item: &Item, after: &Item) -> bool {
    let minute = |item: &Item| {
        let time = cx.zone.to_datetime(item.at).time();
        (time.hour(), time.minute())
    };
    minute(item) == minute(after)
        && cx.delivery(item) == cx.delivery(after)
        && arrived(cx, item) == arrived(cx, after)
}

fn is_soon(before: Timestamp, after: Timestamp) -> bool {
    after.duration_since(before).unsigned_abs() < GROUP
}
