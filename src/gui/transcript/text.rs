//! The text in a bubble.

use std::rc::Rc;

use eframe::egui::{
    Color32, FontId, Pos2, Rangef, Rect, Response, Shape, Stroke, TextFormat, TextStyle, Ui, Vec2,
    text::LayoutJob, vec2,
};

use super::{look::Part, words::deleted};
use crate::{
    chat::timeline::{Delivery, ItemId, Message, Speaker},
    gui::{
        ctx::Ctx,
        theme,
        typeset::{self, Blocks, Looks, Styled, Typeset, Work},
    },
    settings::Markup,
    text::{
        find::Folded,
        links::Link,
        visible::{folded, visible},
    },
};

/// How much of its colour the text of a cancelled message keeps.
const RECALLED: f32 = 0.7;

/// The text in a bubble. Its size is known.
pub(super) enum Text {
    Short(Typeset, Styled),
    /// A long one that is shown whole. The part in view is laid out when it is painted.
    Long(Rc<Blocks>, Rc<Work>),
}

impl Text {
    /// `wrap` is the width of a line, in points.
    pub fn new(
        cx: &Ctx<'_>,
        ui: &Ui,
        (id, message): (ItemId, &Message),
        wrap: f32,
        part: Part<'_>,
    ) -> Self {
        let palette = theme::palette(ui);
        let body = theme::message_font();
        let small = TextStyle::Small.resolve(ui.style());
        let colour = if message.speaker == Speaker::Me {
            palette.on_mine
        } else {
            palette.on_theirs
        };
        let job = |text: String, font: FontId, colour: Color32| {
            let mut job = LayoutJob::simple(text, font, colour, wrap);
            if let Some(section) = job.sections.first_mut() {
                section.format.line_height = Some(theme::MESSAGE_LINE);
                if is_recalled(message) {
                    strike(&mut section.format);
                }
            }
            job
        };
        let looks = looks(cx, ui, message);
        let whole = || visible(&message.text).into_owned();
        let first = folded(&message.text);
        if let (Part::Whole(unfolded), Some(_)) = (part, first) {
            let job = job(whole(), body.clone(), colour);
            if let Some(blocks) = unfolded.blocks(ui, id, job, looks.clone()) {
                return Self::Long(blocks, unfolded.work());
            }
        }
        let (mut job, styled) = match (part, first) {
            (Part::Nothing, _) => {
                let words = cx.lang.cannot_be_shown().to_owned();
                (job(words, small, colour), Styled::default())
            }
            _ if message.marks.is_deleted => {
                let words = deleted(cx, message).unwrap_or_default();
                (job(words, small, palette.weak), Styled::default())
            }
            _ if message.text.is_empty() => {
                let words = cx.lang.empty_line().to_owned();
                (job(words, small, palette.weak), Styled::default())
            }
            (_, Some(first)) => {
                let first = visible(first);
                let styled = Styled::new(&first, &looks, true);
                (job(format!("{first}…"), body, colour), styled)
            }
            (_, None) => {
                let whole = whole();
                let styled = Styled::new(&whole, &looks, false);
                (job(whole, body, colour), styled)
            }
        };
        styled.format(&mut job, 0, &looks);
        Self::Short(typeset::layout(ui.painter(), job), styled)
    }

    /// In points.
    pub fn size(&self) -> Vec2 {
        match self {
            Self::Short(text, _) => text.size(),
            Self::Long(blocks, _) => blocks.size(),
        }
    }

    /// The links in it, in order.
    pub fn links(&self) -> &[Link] {
        &self.styled().links
    }

    /// Shows it, so that it can be selected. Returns what was laid out for that, too.
    pub fn show(&self, ui: &mut Ui, at: Pos2, is_mine: bool) -> (Response, Typeset) {
        let grounds = ui.painter().add(Shape::Noop);
        let (response, typeset) = match self {
            Self::Short(text, styled) => {
                let response = text.put_marked_label(ui, at, &styled.marks);
                (response, text.clone())
            }
            Self::Long(blocks, work) => blocks.put_label(ui, at, work),
        };
        let shapes = self.grounds_of_code(ui, at, &typeset, is_mine);
        if !shapes.is_empty() {
            ui.painter().set(grounds, Shape::Vec(shapes));
        }
        (response, typeset)
    }

    fn styled(&self) -> &Styled {
        match self {
            Self::Short(_, styled) => styled,
            Self::Long(blocks, _) => blocks.styled(),
        }
    }

    /// A block has one ground as wide as the text.
    fn grounds_of_code(&self, ui: &Ui, at: Pos2, text: &Typeset, is_mine: bool) -> Vec<Shape> {
        let code = &self.styled().code;
        let palette = theme::palette(ui);
        let colour = if is_mine {
            palette.code_in_mine
        } else {
            palette.code_in_theirs
        };
        let view = ui.clip_rect().y_range();
        let view = Rangef::new(view.min - at.y, view.max - at.y);
        let mut grounds: Vec<(usize, Rect)> = Vec::new();
        for (index, line) in text.places(code, view) {
            let is_block = code.get(index).is_some_and(|code| code.is_block);
            if !is_block {
                grounds.push((index, line.expand2(vec2(theme::CODE_MARGIN, -1.0))));
                continue;
            }
            let wide = Rangef::new(0.0, self.size().x);
            let line = Rect::from_x_y_ranges(wide, line.y_range());
            let line = line.expand2(vec2(theme::CODE_PADDING, theme::CODE_PADDING / 2.0));
            match grounds.last_mut() {
                Some((last, ground)) if *last == index => *ground |= line,
                _ => grounds.push((index, line)),
            }
        }
        let shape = |(_, ground): (usize, Rect)| {
            let ground = ground.translate(at.to_vec2());
            Shape::rect_filled(ground, theme::CODE_CORNER, colour)
        };
        grounds.into_iter().map(shape).collect()
    }
}

/// How links, code and words that were looked for look in this message. Links in my bubbles have the colour of the text,
/// because no other one can be read there.
fn looks(cx: &Ctx<'_>, ui: &Ui, message: &Message) -> Looks {
    let palette = theme::palette(ui);
    let is_hit = || Folded::new(&message.text).has(&cx.looked_for);
    let mut looks = Looks {
        link: palette.link,
        link_line: Stroke::NONE,
        found: palette.found,
        on_found: palette.text,
        markup: cx.settings.markup == Markup::Styled,
        looked_for: Rc::default(),
    };
    if !cx.looked_for.is_empty() && is_hit() {
        looks.looked_for = Rc::clone(&cx.looked_for);
    }
    if message.speaker == Speaker::Me {
        looks.link = palette.on_mine;
        looks.link_line = Stroke::new(1.0, palette.on_mine);
    }
    if is_recalled(message) {
        looks.link = looks.link.gamma_multiply(RECALLED);
    }
    looks
}

fn is_recalled(message: &Message) -> bool {
    message.delivery == Some(Delivery::Recalled) && !message.marks.is_deleted
}

/// Shows that a message was cancelled.
fn strike(format: &mut TextFormat) {
    format.color = format.color.gamma_multiply(RECALLED);
    format.strikethrough = Stroke::new(1.0, format.color);
}
