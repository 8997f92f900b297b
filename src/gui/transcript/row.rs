//! One row of the transcript: measured, then painted.

use std::{sync::Arc, time::Duration};

use eframe::egui::{
    Align2, Color32, Rect, Role, TextStyle, Ui, UiBuilder, Vec2, pos2, text::LayoutJob,
};
use jiff::Timestamp;

use super::{
    bubble::{Bubble, Entry},
    look::{Highlight, Part, SIDE, State, set_bounds},
    words::{accessible_name, date, is_first_unread, speaker},
};
use crate::{
    chat::timeline::{Content, Item, ItemId, Speaker},
    gui::{
        ctx::Ctx,
        theme,
        typeset::{self, Typeset},
    },
};

/// Messages of one speaker that are less than this apart share one name line.
const GROUP: Duration = Duration::from_mins(5);
/// Space between rows of one group, in points.
const TIGHT: f32 = 3.0;
/// Space between other rows, in points.
const LOOSE: f32 = 10.0;
/// Space above and below a centred line (a day, a note), in points.
const MIDDLE: f32 = 6.0;

/// A row that has been measured.
pub(super) struct RowLayout {
    /// Centred lines above the row: what is no longer kept, the day, that the unread begin here.
    above: Vec<Typeset>,
    name: Option<Typeset>,
    body: Body,
    gap: f32,
    height: f32,
}

enum Body {
    Bubble(Bubble),
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
        let wrap = (width - 2.0 * SIDE).max(40.0);
        let font = TextStyle::Small.resolve(ui.style());
        let line = |text, colour| {
            let job = LayoutJob::simple(text, font.clone(), colour, wrap);
            typeset::layout(ui.painter(), job)
        };
        let above = lines_above(cx, ui, before, item)
            .into_iter()
            .map(|(text, colour)| line(text, colour))
            .collect::<Vec<_>>();
        let is_grouped = above.is_empty() && before.is_some_and(|before| is_group(before, item));
        let (name, body) = match &item.content {
            Content::Note(note) => {
                let note = match part {
                    Part::Nothing => cx.lang.cannot_be_shown().to_owned(),
                    Part::Folded | Part::Whole(_) => cx.lang.note(note, cx.chat.contacts()),
                };
                (None, Body::Note(line(note, weak)))
            }
            Content::Message(message) => {
                let is_theirs = message.speaker != Speaker::Me;
                let is_named = is_theirs && !is_grouped && !matches!(part, Part::Nothing);
                let name = is_named.then(|| line(speaker(cx, message).into_owned(), weak));
                let entry = Entry { id, item, message };
                (name, Body::Bubble(Bubble::new(cx, ui, entry, width, part)))
            }
        };
        let gap = if is_grouped { TIGHT } else { LOOSE };
        let height = above
            .iter()
            .map(|line| line.size().y + 2.0 * MIDDLE)
            .sum::<f32>()
            + name.as_ref().map_or(0.0, |name| name.size().y + 2.0)
            + body.size().y
            + gap;
        Self {
            above,
            name,
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
            name: None,
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
            let y = self.show_heading(ui, rect);
            match (&self.body, &item.content) {
                (Body::Bubble(bubble), Content::Message(message)) => {
                    let entry = Entry { id, item, message };
                    bubble.show(cx, ui, rect, y, entry, state)
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

    /// Paints what is above the body. Returns where the body begins.
    fn show_heading(&self, ui: &Ui, rect: Rect) -> f32 {
        let weak = theme::palette(ui).weak;
        let paint = |at, line: &Typeset| {
            ui.painter().galley(at, Arc::clone(&line.galley), weak);
        };
        let mut y = rect.top();
        for line in &self.above {
            y += MIDDLE;
            let at = Align2::CENTER_TOP.anchor_size(pos2(rect.center().x, y), line.size());
            paint(at.min, line);
            y += line.size().y + MIDDLE;
        }
        y += self.gap;
        if let Some(name) = &self.name {
            paint(pos2(rect.left() + SIDE + 4.0, y), name);
            y += name.size().y + 2.0;
        }
        y
    }
}

impl Body {
    fn size(&self) -> Vec2 {
        match self {
            Self::Note(note) => note.size(),
            Self::Bubble(bubble) => bubble.size(),
        }
    }
}

/// The centred lines above a row, and their colours.
fn lines_above(
    cx: &Ctx<'_>,
    ui: &Ui,
    before: Option<&Item>,
    item: &Item,
) -> Vec<(String, Color32)> {
    let (palette, dropped) = (theme::palette(ui), cx.chat.timeline().dropped());
    let mut lines = Vec::new();
    if before.is_none() && dropped > 0 {
        lines.push((cx.lang.dropped(dropped), palette.weak));
    }
    let day = date(item, cx.zone);
    if before.is_none_or(|before| date(before, cx.zone) != day) {
        let today = cx.zone.to_datetime(cx.now).date();
        lines.push((cx.lang.day(day, today), palette.weak));
    }
    if is_first_unread(cx, item) {
        lines.push((cx.lang.unread().to_owned(), palette.link));
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

fn is_soon(before: Timestamp, after: Timestamp) -> bool {
    after.duration_since(before).unsigned_abs() < GROUP
}
