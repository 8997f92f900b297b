//! What a reply shows of the message that it answers: who wrote it, and its first line.

use std::sync::Arc;

use eframe::egui::{
    CursorIcon, FontId, Rect, Role, Sense, Ui, Vec2, WidgetInfo,
    text::{LayoutJob, TextWrapping},
    vec2,
};

use crate::{
    chat::snippet::one_line,
    gui::{
        action::Action,
        ctx::Ctx,
        theme,
        typeset::{self, Typeset},
    },
    identity::PeerId,
    store::{Quote, Row},
};

/// Width of the line at the left of it, in points.
const EDGE: f32 = 3.0;
/// Space between that line and the words, in points.
const INDENT: f32 = 8.0;
/// The greatest width of it, in points.
const WIDTH: f32 = 300.0;
/// Space below it, in points.
const BELOW: f32 = 6.0;

/// A quote in words.
pub(in crate::gui) struct Quoted {
    /// Who wrote the message.
    pub name: String,
    /// Whom a reply is to.
    pub title: String,
    /// Its first line, or why there is none.
    pub line: String,
}

impl Quoted {
    pub fn new(cx: &Ctx<'_>, quote: &Quote) -> Self {
        let lang = cx.lang;
        let name = if quote.mine {
            lang.you().to_owned()
        } else {
            cx.peer_name()
        };
        let to = cx.shown().and_then(PeerId::key).filter(|_| !quote.mine);
        let title = lang.replying_to(cx.chat.contacts(), to.as_ref());
        let line = match &quote.source {
            Some((_, text)) if text.is_empty() => lang.deleted_message().to_owned(),
            Some((_, text)) => one_line(text),
            None => lang.message_not_here().to_owned(),
        };
        Self { name, title, line }
    }
}

/// A quote that has been measured.
pub(super) struct QuoteLayout {
    name: Typeset,
    line: Typeset,
    /// What a screen reader says.
    words: String,
    /// The row of the message, if it is here.
    source: Option<Row>,
}

impl QuoteLayout {
    /// At most `wrap` points wide, in one of my bubbles or not.
    pub fn new(cx: &Ctx<'_>, ui: &Ui, quote: &Quote, wrap: f32, in_mine: bool) -> Self {
        let palette = theme::palette(ui);
        let (strong, plain) = if in_mine {
            (palette.on_mine, palette.on_mine)
        } else {
            (palette.link, palette.weak)
        };
        let Quoted { name, line, .. } = Quoted::new(cx, quote);
        let words = format!("{name}: {line}");
        // A short answer needs no wide bubble.
        let width = (wrap - INDENT).min(WIDTH) - EDGE - INDENT;
        let font = FontId::new(theme::SECONDARY, theme::strong_family());
        let name = LayoutJob::simple_singleline(name, font, strong);
        let font = FontId::proportional(theme::SECONDARY);
        let line = LayoutJob::simple_singleline(line, font, plain);
        Self {
            name: truncated(ui, name, width),
            line: truncated(ui, line, width),
            words,
            source: quote.source.as_ref().map(|(row, _)| *row),
        }
    }

    /// In points, with the space below it.
    pub fn size(&self) -> Vec2 {
        let (name, line) = (self.name.size(), self.line.size());
        vec2(EDGE + INDENT + name.x.max(line.x), name.y + line.y + BELOW)
    }

    /// Paints it at the top of `place`, as wide as that. A click goes to the message.
    pub fn show(&self, cx: &mut Ctx<'_>, ui: &Ui, place: Rect, in_mine: bool) {
        let palette = theme::palette(ui);
        let height = self.size().y - BELOW;
        let place = Rect::from_min_size(place.min, vec2(place.width(), height));
        let response = ui.interact(place, ui.scope_id().with("quote"), Sense::CLICK);
        let can_go = self.source.is_some();
        response.widget_info(|| WidgetInfo::labeled(Role::Button, can_go, &self.words));
        let (edge, strong, plain) = if in_mine {
            (palette.on_mine, palette.on_mine, palette.on_mine)
        } else {
            (palette.link, palette.link, palette.weak)
        };
        let line = Rect::from_min_size(place.min, vec2(EDGE, height));
        ui.painter().rect_filled(line, EDGE / 2.0, edge);
        let at = place.min + vec2(EDGE + INDENT, 0.0);
        ui.painter()
            .galley(at, Arc::clone(&self.name.galley), strong);
        let at = at + vec2(0.0, self.name.size().y);
        ui.painter()
            .galley(at, Arc::clone(&self.line.galley), plain);
        if let Some(row) = self.source
            && response.on_hover_cursor(CursorIcon::PointingHand).clicked()
        {
            cx.push(Action::GoToHit(row));
        }
    }
}

/// Lays out text on one line, cut off at this width.
pub(in crate::gui) fn truncated(ui: &Ui, mut job: LayoutJob, width: f32) -> Typeset {
    job.wrap = TextWrapping::truncate_at_width(width.max(0.0));
    typeset::layout(ui.painter(), job)
}
