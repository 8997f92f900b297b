//! One message that was found: who wrote it and when, and the words in their context.

use std::sync::Arc;

use eframe::egui::{
    Color32, CursorIcon, Galley, Response, Role, Sense, TextFormat, TextStyle, Ui, Vec2,
    WidgetInfo,
    text::{LayoutJob, TextWrapping},
    vec2,
};

use crate::{
    chat::snippet::{Piece, plain, snippet},
    gui::{ctx::Ctx, theme, typeset},
    history::Hit,
    store::Kind,
};

/// Maximum number of lines shown of a message.
const LINES: usize = 2;
/// Space inside a row, in points.
const PADDING: Vec2 = Vec2::new(8.0, 5.0);

/// One row of the list.
pub(super) struct HitRow<'a> {
    pub index: usize,
    pub hit: &'a Hit,
    pub is_selected: bool,
    /// The hits are of all conversations, so each says of which.
    pub names_peer: bool,
}

impl HitRow<'_> {
    pub fn show(&self, cx: &Ctx<'_>, ui: &mut Ui) -> Response {
        let palette = theme::palette(ui);
        let size = vec2(ui.available_width(), height(ui));
        let (_, rect) = ui.allocate_space(size);
        let id = ui.make_persistent_id(("hit", self.index));
        let response = ui.interact(rect, id, Sense::CLICK);
        let (heading, line) = (heading(cx, self.hit, self.names_peer), line(self.hit));
        let name = cx.lang.hit(&heading, &plain(&line));
        response.widget_info(|| WidgetInfo::labeled(Role::ListBoxOption, true, &name));
        ui.ctx()
            .accesskit_node_builder(response.id, |node| node.set_selected(self.is_selected));
        let painter = ui.painter().with_clip_rect(rect.intersect(ui.clip_rect()));
        if self.is_selected || response.hovered() {
            let ground = if self.is_selected {
                palette.hint_background
            } else {
                palette.raised
            };
            painter.rect_filled(rect, 6.0, ground);
        }
        let at = rect.min + PADDING;
        let width = rect.width() - 2.0 * PADDING.x;
        let small = format(ui, &TextStyle::Small, palette.weak);
        let heading = lay_out(ui, [(&*heading, small)], width, 1);
        let body = format(ui, &TextStyle::Body, palette.text);
        let marked = TextFormat {
            background: palette.found,
            ..body.clone()
        };
        let pieces = line.iter().map(|piece| {
            let format = if piece.is_match { &marked } else { &body };
            (&*piece.text, format.clone())
        });
        let line = lay_out(ui, pieces, width, LINES);
        let below = at + vec2(0.0, line_height(ui, &TextStyle::Small));
        painter.galley(at, heading, palette.weak);
        painter.galley(below, line, palette.text);
        response.on_hover_cursor(CursorIcon::PointingHand)
    }
}

/// The message on one line, with the words that were looked for marked.
pub(super) fn line(hit: &Hit) -> Vec<Piece> {
    snippet(&hit.message.text, &hit.ranges)
}

/// Who wrote it and when, and in which conversation unless that is clear.
pub(super) fn heading(cx: &Ctx<'_>, hit: &Hit, names_peer: bool) -> String {
    let lang = cx.lang;
    let name = lang.peer_id(cx.chat.contacts(), &hit.peer_id);
    let when = cx.moment(hit.message.received_at);
    match (hit.message.kind, names_peer) {
        (Kind::Mine, true) => format!("{name} · {} · {when}", lang.you()),
        (Kind::Mine, false) => format!("{} · {when}", lang.you()),
        _ => format!("{name} · {when}"),
    }
}

/// The height of each row, in points.
pub(super) fn height(ui: &Ui) -> f32 {
    let body = line_height(ui, &TextStyle::Body) * LINES as f32;
    line_height(ui, &TextStyle::Small) + body + 2.0 * PADDING.y
}

/// The same for every script.
fn line_height(ui: &Ui, style: &TextStyle) -> f32 {
    (style.resolve(ui.style()).size * 1.35).round()
}

fn format(ui: &Ui, style: &TextStyle, colour: Color32) -> TextFormat {
    TextFormat {
        line_height: Some(line_height(ui, style)),
        ..TextFormat::simple(style.resolve(ui.style()), colour)
    }
}

fn lay_out<'a>(
    ui: &Ui,
    pieces: impl IntoIterator<Item = (&'a str, TextFormat)>,
    width: f32,
    rows: usize,
) -> Arc<Galley> {
    let mut job = LayoutJob {
        wrap: TextWrapping {
            max_width: width,
            max_rows: rows,
            break_anywhere: rows == 1,
            ..TextWrapping::default()
        },
        ..LayoutJob::default()
    };
    for (text, format) in pieces {
        job.append(text, 0.0, format);
    }
    typeset::layout_or_boxes(ui.painter(), job).galley
}
