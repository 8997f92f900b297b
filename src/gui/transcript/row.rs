//! One row of the transcript: measured, then painted.

use std::{borrow::Cow, sync::Arc, time::Duration};

use eframe::egui::{
    self, Align2, Color32, FontId, Galley, Rect, Role, TextStyle, Ui, UiBuilder, Vec2, pos2,
};
use jiff::{Timestamp, civil::Date, tz::TimeZone};

use super::{
    Context,
    bubble::{Bubble, put_label},
};
use crate::{
    chat::timeline::{Content, Item, ItemId, Message, Speaker},
    gui::{Action, theme},
    text::visible::{folded, visible},
};

/// Messages of one speaker that follow within this time share one name line.
const GROUP: Duration = Duration::from_mins(5);
/// Between rows of one speaker, in points.
const TIGHT: f32 = 3.0;
/// Between rows of different speakers, in points.
const LOOSE: f32 = 10.0;
/// Around a line in the middle (a day, a note), in points.
const MIDDLE: f32 = 6.0;
/// Left and right of the rows, in points.
pub(super) const SIDE: f32 = 12.0;

/// A row that has been measured.
pub(super) struct RowLayout {
    /// Lines in the middle above the row: what was dropped, the day.
    above: Vec<Arc<Galley>>,
    name: Option<Arc<Galley>>,
    body: Body,
    gap: f32,
    height: f32,
}

enum Body {
    Bubble(Bubble),
    Note(Arc<Galley>),
}

/// What the person does with a row.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct State {
    pub choice: Choice,
    /// Its menu is to be opened, by keyboard.
    pub open_menu: bool,
    /// It is long and shown whole.
    pub unfolded: bool,
}

/// How a row stands out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Choice {
    #[default]
    Nothing,
    /// The keyboard is on it.
    Keyboard,
    /// It is what was looked for.
    LookedFor,
}

