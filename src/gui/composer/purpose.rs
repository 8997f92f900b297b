//! What the text in the composer is for: a new message, an answer, or another text for a message that is there.

use eframe::egui::{
    self, Align2, FontId, Id, Key, Rect, Role, Sense, Ui, UiBuilder, text::LayoutJob, vec2,
};

use super::Composer;
use crate::{
    chat::Chat,
    gui::{
        ctx::Ctx,
        icon::{self, Icon},
        theme,
        transcript::{Quoted, truncated},
    },
    store::{Quote, Row},
};

/// Height of the bar that says so, in points.
const BAR: f32 = 40.0;
/// Width of the line at its left end, in points.
const EDGE: f32 = 3.0;

/// See the [module](self).
#[derive(Debug, Default)]
pub(super) enum Purpose {
    #[default]
    New,
    /// It answers this message, which begins like this.
    Reply(Row, Quote),
    /// It replaces the text of this message of ours.
    Edit {
        row: Row,
        /// What was in the composer before.
        draft: String,
    },
}

/// What is to be done with the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::gui) enum Use {
    /// Send it; in answer to this message, if there is one.
    Send(Option<Quote>),
    /// Replace the text of the message in this row.
    Edit(Row),
}

impl Composer {
    /// What is to be done with the text.
    pub(in crate::gui) fn purpose(&self) -> Use {
        match &self.purpose {
            Purpose::New => Use::Send(None),
            Purpose::Reply(_, quote) => Use::Send(Some(quote.clone())),
            Purpose::Edit { row, .. } => Use::Edit(*row),
        }
    }

    /// What is to be kept as the draft of the conversation: not a text that is being edited.
    pub fn draft(&self) -> &str {
        match &self.purpose {
            Purpose::Edit { draft, .. } => draft,
            Purpose::New | Purpose::Reply(..) => &self.text,
        }
    }

    /// The person answers the message in this row.
    pub(in crate::gui) fn begin_reply(&mut self, row: Row, quote: Quote) {
        self.leave_purpose();
        self.purpose = Purpose::Reply(row, quote);
        self.wants_focus = true;
    }

    /// The person edits the message in this row, which has this text.
    pub(in crate::gui) fn begin_edit(&mut self, ctx: &egui::Context, row: Row, text: &str) {
        self.leave_purpose();
        let draft = std::mem::replace(&mut self.text, text.to_owned());
        self.purpose = Purpose::Edit { row, draft };
        self.refusal = None;
        self.wants_focus = true;
        self.put_caret_at_end(ctx);
    }

    /// Back to a new message. What was written before an edit is in the composer again.
    pub(in crate::gui) fn leave_purpose(&mut self) {
        if let Purpose::Edit { draft, .. } = std::mem::take(&mut self.purpose) {
            self.put(draft);
        }
    }

    /// Shows it above the field. Escape and a button leave it.
    pub(super) fn show_purpose(&mut self, cx: &Ctx<'_>, ui: &mut Ui, field: Id) {
        self.follow(cx.chat);
        let (icon, title, line, leave) = match &self.purpose {
            Purpose::New => return,
            Purpose::Reply(_, quote) => {
                let quoted = Quoted::new(cx, quote);
                let leave = cx.lang.cancel_reply();
                (Icon::Reply, quoted.title, quoted.line, leave)
            }
            Purpose::Edit { row, .. } => {
                let quote = cx.chat.quote(*row);
                let line = quote.map(|quote| Quoted::new(cx, &quote).line);
                let title = cx.lang.editing_message().to_owned();
                let line = line.unwrap_or_default();
                (Icon::Edit, title, line, cx.lang.cancel_edit())
            }
        };
        let escapes = ui.input(|input| input.key_pressed(Key::Escape))
            && ui.memory(|memory| memory.had_focus_last_frame(field))
            && !self.keys.is_composing()
            && !egui::Popup::is_any_open(ui.ctx());
        if show_bar(ui, icon, (&title, &line), leave) || escapes {
            self.leave_purpose();
            self.wants_focus = true;
        }
    }

    /// The message may have changed, or be gone.
    fn follow(&mut self, chat: &Chat) {
        match &mut self.purpose {
            Purpose::Reply(row, _) | Purpose::Edit { row, .. } if chat.is_gone(*row) => {
                self.leave_purpose();
            }
            Purpose::Reply(row, quote) => {
                *quote = chat.quote(*row).unwrap_or_else(|| quote.clone());
            }
            Purpose::New | Purpose::Edit { .. } => {}
        }
    }
}

/// Returns true if it is to be left.
fn show_bar(ui: &mut Ui, icon: Icon, (title, line): (&str, &str), leave: &str) -> bool {
    let palette = theme::palette(ui);
    let (place, response) = ui.allocate_exact_size(vec2(ui.available_width(), BAR), Sense::hover());
    ui.ctx().accesskit_node_builder(response.id, |node| {
        node.set_role(Role::Label);
        node.set_value(format!("{title}: {line}"));
    });
    let edge = Rect::from_min_size(place.min, vec2(EDGE, BAR));
    ui.painter().rect_filled(edge, EDGE / 2.0, palette.link);
    let at = edge.right_center() + vec2(theme::GAP + theme::ICON / 2.0, 0.0);
    let font = FontId::new(theme::ICON, theme::icons());
    ui.painter()
        .text(at, Align2::CENTER_CENTER, icon.glyph(), font, palette.link);
    let left = at.x + theme::ICON / 2.0 + theme::GAP;
    let right = place.right() - theme::CONTROL - theme::GAP;
    for (words, font, colour, up) in [
        (
            title,
            FontId::new(theme::SECONDARY, theme::strong_family()),
            palette.link,
            true,
        ),
        (
            line,
            FontId::proportional(theme::SECONDARY),
            palette.weak,
            false,
        ),
    ] {
        let job = LayoutJob::simple_singleline(words.to_owned(), font, colour);
        let text = truncated(ui, job, right - left);
        let middle = place.center().y;
        let y = if up { middle - text.size().y } else { middle };
        ui.painter()
            .galley(egui::pos2(left, y), text.galley, colour);
    }
    let corner = egui::pos2(place.right() - theme::CONTROL, place.top());
    let button = Rect::from_min_size(corner, vec2(theme::CONTROL, BAR));
    // Not a scope, after which the field would begin below the button.
    let mut inside = ui.new_child(UiBuilder::new().max_rect(button));
    icon::button(&mut inside, Icon::Close, leave).clicked()
}
