//! What is shown over the window, one at a time.

use eframe::egui::{Frame, Id, Modal, Role, Ui, UiBuilder, Vec2};

use super::{Action, bytes::BytesView, people::People, text::Lang, theme, verify::Verify};
use crate::{chat::Chat, settings::Settings};

/// Room left around a dialog, in points.
const AROUND: f32 = 64.0;

/// The open dialog.
#[derive(Debug)]
pub(super) enum Dialog {
    Bytes(BytesView),
    Verify(Verify),
    People(People),
}

impl Dialog {
    /// Shows it, and says what is open then.
    pub fn show(
        mut self,
        ui: &Ui,
        chat: &Chat,
        settings: &Settings,
        lang: Lang,
        actions: &mut Vec<Action>,
    ) -> Option<Self> {
        let stays = match &mut self {
            Self::Bytes(view) => view.show(ui, lang, actions),
            Self::Verify(verify) => verify.show(ui, chat, lang, actions),
            Self::People(people) => people.show(ui, chat, settings, lang, actions),
        };
        if stays {
            return Some(self);
        }
        // Whoever came by way of the list goes on there.
        match self {
            Self::Verify(verify) if verify.from_people => Some(Self::People(People::default())),
            Self::Bytes(_) | Self::Verify(_) | Self::People(_) => None,
        }
    }
}

/// A dialog with this title, for the eye and for a screen reader; `content` gets the height that there
/// is for it. False once the dialog is to be closed: `content` says so, Escape or a click beside it.
pub(super) fn frame(
    ui: &Ui,
    id: &str,
    title: &str,
    width: f32,
    content: impl FnOnce(&mut Ui, f32) -> bool,
) -> bool {
    let border = Frame::popup(ui.style()).inner_margin(theme::DIALOG_PADDING);
    let modal = Modal::new(Id::unique(id)).frame(border);
    let modal = modal.show(ui.ctx(), |ui| {
        let builder = UiBuilder::new()
            .accessibility_role(Role::Dialog)
            .accessibility_label(title);
        let inner = ui.scope_builder(builder, |ui| {
            let room = ui.ctx().content_rect().size() - Vec2::splat(AROUND);
            ui.set_max_width(room.x.min(width));
            ui.heading(title);
            content(ui, room.y)
        });
        inner.inner
    });
    // Both, since asking takes the Escape away.
    let closed = modal.should_close();
    modal.inner && !closed
}
