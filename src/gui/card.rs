//! Cards: what waits for the person, and what went wrong. All have one form: a title, a sentence or two, and buttons that
//! say what they do.

use eframe::egui::{
    Align, Button, CornerRadius, Frame, Id, InnerResponse, Layout, Margin, Response, RichText,
    ScrollArea, Stroke, TextStyle, Ui, UiBuilder, text::LayoutJob, vec2,
};

use super::{
    focus::kept_in_view,
    icon::{self, Icon},
    resizing::lay_out_again_if_resized,
    theme, typeset,
};
use crate::lang::Lang;

/// What a card is for, which decides its ground.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    /// It says where things stand.
    Calm,
    /// It asks something, or has good news.
    Question,
    /// Something went wrong.
    Wrong,
}

/// Shows a card as wide as `ui`.
pub(super) fn show<R>(
    ui: &mut Ui,
    tone: Tone,
    content: impl FnOnce(&mut Ui) -> R,
) -> InnerResponse<R> {
    frame(ui, tone).show(ui, |ui| {
        ui.set_min_width(ui.available_width());
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing = vec2(theme::GAP, theme::GAP);
            content(ui)
        })
        .inner
    })
}

/// The ground and the border of a card.
pub(super) fn frame(ui: &Ui, tone: Tone) -> Frame {
    let palette = theme::palette(ui);
    let (ground, border, padding) = match tone {
        Tone::Calm => (palette.bar, palette.line, Margin::same(theme::CARD_PADDING)),
        Tone::Question => (
            palette.hint_background,
            palette.hint_background,
            Margin::symmetric(14, 10),
        ),
        Tone::Wrong => (
            palette.bad_background,
            palette.bad_background,
            Margin::symmetric(14, 10),
        ),
    };
    Frame::new()
        .fill(ground)
        .stroke(Stroke::new(1.0, border))
        .corner_radius(CornerRadius::same(theme::CARD_CORNER))
        .inner_margin(padding)
}

/// The ground of what is shown for a moment, over something else.
pub(super) fn toast_frame(ui: &Ui) -> Frame {
    let palette = theme::palette(ui);
    Frame::popup(ui.style())
        .stroke(Stroke::new(1.0, palette.border))
        .corner_radius(CornerRadius::same(theme::CARD_CORNER))
        .inner_margin(Margin::symmetric(12, 4))
}

/// What the card is about.
pub(super) fn title(ui: &mut Ui, words: &str) -> Response {
    let words = theme::strong(words).size(theme::NAME);
    ui.add(typeset::Label::new(words).wrap())
}

/// A sentence or two.
pub(super) fn body(ui: &mut Ui, words: &str) -> Response {
    ui.add(typeset::Label::new(words).wrap())
}

/// What matters less.
pub(super) fn note(ui: &mut Ui, words: &str) -> Response {
    let words = RichText::new(words).color(theme::palette(ui).weak);
    ui.add(typeset::Label::new(words.size(theme::SECONDARY)).wrap())
}

/// A button of a card.
pub(super) fn button(ui: &mut Ui, words: &str) -> Response {
    add(ui, Button::new(words))
}

/// The button that does what the person most likely wants.
pub(super) fn primary(ui: &mut Ui, words: &str) -> Response {
    let button = theme::primary(ui, words);
    add(ui, button)
}

/// A button that does what can't be undone.
pub(super) fn destructive(ui: &mut Ui, words: &str) -> Response {
    let bad = theme::palette(ui).bad;
    let words = RichText::new(words).color(bad);
    add(ui, Button::new(words).stroke(Stroke::new(1.0, bad)))
}

/// A button that is seldom wanted: words without a border.
pub(super) fn quiet(ui: &mut Ui, words: &str) -> Response {
    let words = RichText::new(words).color(theme::palette(ui).link);
    add(ui, Button::new(words).frame_when_inactive(false))
}

