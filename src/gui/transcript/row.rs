//! One row of the transcript: measured, then painted.

use std::{borrow::Cow, sync::Arc, time::Duration};

use eframe::egui::{
    self, Align2, Color32, CornerRadius, FontId, Galley, Label, Pos2, Rect, Role, Sense,
    StrokeKind, TextStyle, Ui, UiBuilder, Vec2, pos2, vec2,
};
use jiff::{Timestamp, civil::Date, tz::TimeZone};

use super::Context;
use crate::{
    chat::{
        log::{Content, Delivery, Message, Row, RowId, Speaker},
        visible::{folded, visible},
    },
    gui::{Action, text::Lang, theme},
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
const SIDE: f32 = 12.0;

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
    Bubble {
        text: Arc<Galley>,
        aside: Arc<Galley>,
        mine: bool,
        more: Option<Arc<Galley>>,
    },
    Note(Arc<Galley>),
}

impl RowLayout {
    pub fn new(ui: &Ui, context: &Context<'_>, id: RowId, width: f32, unfolded: bool) -> Self {
        let palette = theme::palette(ui);
        let log = context.log;
        let Some(row) = log.get(id) else {
            return Self::nothing(ui);
        };
        let before = id.0.checked_sub(1).and_then(|id| log.get(RowId(id)));
        let small = TextStyle::Small.resolve(ui.style());
        let line = |text: String, colour: Color32, font: &FontId| {
            ui.painter()
                .layout(text, font.clone(), colour, (width - 2.0 * SIDE).max(40.0))
        };

        let mut above = Vec::new();
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
        let grouped = above.is_empty() && before.is_some_and(|before| is_group(before, row));
        let (name, body) = match &row.content {
            Content::Note(note) => (
                None,
                Body::Note(line(context.lang.note(note), palette.weak, &small)),
            ),
            Content::Message(message) => {
                let mine = message.speaker == Speaker::Me;
                let name = (!mine && !grouped).then(|| {
                    line(
                        speaker(context.lang, message).into_owned(),
                        palette.weak,
                        &small,
                    )
                });
                (name, bubble(ui, context, row, message, width, unfolded))
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
    #[expect(
        clippy::too_many_arguments,
        reason = "one call, from the loop over the rows"
    )]
    pub fn show(
        &self,
        ui: &mut Ui,
        context: &Context<'_>,
        id: RowId,
        row: &Row,
        rect: Rect,
        chosen: bool,
        unfolded: bool,
        actions: &mut Vec<Action>,
    ) -> bool {
        let name = accessible_name(context, row);
        let builder = UiBuilder::new()
            .id_salt(("row", id.0))
            .max_rect(rect)
            .accessibility_role(Role::ListItem)
            .accessibility_label(name);
        ui.scope_builder(builder, |ui| {
            set_bounds(ui, rect);
            let palette = theme::palette(ui);
            let mut y = rect.top();
            for galley in &self.above {
                y += MIDDLE;
                let at = Align2::CENTER_TOP.anchor_size(pos2(rect.center().x, y), galley.size());
                ui.painter()
                    .galley(at.min, Arc::clone(galley), palette.weak);
                y += galley.size().y + MIDDLE;
            }
            y += self.gap;
            if let Some(galley) = &self.name {
                ui.painter().galley(
                    pos2(rect.left() + SIDE + 4.0, y),
                    Arc::clone(galley),
                    palette.weak,
                );
                y += galley.size().y + 2.0;
            }
            match &self.body {
                Body::Note(galley) => {
                    let at =
                        Align2::CENTER_TOP.anchor_size(pos2(rect.center().x, y), galley.size());
                    put_label(ui, at.min, galley);
                    false
                }
                Body::Bubble {
                    text,
                    aside,
                    mine,
                    more,
                } => {
                    let place = BubblePlace {
                        rect,
                        y,
                        mine: *mine,
                        chosen,
                    };
                    show_bubble(
                        ui,
                        &place,
                        text,
                        aside,
                        more.as_ref(),
                        row,
                        context.lang,
                        unfolded,
                        actions,
                    )
                }
            }
        })
        .inner
    }
}

impl Body {
    fn size(&self) -> Vec2 {
        match self {
            Self::Note(galley) => galley.size(),
            Self::Bubble { text, more, .. } => bubble_size(text, more.as_ref()),
        }
    }
}

struct BubblePlace {
    rect: Rect,
    y: f32,
    mine: bool,
    chosen: bool,
}

#[expect(clippy::too_many_arguments, reason = "one call, from the row above")]
fn show_bubble(
    ui: &mut Ui,
    place: &BubblePlace,
    text: &Arc<Galley>,
    aside: &Arc<Galley>,
    more: Option<&Arc<Galley>>,
    row: &Row,
    lang: Lang,
    unfolded: bool,
    actions: &mut Vec<Action>,
) -> bool {
    let palette = theme::palette(ui);
    let size = bubble_size(text, more);
    let left = if place.mine {
        place.rect.right() - SIDE - size.x
    } else {
        place.rect.left() + SIDE
    };
    let bubble = Rect::from_min_size(pos2(left, place.y), size);
    let fill = if place.mine {
        palette.mine
    } else {
        palette.theirs
    };
    ui.painter()
        .rect_filled(bubble, CornerRadius::same(theme::BUBBLE_CORNER), fill);
    if place.chosen {
        let stroke = ui.visuals().selection.stroke;
        ui.painter().rect_stroke(
            bubble.expand(2.0),
            theme::BUBBLE_CORNER + 2,
            stroke,
            StrokeKind::Outside,
        );
    }
    let aside_x = if place.mine {
        left - 6.0 - aside.size().x
    } else {
        bubble.right() + 6.0
    };
    let aside_at = pos2(aside_x, bubble.bottom() - aside.size().y - 2.0);
    ui.painter()
        .galley(aside_at, Arc::clone(aside), palette.weak);

    let menu = ui.interact(bubble, ui.scope_id().with("bubble"), Sense::click());
    put_label(ui, bubble.min + theme::BUBBLE_PADDING, text);
    menu.context_menu(|ui| {
        if ui.button(lang.copy()).clicked()
            && let Content::Message(message) = &row.content
        {
            actions.push(Action::Copy(message.text.to_string()));
        }
    });
    let Some(more) = more else { return false };
    let at = pos2(
        bubble.left() + theme::BUBBLE_PADDING.x,
        bubble.bottom() - theme::BUBBLE_PADDING.y - more.size().y,
    );
    let words = if unfolded {
        lang.show_less()
    } else {
        lang.show_all()
    };
    let rect = Rect::from_min_size(at, more.size());
    let response = ui.interact(rect, ui.scope_id().with("more"), Sense::click());
    response.widget_info(|| egui::WidgetInfo::labeled(Role::Button, true, words));
    let colour = if place.mine {
        palette.on_mine
    } else {
        palette.accent
    };
    ui.painter().galley(at, Arc::clone(more), colour);
    if response.hovered() || response.has_focus() {
        ui.painter().hline(
            rect.x_range(),
            rect.bottom(),
            egui::Stroke::new(1.0, colour),
        );
    }
    response
        .on_hover_cursor(egui::CursorIcon::PointingHand)
        .clicked()
}

/// Text that can be selected with the mouse.
fn put_label(ui: &mut Ui, at: Pos2, galley: &Arc<Galley>) {
    let rect = Rect::from_min_size(at, galley.size());
    ui.put(rect, Label::new(Arc::clone(galley)).selectable(true));
}

fn bubble(
    ui: &Ui,
    context: &Context<'_>,
    row: &Row,
    message: &Message,
    width: f32,
    unfolded: bool,
) -> Body {
    let palette = theme::palette(ui);
    let mine = message.speaker == Speaker::Me;
    let part = folded(&message.text);
    let shown = match part {
        Some(part) if !unfolded => visible(part),
        _ => visible(&message.text),
    };
    let wrap = (width * theme::BUBBLE_WIDTH - 2.0 * theme::BUBBLE_PADDING.x).max(60.0);
    let body_font = TextStyle::Body.resolve(ui.style());
    let small = TextStyle::Small.resolve(ui.style());
    let colour = if mine {
        palette.on_mine
    } else {
        palette.on_theirs
    };
    let text = if shown.is_empty() {
        ui.painter().layout(
            context.lang.empty_line().to_owned(),
            small.clone(),
            palette.weak,
            wrap,
        )
    } else {
        let ending = if part.is_some() && !unfolded {
            "…"
        } else {
            ""
        };
        ui.painter()
            .layout(format!("{shown}{ending}"), body_font, colour, wrap)
    };
    let more = part.map(|_| {
        let words = if unfolded {
            context.lang.show_less()
        } else {
            context.lang.show_all()
        };
        ui.painter().layout_no_wrap(
            words.to_owned(),
            small.clone(),
            if mine {
                palette.on_mine
            } else {
                palette.accent
            },
        )
    });
    let time = context.lang.time(context.zone.to_datetime(row.at).time());
    let (aside, colour) = match message.delivery() {
        Some(Delivery::NotSent) => (format!("{time} · {}", context.lang.not_sent()), palette.bad),
        Some(Delivery::Sending) => (format!("{time} …"), palette.weak),
        Some(Delivery::Sent) | None => (time, palette.weak),
    };
    let aside = ui.painter().layout_no_wrap(aside, small, colour);
    Body::Bubble {
        text,
        aside,
        mine,
        more,
    }
}

fn bubble_size(text: &Galley, more: Option<&Arc<Galley>>) -> Vec2 {
    let more = more.map_or(Vec2::ZERO, |galley| galley.size() + vec2(0.0, 4.0));
    vec2(text.size().x.max(more.x), text.size().y + more.y) + 2.0 * theme::BUBBLE_PADDING
}

/// Tells a screen reader where a row is; egui does so only for widgets.
fn set_bounds(ui: &Ui, rect: Rect) {
    let (x0, y0) = (rect.min.x.into(), rect.min.y.into());
    let (x1, y1) = (rect.max.x.into(), rect.max.y.into());
    let bounds = egui::accesskit::Rect { x0, y0, x1, y1 };
    ui.ctx()
        .accesskit_node_builder(ui.unique_id(), |node| node.set_bounds(bounds));
}

/// What a screen reader says when something new comes.
pub(super) fn announced(lang: Lang, message: &Message) -> String {
    format!("{}: {}", speaker(lang, message), shortened(message))
}

fn accessible_name(context: &Context<'_>, row: &Row) -> String {
    match &row.content {
        Content::Note(note) => context.lang.note(note),
        Content::Message(message) => {
            let time = context.zone.to_datetime(row.at).time();
            let name = speaker(context.lang, message);
            context
                .lang
                .row_name(&name, time, &shortened(message), message.delivery())
        }
    }
}

fn shortened(message: &Message) -> Cow<'_, str> {
    visible(folded(&message.text).unwrap_or(&message.text))
}

fn speaker(lang: Lang, message: &Message) -> Cow<'static, str> {
    match message.speaker {
        Speaker::Me => Cow::Borrowed(lang.you()),
        Speaker::Peer(ip) => Cow::Owned(ip.to_string()),
    }
}

fn date(row: &Row, zone: &TimeZone) -> Date {
    zone.to_datetime(row.at).date()
}

fn is_group(before: &Row, row: &Row) -> bool {
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