impl RowLayout {
    pub fn new(ui: &Ui, context: &Context<'_>, id: ItemId, width: f32, unfolded: bool) -> Self {
        let palette = theme::palette(ui);
        let log = context.log;
        let Some(row) = log.get(id) else {
            return Self::nothing(ui);
        };
        let before = id.0.checked_sub(1).and_then(|id| log.get(ItemId(id)));
        let small = TextStyle::Small.resolve(ui.style());
        let line = |text: String, colour: Color32, font: &FontId| {
            ui.painter()
                .layout(text, font.clone(), colour, (width - 2.0 * SIDE).max(40.0))
        };

        let mut above = Vec::new();
        let is_unread = row.row().is_some() && row.row() == log.first_unread();
        if before.is_none() && log.dropped() > 0 {
            above.push(line(
                context.lang.dropped(log.dropped()),
                palette.weak,
                &small,
            ));
        }
        let day = date(row, context.zone);
        if before.is_none_or(|before| date(before, context.zone) != day) {
            let today = context.zone.to_datetime(context.now).date();
            above.push(line(context.lang.day(day, today), palette.weak, &small));
        }
        if is_unread {
            above.push(line(
                context.lang.unread().to_owned(),
                palette.accent,
                &small,
            ));
        }
        let grouped = above.is_empty() && before.is_some_and(|before| is_group(before, row));
        let (name, body) = match &row.content {
            Content::Note(note) => (
                None,
                Body::Note(line(
                    context.lang.note(note, context.contacts),
                    palette.weak,
                    &small,
                )),
            ),
            Content::Message(message) => {
                let mine = message.speaker == Speaker::Me;
                let name = (!mine && !grouped)
                    .then(|| line(speaker(context, message).into_owned(), palette.weak, &small));
                (
                    name,
                    Body::Bubble(Bubble::new(ui, context, row, message, width, unfolded)),
                )
            }
        };
        let gap = if grouped { TIGHT } else { LOOSE };
        let height = above
            .iter()
            .map(|galley| galley.size().y + 2.0 * MIDDLE)
            .sum::<f32>()
            + name.as_ref().map_or(0.0, |galley| galley.size().y + 2.0)
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

    fn nothing(ui: &Ui) -> Self {
        let empty =
            ui.painter()
                .layout_no_wrap(String::new(), FontId::default(), Color32::TRANSPARENT);
        Self {
            above: Vec::new(),
            name: None,
            body: Body::Note(empty),
            gap: 0.0,
            height: 1.0,
        }
    }

    /// In points, the space above included.
    pub fn height(&self) -> f32 {
        self.height
    }

    /// Paints the row into `rect`. True if it is to be folded or unfolded.
    pub fn show(
        &self,
        ui: &mut Ui,
        context: &Context<'_>,
        id: ItemId,
        rect: Rect,
        state: State,
        actions: &mut Vec<Action>,
    ) -> bool {
        let Some(row) = context.log.get(id) else {
            return false;
        };
        let builder = UiBuilder::new()
            .id_salt(("row", id.0))
            .max_rect(rect)
            .accessibility_role(Role::ListItem)
            .accessibility_label(accessible_name(context, row));
        ui.scope_builder(builder, |ui| {
            set_bounds(ui, rect);
            if state.choice == Choice::LookedFor {
                let id = ui.unique_id();
                ui.ctx()
                    .accesskit_node_builder(id, |node| node.set_selected(true));
            }
            let y = self.show_heading(ui, rect);
            match (&self.body, &row.content) {
                (Body::Bubble(bubble), Content::Message(message)) => {
                    bubble.show(ui, rect, y, context, (id, row, message), state, actions)
                }
                (Body::Note(galley), _) => {
                    let at =
                        Align2::CENTER_TOP.anchor_size(pos2(rect.center().x, y), galley.size());
                    put_label(ui, at.min, galley);
                    false
                }
                (Body::Bubble(_), Content::Note(_)) => false,
            }
        })
        .inner
    }

    /// Paints what stands above the body, and says where the body begins.
    fn show_heading(&self, ui: &Ui, rect: Rect) -> f32 {
        let weak = theme::palette(ui).weak;
        let mut y = rect.top();
        for galley in &self.above {
            y += MIDDLE;
            let at = Align2::CENTER_TOP.anchor_size(pos2(rect.center().x, y), galley.size());
            ui.painter().galley(at.min, Arc::clone(galley), weak);
            y += galley.size().y + MIDDLE;
        }
        y += self.gap;
        if let Some(galley) = &self.name {
            let at = pos2(rect.left() + SIDE + 4.0, y);
            ui.painter().galley(at, Arc::clone(galley), weak);
            y += galley.size().y + 2.0;
        }
        y
    }
}

impl Body {
    fn size(&self) -> Vec2 {
        match self {
            Self::Note(galley) => galley.size(),
            Self::Bubble(bubble) => bubble.size(),
        }
    }
}

/// Tells a screen reader where a row, or all of them, is; egui does so only for widgets.
pub(super) fn set_bounds(ui: &Ui, rect: Rect) {
    let (x0, y0) = (rect.min.x.into(), rect.min.y.into());
    let (x1, y1) = (rect.max.x.into(), rect.max.y.into());
    let bounds = egui::accesskit::Rect { x0, y0, x1, y1 };
    ui.ctx()
        .accesskit_node_builder(ui.unique_id(), |node| node.set_bounds(bounds));
}

/// What a screen reader says when something new comes.
pub(super) fn announced(context: &Context<'_>, message: &Message) -> String {
    format!("{}: {}", speaker(context, message), shortened(message))
}

fn accessible_name(context: &Context<'_>, row: &Item) -> String {
    let lang = context.lang;
    // The line above it is only for the eye.
    let is_unread = row.row().is_some() && row.row() == context.log.first_unread();
    let unread = is_unread.then(|| lang.unread().to_owned());
    match &row.content {
        Content::Note(note) => {
            let words = unread
                .into_iter()
                .chain([lang.note(note, context.contacts)]);
            words.collect::<Vec<_>>().join(", ")
        }
        Content::Message(message) => {
            let time = context.zone.to_datetime(row.at).time();
            let name = speaker(context, message);
            let delivery = message.delivery.map(|delivery| lang.delivery(delivery));
            let delivery = delivery.map(str::to_owned);
            let marks = unread.into_iter().chain(delivery);
            let marks: Vec<_> = marks.chain(arrived(context, row)).collect();
            lang.row_name(&name, time, &shortened(message), &marks)
        }
    }
}

/// When it came, if that was much later than it was sent.
pub(super) fn arrived(context: &Context<'_>, row: &Item) -> Option<String> {
    let arrived = context.zone.to_datetime(row.arrived?);
    let is_other = arrived.date() != date(row, context.zone);
    let other_day = is_other.then(|| arrived.date());
    Some(context.lang.arrived(arrived.time(), other_day))
}

fn shortened(message: &Message) -> Cow<'_, str> {
    visible(folded(&message.text).unwrap_or(&message.text))
}

fn speaker(context: &Context<'_>, message: &Message) -> Cow<'static, str> {
    match message.speaker {
        Speaker::Me => Cow::Borrowed(context.lang.you()),
        Speaker::Peer(ip) => Cow::Owned(ip.to_string()),
        Speaker::Key(key) => Cow::Owned(context.contacts.label(&key)),
    }
}

fn date(row: &Item, zone: &TimeZone) -> Date {
    zone.to_datetime(row.at).date()
}

fn is_group(before: &Item, row: &Item) -> bool {
    match (&before.content, &row.content) {
        (Content::Message(one), Content::Message(other)) => {
            one.speaker == other.speaker && is_soon(before.at, row.at)
        }
        _ => false,
    }
}

fn is_soon(before: Timestamp, after: Timestamp) -> bool {
    after.duration_since(before).unsigned_abs() < GROUP
}