fn add(ui: &mut Ui, button: Button<'_>) -> Response {
    let size = vec2(0.0, theme::CONTROL);
    kept_in_view(ui.add(button.min_size(size)))
}

/// A sentence, and buttons after it where both fit on one line, else below. `width` is kept for the buttons, in points.
pub(super) fn line(ui: &mut Ui, sentence: &str, width: f32, buttons: impl FnOnce(&mut Ui)) {
    let font = TextStyle::Body.resolve(ui.style());
    let colour = ui.visuals().text_color();
    let job = LayoutJob::simple(sentence.to_owned(), font, colour, f32::INFINITY);
    let line = typeset::layout_or_boxes(ui.painter(), job);
    if line.size().x + width < ui.available_width() {
        ui.spacing_mut().interact_size.y = theme::CONTROL;
        ui.horizontal_wrapped(|ui| {
            ui.add(typeset::Label::new(sentence));
            buttons(ui);
        });
    } else {
        if line.size().x <= ui.available_width() {
            // As high as the cross beside it.
            ui.spacing_mut().interact_size.y = theme::CONTROL;
            ui.horizontal(|ui| ui.add(typeset::Label::new(sentence)));
        } else {
            ui.add(typeset::Label::new(sentence).wrap());
        }
        let mut place = ui.available_rect_before_wrap();
        place.set_height(theme::CONTROL);
        let row = Layout::left_to_right(Align::Center).with_main_wrap(true);
        let builder = UiBuilder::new().max_rect(place).layout(row);
        let mut below = ui.new_child(builder);
        buttons(&mut below);
        // Without a button there is no line for them.
        if below.min_rect().width() > 0.0 {
            ui.advance_cursor_after_rect(below.min_rect());
        }
    }
}

/// Shows content with a button that closes the card at its right end. Returns true once that is clicked.
pub(super) fn closable(ui: &mut Ui, lang: Lang, content: impl FnOnce(&mut Ui)) -> bool {
    let width = ui.available_width() - theme::CONTROL - theme::GAP;
    ui.horizontal_top(|ui| {
        let column = Layout::top_down(Align::Min);
        ui.allocate_ui_with_layout(vec2(width, 0.0), column, |ui| {
            ui.set_width(width);
            content(ui);
        });
        let close = icon::button(ui, Icon::Close, lang.close());
        kept_in_view(close).clicked()
    })
    .inner
}

/// Shows content in the middle of `ui`, at most this wide. Where there is too little room for it, it scrolls.
pub(super) fn in_the_middle(ui: &mut Ui, id: &str, width: f32, content: impl FnOnce(&mut Ui)) {
    let id = Id::unique(id);
    let before = ui.data(|data| data.get_temp::<f32>(id)).unwrap_or(0.0);
    let (room, edge) = (ui.available_size(), f32::from(theme::EDGE));
    let width = (room.x - 2.0 * edge).clamp(0.0, width);
    let show = |ui: &mut Ui| {
        ui.add_space(((room.y - before) * 0.4).max(edge));
        let mut place = ui.available_rect_before_wrap();
        place.set_left((place.left() + (room.x - width) / 2.0).round());
        place.set_width(width);
        // The same with and without a scroll bar, so that a field keeps the keyboard.
        let builder = UiBuilder::new()
            .scope_id(id.with("content"))
            .max_rect(place)
            .layout(Layout::top_down(Align::Min));
        let shown = ui.scope_builder(builder, content);
        ui.add_space(edge);
        shown.response.rect.height()
    };
    let height = if before + 2.0 * edge > room.y {
        let area = ScrollArea::vertical().id_salt(id).auto_shrink(false);
        area.show(ui, show).inner
    } else {
        ui.scope(show).inner
    };
    ui.data_mut(|data| data.insert_temp(id, height));
    lay_out_again_if_resized(ui.ctx(), vec2(0.0, before), vec2(0.0, height));
}
