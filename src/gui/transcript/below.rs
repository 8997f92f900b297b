//! What stands below a bubble: the reactions to the message, and that it was edited.

use std::sync::Arc;

use eframe::egui::{
    Color32, CursorIcon, FontId, Galley, Rect, Response, Role, Sense, Stroke, StrokeKind, Ui, Vec2,
    WidgetInfo, pos2, text::LayoutJob, vec2,
};

use super::{
    look::Entry,
    words::{Reaction, edited, reactions},
};
use crate::{
    chat::Chat,
    gui::{
        action::{Action, WithMessage},
        ctx::Ctx,
        theme,
        typeset::{self, Typeset},
    },
    net::Command,
    text::visible::visible,
};

/// Height of a reaction, in points.
const HEIGHT: f32 = 24.0;
/// Space above it, and below it, in points.
const ABOVE: f32 = 2.0;
/// Space between a reaction and what is beside it, in points.
const GAP: f32 = 4.0;
/// Space inside a reaction at the sides, in points.
const PADDING: f32 = 8.0;
/// Font size of a reaction, in points.
const EMOJI: f32 = 14.0;

/// What stands below a bubble, measured.
pub(super) struct Below {
    reactions: Vec<(Reaction, Typeset)>,
    edited: Option<Arc<Galley>>,
}

impl Below {
    /// `None` if there is nothing to say.
    pub fn new(cx: &Ctx<'_>, ui: &Ui, entry: Entry<'_>) -> Option<Self> {
        let palette = theme::palette(ui);
        let reactions = reactions(cx, entry.message);
        let edited = edited(cx, entry.message);
        if reactions.is_empty() && edited.is_none() {
            return None;
        }
        let lay_out = |reaction: Reaction| {
            let emoji = visible(&reaction.emoji);
            let words = match reaction.count {
                1 => emoji.into_owned(),
                count => format!("{emoji} {count}"),
            };
            let font = FontId::proportional(EMOJI);
            let job = LayoutJob::simple_singleline(words, font, palette.text);
            let text = typeset::layout(ui.painter(), job);
            (reaction, text)
        };
        let font = FontId::proportional(theme::META);
        let edited = edited.map(|words| {
            ui.painter()
                .layout_no_wrap(words.to_owned(), font, palette.weak)
        });
        Some(Self {
            reactions: reactions.into_iter().map(lay_out).collect(),
            edited,
        })
    }

    /// In points, with the space above and below it.
    pub fn size(&self) -> Vec2 {
        let reactions = self.reactions.iter();
        let widths = reactions.map(|(_, text)| text.size().x + 2.0 * PADDING);
        let edited = self.edited.iter().map(|edited| edited.size().x);
        let width: f32 = widths.chain(edited).map(|width| width + GAP).sum();
        vec2(width - GAP, HEIGHT + 2.0 * ABOVE)
    }

    /// Paints it with its upper left corner here.
    pub fn show(&self, cx: &mut Ctx<'_>, ui: &Ui, at: eframe::egui::Pos2, entry: Entry<'_>) {
        let palette = theme::palette(ui);
        let mut left = at.x;
        let top = at.y + ABOVE;
        for (reaction, text) in &self.reactions {
            let size = vec2(text.size().x + 2.0 * PADDING, HEIGHT);
            let place = Rect::from_min_size(pos2(left, top), size);
            show_reaction(cx, ui, place, (reaction, text), entry);
            left = place.right() + GAP;
        }
        if let (Some(edited), Some(row)) = (&self.edited, entry.item.row()) {
            let place = Rect::from_min_size(pos2(left, top), vec2(edited.size().x, HEIGHT));
            let response = ui.interact(place, ui.scope_id().with("edited"), Sense::CLICK);
            let name = cx.lang.show_earlier_texts();
            response.widget_info(|| WidgetInfo::labeled(Role::Button, true, name));
            let text = pos2(left, place.center().y - edited.size().y / 2.0);
            ui.painter().galley(text, Arc::clone(edited), palette.weak);
            if response.hovered() {
                let y = text.y + edited.size().y;
                let line = Stroke::new(1.0, palette.weak);
                ui.painter().hline(place.x_range(), y, line);
            }
            let response = response.on_hover_text(name);
            if pointed(response).clicked() {
                cx.push(Action::Begin(row, WithMessage::ShowEarlierTexts));
            }
        }
    }
}

/// A click gives the same reaction, or takes it back.
fn show_reaction(
    cx: &mut Ctx<'_>,
    ui: &Ui,
    place: Rect,
    (reaction, text): (&Reaction, &Typeset),
    entry: Entry<'_>,
) {
    let palette = theme::palette(ui);
    let changeable = cx.chat.changeable(entry.item);
    let id = ui.scope_id().with(("reaction", &reaction.emoji));
    let response = ui.interact(place, id, Sense::CLICK);
    let can_click = changeable.is_some();
    response.widget_info(|| {
        WidgetInfo::selected(
            Role::Button,
            can_click,
            reaction.is_ours,
            reaction.words.as_str(),
        )
    });
    let (fill, stroke): (Color32, Stroke) = if reaction.is_ours {
        (palette.hint_background, Stroke::new(1.5, palette.link))
    } else {
        (palette.bar, Stroke::new(1.0, palette.border))
    };
    let corner = (HEIGHT / 2.0) as u8;
    ui.painter()
        .rect(place, corner, fill, stroke, StrokeKind::Inside);
    let at = place.center() - text.size() / 2.0;
    ui.painter()
        .galley(at, Arc::clone(&text.galley), palette.text);
    let Some(changeable) = changeable else { return };
    let response = response.on_hover_text(&reaction.words);
    if pointed(response).clicked() {
        cx.push(Action::Command(Command::Change {
            to: changeable.to,
            row: changeable.row,
            change: Chat::toggled(entry.message, &reaction.emoji),
        }));
    }
}

fn pointed(response: Response) -> Response {
    response.on_hover_cursor(CursorIcon::PointingHand)
}
