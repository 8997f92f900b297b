//! A message in its bubble: measured, then painted, with a menu of what can be done with it.

use std::sync::Arc;

use eframe::egui::{
    Align, CornerRadius, CursorIcon, FontId, Galley, Popup, Rangef, Rect, Role, Sense,
    SetOpenCommand, Stroke, StrokeKind, TextFormat, TextStyle, Ui, Vec2, WidgetInfo, pos2,
    text::LayoutJob, vec2,
};

use super::{
    below::Below,
    links,
    look::{Entry, Highlight, Part, State},
    menu::{self, fold_words},
    quote::QuoteLayout,
    text::Text,
    words::arrived,
};
use crate::{
    chat::timeline::{Delivery, Speaker},
    gui::{ctx::Ctx, focus::focus_stroke, icon::Icon, theme},
    lang::Lang,
    text::visible::folded,
};

/// Width kept beside a bubble for a mark and a time, so that they stand on one line, in points.
const ASIDE: f32 = 88.0;
/// Space between the mark of a message and its time, in points.
const MARK_GAP: f32 = 3.0;
/// Space between a bubble and what is beside it, in points.
const BESIDE: f32 = 6.0;

/// How a bubble stands in its group.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Joined {
    /// The bubble above is of the same group.
    pub above: bool,
    /// The bubble below is of the same group.
    pub below: bool,
    /// That one shows the same time and delivery state.
    pub shares_time: bool,
}

/// A bubble that has been measured.
pub(super) struct Bubble {
    text: Text,
    /// The time and the delivery state, beside the bubble. `None` if the bubble below has the same.
    aside: Option<Arc<Galley>>,
    mine: bool,
    joined: Joined,
    /// Unfolds a long message, or folds it again.
    more: Option<Arc<Galley>>,
    /// What it answers.
    quote: Option<QuoteLayout>,
    /// What stands below it.
    below: Option<Below>,
    /// It says only that the message was deleted.
    is_deleted: bool,
}

impl Bubble {
    /// Measures a bubble in a row of this width.
    pub fn new(
        cx: &Ctx<'_>,
        ui: &Ui,
        entry: Entry<'_>,
        width: f32,
        part: Part<'_>,
        joined: Joined,
    ) -> Self {
        let message = entry.message;
        let palette = theme::palette(ui);
        let mine = message.speaker == Speaker::Me;
        let beside = width - 2.0 * theme::SIDE - ASIDE;
        let most = (width * theme::BUBBLE_PART)
            .min(theme::BUBBLE_WIDTH)
            .min(beside);
        let wrap = (most - 2.0 * theme::BUBBLE_PADDING.x).max(60.0);
        let small = TextStyle::Small.resolve(ui.style());
        let painter = ui.painter();
        let text = Text::new(cx, ui, (entry.id, message), wrap, part);
        let first = folded(&message.text).filter(|_| !matches!(part, Part::Nothing));
        let more = first.map(|_| {
            let is_whole = matches!(part, Part::Whole(_));
            let words = fold_words(cx.lang, is_whole).to_owned();
            let colour = if mine { palette.on_mine } else { palette.link };
            painter.layout_no_wrap(words, small, colour)
        });
        let quote = message.marks.quote.as_ref();
        let quote = quote.map(|quote| QuoteLayout::new(cx, ui, quote, wrap, mine));
        let below = Below::new(cx, ui, entry);
        let widest = more
            .as_ref()
            .map_or(0.0, |more| more.size().x)
            .max(text.size().x)
            .max(quote.as_ref().map_or(0.0, |quote| quote.size().x));
        let room = width - widest - 2.0 * (theme::BUBBLE_PADDING.x + theme::SIDE) - BESIDE;
        let aside = (!joined.shares_time).then(|| aside(cx, ui, entry, room.max(60.0)));
        Self {
            text,
            aside,
            mine,
            joined,
            more,
            quote,
            below,
            is_deleted: message.marks.is_deleted,
        }
    }

    /// In points, with what is below it.
    pub fn size(&self) -> Vec2 {
        let below = self.below.as_ref().map_or(Vec2::ZERO, Below::size);
        let bubble = self.bubble_size();
        vec2(bubble.x.max(below.x), bubble.y + below.y)
    }

    fn bubble_size(&self) -> Vec2 {
        let more = self.more.as_ref();
        let more = more.map_or(Vec2::ZERO, |galley| galley.size() + vec2(0.0, 4.0));
        let (text, quote) = (self.text.size(), self.quote_size());
        let width = text.x.max(more.x).max(quote.x);
        vec2(width, quote.y + text.y + more.y) + 2.0 * theme::BUBBLE_PADDING
    }

    fn quote_size(&self) -> Vec2 {
        self.quote.as_ref().map_or(Vec2::ZERO, QuoteLayout::size)
    }

