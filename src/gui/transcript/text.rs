//! The text in a bubble.

use std::rc::Rc;

use eframe::egui::{
    Color32, FontId, Pos2, Response, Stroke, TextFormat, TextStyle, Ui, Vec2, text::LayoutJob,
};

use super::{look::Part, words::deleted};
use crate::{
    chat::timeline::{Delivery, ItemId, Message, Speaker},
    gui::{
        ctx::Ctx,
        theme,
        typeset::{self, Blocks, Typeset, Work, format_links},
    },
    text::{
        links::{Link, links},
        visible::{folded, visible},
    },
};

/// The text in a bubble. Its size is known.
pub(super) enum Text {
    Short(Typeset, Vec<Link>),
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
        let is_recalled = message.delivery == Some(Delivery::Recalled) && !message.marks.is_deleted;
        let job = |text: String, font: FontId, colour: Color32| {
            let mut job = LayoutJob::simple(text, font, colour, wrap);
            if let Some(section) = job.sections.first_mut() {
                section.format.line_height = Some(theme::MESSAGE_LINE);
                if is_recalled {
                    strike(&mut section.format);
                }
            }
            job
        };
        let link_format = link_format(ui, message.speaker, body.clone(), is_recalled);
        let whole = || visible(&message.text).into_owned();
        let first = folded(&message.text);
        if let (Part::Whole(unfolded), Some(_)) = (part, first) {
            let job = job(whole(), body.clone(), colour);
            if let Some(blocks) = unfolded.blocks(ui, id, job, link_format.clone()) {
                return Self::Long(blocks, unfolded.work());
            }
        }
        let (mut job, links) = match (part, first) {
            (Part::Nothing, _) => {
                let words = cx.lang.cannot_be_shown().to_owned();
                (job(words, small, colour), Vec::new())
            }
            _ if message.marks.is_deleted => {
                let words = deleted(cx, message).unwrap_or_default();
                (job(words, small, palette.weak), Vec::new())
            }
            _ if message.text.is_empty() => {
                let words = cx.lang.empty_line().to_owned();
                (job(words, small, palette.weak), Vec::new())
            }
            (_, Some(first)) => {
                let first = visible(first);
                let mut links = links(&first);
                // What is cut off here would lead elsewhere.
                links.retain(|link| link.bytes.end < first.len());
                (job(format!("{first}…"), body, colour), links)
            }
            (_, None) => {
                let whole = whole();
                let links = links(&whole);
                (job(whole, body, colour), links)
            }
        };
        format_links(&mut job, 0, &links, &link_format);
        Self::Short(typeset::layout(ui.painter(), job), links)
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
        match self {
            Self::Short(_, links) => links,
            Self::Long(blocks, _) => blocks.links(),
        }
    }

    /// Shows it, so that it can be selected. Returns what was laid out for that, too.
    pub fn show(&self, ui: &mut Ui, at: Pos2) -> (Response, Typeset) {
        match self {
            Self::Short(text, _) => (text.put_label(ui, at), text.clone()),
            Self::Long(blocks, work) => blocks.put_label(ui, at, work),
        }
    }
}

/// How links look. Those in my bubbles have the colour of the text, because no other one can be read there.
fn link_format(ui: &Ui, speaker: Speaker, font: FontId, is_recalled: bool) -> TextFormat {
    let palette = theme::palette(ui);
    let mut format = TextFormat::simple(font, palette.link);
    format.line_height = Some(theme::MESSAGE_LINE);
    if speaker == Speaker::Me {
        format.color = palette.on_mine;
        format.underline = Stroke::new(1.0, palette.on_mine);
    }
    if is_recalled {
        strike(&mut format);
    }
    format
}

/// Shows that a message was cancelled.
fn strike(format: &mut TextFormat) {
    format.color = format.color.gamma_multiply(0.7);
    format.strikethrough = Stroke::new(1.0, format.color);
}
