//! A message in its bubble: measured, then painted, with a menu of what can be done with it.

use std::sync::Arc;

use eframe::egui::{
    Color32, CornerRadius, CursorIcon, FontId, Galley, Label, Painter, Popup, Pos2, Rect, Response,
    Role, Sense, SetOpenCommand, Stroke, StrokeKind, TextFormat, TextStyle, Ui, Vec2, WidgetInfo,
    pos2, text::LayoutJob, vec2,
};

use super::{
    Context,
    row::{Choice, SIDE, State, arrived},
};
use crate::{
    chat::timeline::{Delivery, Item, ItemId, Message, Speaker},
    gui::{Action, locale::Lang, theme},
    identity::{Party, PublicKey},
    net::Command,
    text::visible::{folded, visible},
};

/// So much less stands between the two ticks of a message that was delivered, in points.
const TICKS_CLOSER: f32 = 3.0;
/// Between a bubble and what stands beside it, in points.
const BESIDE: f32 = 6.0;

/// A bubble that has been measured.
pub(super) struct Bubble {
    text: Arc<Galley>,
    /// The time, and what became of the message; beside the bubble.
    aside: Arc<Galley>,
    mine: bool,
    /// Unfolds a long message, or folds it again.
    more: Option<Arc<Galley>>,
}

impl Bubble {
    pub fn new(
        ui: &Ui,
        context: &Context<'_>,
        row: &Item,
        message: &Message,
        width: f32,
        unfolded: bool,
    ) -> Self {
        let palette = theme::palette(ui);
        let mine = message.speaker == Speaker::Me;
        let part = folded(&message.text);
        let shown = match part {
            Some(part) if !unfolded => visible(part),
            _ => visible(&message.text),
        };
        let wrap = (width * theme::BUBBLE_WIDTH - 2.0 * theme::BUBBLE_PADDING.x).max(60.0);
        let body = TextStyle::Body.resolve(ui.style());
        let small = TextStyle::Small.resolve(ui.style());
        let colour = if mine {
            palette.on_mine
        } else {
            palette.on_theirs
        };
        let painter = ui.painter();
        let text = if shown.is_empty() {
            let words = context.lang.empty_line().to_owned();
            painter.layout(words, small.clone(), palette.weak, wrap)
        } else {
            let ending = if part.is_some() && !unfolded {
                "…"
            } else {
                ""
            };
            let shown = format!("{shown}{ending}");
            if message.delivery == Some(Delivery::Cancelled) {
                struck(painter, shown, body, palette.on_mine, wrap)
            } else {
                painter.layout(shown, body, colour, wrap)
            }
        };
        let more = part.map(|_| {
            let words = fold_words(context.lang, unfolded).to_owned();
            let colour = if mine {
                palette.on_mine
            } else {
                palette.accent
            };
            painter.layout_no_wrap(words, small.clone(), colour)
        });
        let widest = more
            .as_ref()
            .map_or(0.0, |more| more.size().x)
            .max(text.size().x);
        let room = width - widest - 2.0 * (theme::BUBBLE_PADDING.x + SIDE) - BESIDE;
        let aside = aside(ui, context, row, message, room.max(60.0));
        Self {
            text,
            aside,
            mine,
            more,
        }
    }

    /// In points.
    pub fn size(&self) -> Vec2 {
        let more = self.more.as_ref();
        let more = more.map_or(Vec2::ZERO, |galley| galley.size() + vec2(0.0, 4.0));
        let text = self.text.size();
        vec2(text.x.max(more.x), text.y + more.y) + 2.0 * theme::BUBBLE_PADDING
    }

    /// Paints it at height `y` of the row in `rect`. True if it is to be folded or unfolded.
    #[expect(clippy::too_many_arguments, reason = "one call, from the row")]
    pub fn show(
        &self,
        ui: &mut Ui,
        rect: Rect,
        y: f32,
        context: &Context<'_>,
        (id, row, message): (ItemId, &Item, &Message),
        state: State,
        actions: &mut Vec<Action>,
    ) -> bool {
        let palette = theme::palette(ui);
        let lang = context.lang;
        let size = self.size();
        let left = if self.mine {
            rect.right() - SIDE - size.x
        } else {
            rect.left() + SIDE
        };
        let bubble = Rect::from_min_size(pos2(left, y), size);
        let fill = if self.mine {
            palette.mine
        } else {
            palette.theirs
        };
        ui.painter()
            .rect_filled(bubble, CornerRadius::same(theme::BUBBLE_CORNER), fill);
        if state.choice != Choice::Nothing {
            let stroke = ui.visuals().selection.stroke;
            let corner = theme::BUBBLE_CORNER + 2;
            ui.painter()
                .rect_stroke(bubble.expand(2.0), corner, stroke, StrokeKind::Outside);
        }
        let aside = self.aside.size();
        let aside_x = if self.mine {
            left - BESIDE - aside.x
        } else {
            bubble.right() + BESIDE
        };
        let aside_at = pos2(aside_x, bubble.bottom() - aside.y - 2.0);
        ui.painter()
            .galley(aside_at, Arc::clone(&self.aside), palette.weak);

        // Not focusable: the keyboard comes to rows through the transcript.
        let area = ui.interact(bubble, ui.scope_id().with("bubble"), Sense::CLICK);
        let text = put_label(ui, bubble.min + theme::BUBBLE_PADDING, &self.text);
        let open = state.open_menu || area.secondary_clicked() || text.secondary_clicked();
        let mut fold = false;
        Popup::menu(&area)
            .open_memory(open.then_some(SetOpenCommand::Bool(true)))
            .show(|ui| {
                let copy = ui.button(lang.copy());
                if state.open_menu {
                    copy.request_focus();
                }
                if copy.clicked() {
                    actions.push(Action::Copy(message.text.to_string()));
                }
                if ui.button(lang.show_bytes()).clicked() {
                    actions.push(Action::ShowBytes(id));
                }
                if let Some((to, row)) = cancellable(context.shown, row)
                    && ui.button(lang.cancel_message()).clicked()
                {
                    actions.push(Action::Ask(Command::Recall { to, row }));
                }
                if self.more.is_some() {
                    fold = ui.button(fold_words(lang, state.unfolded)).clicked();
                }
            });
        fold | self.show_more(ui, bubble, lang, state.unfolded)
    }