    /// Paints it at height `y` of the row in `rect`. Returns true if it is to be folded or unfolded.
    pub fn show(
        &self,
        cx: &mut Ctx<'_>,
        ui: &mut Ui,
        rect: Rect,
        y: f32,
        entry: Entry<'_>,
        state: State,
    ) -> bool {
        let palette = theme::palette(ui);
        let size = self.bubble_size();
        let left = self.left(rect, size.x);
        let bubble = Rect::from_min_size(pos2(left, y), size);
        let fill = match (self.is_deleted, self.mine) {
            (true, _) => palette.background,
            (false, true) => palette.mine,
            (false, false) => palette.theirs,
        };
        let corners = self.corners();
        ui.painter().rect_filled(bubble, corners, fill);
        if !self.mine || self.is_deleted {
            let line = Stroke::new(1.0, palette.line);
            ui.painter()
                .rect_stroke(bubble, corners, line, StrokeKind::Inside);
        }
        if state.highlight != Highlight::None {
            let stroke = focus_stroke(ui);
            let around = bubble.expand(1.0);
            ui.painter()
                .rect_stroke(around, corners + 1, stroke, StrokeKind::Outside);
        }
        if let Some(aside) = &self.aside {
            let size = aside.size();
            let x = if self.mine {
                left - BESIDE - size.x
            } else {
                bubble.right() + BESIDE
            };
            let at = pos2(x, bubble.bottom() - size.y - 3.0);
            ui.painter().galley(at, Arc::clone(aside), palette.weak);
        }

        if let Some(below) = &self.below {
            let left = self.left(rect, below.size().x);
            below.show(cx, ui, pos2(left, bubble.bottom()), entry);
        }

        // Not focusable: the transcript has the focus, and moves it from row to row.
        let area = ui.interact(bubble, ui.scope_id().with("bubble"), Sense::CLICK);
        if self.mine {
            theme::select_in_mine(ui);
        }
        let at = bubble.min + theme::BUBBLE_PADDING;
        if let Some(quote) = &self.quote {
            let place = bubble.shrink2(theme::BUBBLE_PADDING);
            quote.show(cx, ui, place, self.mine);
        }
        let at = at + vec2(0.0, self.quote_size().y);
        let (text, typeset) = self.text.show(ui, at, self.mine);
        let view = ui.clip_rect().y_range();
        let view = Rangef::new(view.min - at.y, view.max - at.y);
        let links = self.text.links();
        let places = typeset.places(links, view).into_iter();
        let places = places.map(|(link, rect)| (link, rect.translate(at.to_vec2())));
        let on_link = links::show(cx, ui, links, places, self.mine);
        let clicked = on_link.is_some() || area.secondary_clicked() || text.secondary_clicked();
        // Nothing can be done with a message that is gone.
        let open = (state.open_menu || clicked) && !self.is_deleted;
        let of_menu = ui.scope_id().with("link of the menu");
        if open {
            ui.data_mut(|data| data.insert_temp(of_menu, on_link));
        }
        let mut fold = false;
        Popup::menu(&area)
            .open_memory(open.then_some(SetOpenCommand::Bool(true)))
            .show(|ui| {
                let on_link = ui.data(|data| data.get_temp(of_menu)).flatten();
                fold = menu::show(cx, ui, entry, state, (self.text.links(), on_link));
            });
        fold | self.show_more(ui, bubble, cx.lang, state.unfolded)
    }

    /// Where something of this width begins in the row in `rect`.
    fn left(&self, rect: Rect, width: f32) -> f32 {
        if self.mine {
            rect.right() - theme::SIDE - width
        } else {
            rect.left() + theme::SIDE
        }
    }

    /// Bubbles of one group are joined at the side of their speaker.
    fn corners(&self) -> CornerRadius {
        let corner = |is_joined| {
            if is_joined {
                theme::JOINED_CORNER
            } else {
                theme::BUBBLE_CORNER
            }
        };
        let (above, below) = (corner(self.joined.above), corner(self.joined.below));
        let round = theme::BUBBLE_CORNER;
        let (nw, sw, ne, se) = if self.mine {
            (round, round, above, below)
        } else {
            (above, below, round, round)
        };
        CornerRadius { nw, ne, sw, se }
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
            palette.link
        };
        ui.painter().galley(at, Arc::clone(more), colour);
        if response.hovered() {
            ui.painter()
                .hline(rect.x_range(), rect.bottom(), Stroke::new(1.0, colour));
        }
        response.on_hover_cursor(CursorIcon::PointingHand).clicked()
    }
}

/// The time of a message and its delivery state.
fn aside(cx: &Ctx<'_>, ui: &Ui, entry: Entry<'_>, wrap: f32) -> Arc<Galley> {
    let palette = theme::palette(ui);
    let small = TextStyle::Small.resolve(ui.style());
    let lang = cx.lang;
    let time = lang.time(cx.zone.to_datetime(entry.item.at).time());
    let mut mark = None;
    let (words, colour) = match cx.delivery(entry.item) {
        Some(Delivery::Sending) => (format!("{time} …"), palette.weak),
        Some(Delivery::Sent) => {
            mark = Some(Icon::Check);
            (time, palette.weak)
        }
        Some(Delivery::Delivered) => {
            mark = Some(Icon::CheckTwice);
            (time, palette.weak)
        }
        Some(Delivery::Read) => {
            mark = Some(Icon::CheckTwice);
            (time, palette.link)
        }
        Some(delivery @ Delivery::NotSent) => {
            (format!("{time} · {}", lang.delivery(delivery)), palette.bad)
        }
        Some(delivery @ (Delivery::Waiting | Delivery::Held)) => {
            let words = format!("{time} · {}", lang.delivery(delivery));
            (words, palette.waiting)
        }
        Some(delivery @ Delivery::Recalled) => (
            format!("{time} · {}", lang.delivery(delivery)),
            palette.weak,
        ),
        None => (time, palette.weak),
    };
    let arrived = arrived(cx, entry.item).map(|arrived| format!(" · {arrived}"));
    let format = TextFormat::simple(small, colour);
    let mut job = LayoutJob::default();
    if let Some(mark) = mark {
        let font = FontId::new(theme::SMALL_ICON, theme::icons());
        let mut format = TextFormat::simple(font, colour);
        format.valign = Align::Center;
        job.append(&mark.glyph().to_string(), 0.0, format);
    }
    let before = if mark.is_some() { MARK_GAP } else { 0.0 };
    job.append(&words, before, format.clone());
    job.append(&arrived.unwrap_or_default(), 0.0, format);
    job.wrap.max_width = wrap;
    ui.painter().layout_job(job)
}
