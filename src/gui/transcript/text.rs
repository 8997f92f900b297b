//! The text in a bubble.

use std::rc::Rc;

use eframe::egui::{Color32, FontId, Pos2, Response, Stroke, TextStyle, Ui, Vec2, text::LayoutJob};

use super::look::Part;
use crate::{
    chat::timeline::{Delivery, ItemId, Message, Speaker},
    gui::{
        ctx::Ctx,
        theme,
        typeset::{self, Blocks, Typeset, Work},
    },
    text::visible::{folded, visible},
};

/// The text in a bubble. Its size is known.
pub(super) enum Text {
    Short(Typeset),
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
        let body = TextStyle::Body.resolve(ui.style());
        let small = TextStyle::Small.resolve(ui.style());
        let colour = if message.speaker == Speaker::Me {
            palette.on_mine
        } else {
            palette.on_theirs
        };
        let job = |text: String, font: FontId, colour: Color32| {
            let mut job = LayoutJob::simple(text, font, colour, wrap);
            if message.delivery == Some(Delivery::Recalled) {
                strike(&mut job);
            }
            job
        };
        let whole = || visible(&message.text).into_owned();
        let first = folded(&message.text);
        if let (Part::Whole(unfolded), Some(_)) = (part, first) {
            let job = job(whole(), body.clone(), colour);
            if let Some(blocks) = unfolded.blocks(ui, id, job) {
                return Self::Long(blocks, unfolded.work());
            }
        }
        let job = match (part, first) {
            (Part::Nothing, _) => job(cx.lang.cannot_be_shown().to_owned(), small, colour),
            _ if message.text.is_empty() => {
                job(cx.lang.empty_line().to_owned(), small, palette.weak)
            }
            (_, Some(first)) => job(format!("{}…", visible(first)), body, colour),
            (_, None) => job(whole(), body, colour),
        };
        Self::Short(typeset::layout(ui.painter(), job))
    }

    /// In points.
    pub fn size(&self) -> Vec2 {
        match self {
            Self::Short(text) => text.size(),
            Self::Long(blocks, _) => blocks.size(),
        }
    }

    /// Shows it, so that it can be selected.
    pub fn show(&self, ui: &mut Ui, at: Pos2) -> Response {
        match self {
            Self::Short(text) => text.put_label(ui, at),
            Self::Long(blocks, work) => blocks.put_label(ui, at, work),
        }
    }
}

/// Shows that a message was cancelled.
fn strike(job: &mut LayoutJob) {
    for section in &mut job.sections {
        let format = &mut section.format;
        format.color = format.color.gamma_multiply(0.7);
        format.strikethrough = Stroke::new(1.0, format.color);
    }
}