    fn show_more(&self, ui: &Ui, bubble: Rect, lang: Lang, unfolded: bool) -> bool {
        let Some(more) = &self.more else { return false };
        let below = bubble.bottom() - theme::BUBBLE_PADDING.y - more.size().y;
        let at = pos2(bubble.left() + theme::BUBBLE_PADDING.x, below);
        let rect = Rect::from_min_size(at, more.size());
        let response = ui.interact(rect, ui.scope_id().with("more"), Sense::CLICK);
        response
            .widget_info(|| WidgetInfo::labeled(Role::Button, true, fold_words(lang, unfolded)));
        let palette = theme::palette(ui);
        let colour = if self.mine {
            palette.on_mine
        } else {
            palette.accent
        };
        ui.painter().galley(at, Arc::clone(more), colour);
        if response.hovered() {
            ui.painter()
                .hline(rect.x_range(), rect.bottom(), Stroke::new(1.0, colour));
        }
        response.on_hover_cursor(CursorIcon::PointingHand).clicked()
    }
}

/// The time of a message, and what became of it.
fn aside(ui: &Ui, context: &Context<'_>, row: &Item, message: &Message, room: f32) -> Arc<Galley> {
    let palette = theme::palette(ui);
    let small = TextStyle::Small.resolve(ui.style());
    let lang = context.lang;
    let time = lang.time(context.zone.to_datetime(row.at).time());
    let mut marks = "";
    let (words, colour) = match message.delivery {
        Some(delivery @ (Delivery::Sending | Delivery::Sent | Delivery::Delivered)) => {
            marks = lang.delivery_mark(delivery);
            (format!("{time} "), palette.weak)
        }
        Some(delivery) => {
            let colour = match delivery {
                Delivery::NotSent => palette.bad,
                Delivery::Waiting => palette.waiting,
                _ => palette.weak,
            };
            (format!("{time} · {}", lang.delivery_mark(delivery)), colour)
        }
        None => (time, palette.weak),
    };
    let arrived = arrived(context, row).map(|arrived| format!(" · {arrived}"));
    let format = TextFormat::simple(small, colour);
    // Two ticks are one mark.
    let close = TextFormat {
        extra_letter_spacing: -TICKS_CLOSER,
        ..format.clone()
    };
    let mut job = LayoutJob::default();
    job.append(&words, 0.0, format.clone());
    job.append(marks, TICKS_CLOSER, close);
    job.append(&arrived.unwrap_or_default(), 0.0, format);
    job.wrap.max_width = room;
    ui.painter().layout_job(job)
}

/// Whom a message of ours is for and its row in the store, if it can still be taken back.
fn cancellable(shown: Option<&Party>, row: &Item) -> Option<(PublicKey, u64)> {
    let is_open = matches!(row.delivery(), Some(Delivery::Waiting | Delivery::Sending));
    let key = shown.and_then(Party::key).filter(|_| is_open)?;
    Some((key, row.row()?))
}

/// Text that was taken back.
fn struck(
    painter: &Painter,
    text: String,
    font: FontId,
    colour: Color32,
    wrap: f32,
) -> Arc<Galley> {
    let colour = colour.gamma_multiply(0.7);
    let format = TextFormat {
        font_id: font,
        color: colour,
        strikethrough: Stroke::new(1.0, colour),
        ..TextFormat::default()
    };
    let mut job = LayoutJob::single_section(text, format);
    job.wrap.max_width = wrap;
    painter.layout_job(job)
}

fn fold_words(lang: Lang, unfolded: bool) -> &'static str {
    if unfolded {
        lang.show_less()
    } else {
        lang.show_all()
    }
}

/// Text that can be selected with the mouse.
pub(super) fn put_label(ui: &mut Ui, at: Pos2, galley: &Arc<Galley>) -> Response {
    let rect = Rect::from_min_size(at, galley.size());
    ui.put(rect, Label::new(Arc::clone(galley)).selectable(true))
}
