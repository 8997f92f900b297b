//! What is shown over the window, one at a time.

use std::path::Path;

use eframe::egui::{Frame, Id, Modal, Role, ScrollArea, Ui, UiBuilder, Vec2};
use jiff::{Timestamp, tz::TimeZone};

use crate::{
    chat::{Chat, conversations::Conversations},
    gui::{
        Action, bytes::BytesView, closing::AskToClose, keeping::Keeping, locale::Lang,
        people::People, search::Search, theme, verify::Verify,
    },
    identity::Party,
    settings::Settings,
};

/// Room left around a dialog, in points.
const AROUND: f32 = 64.0;

/// The open dialog.
#[derive(Debug)]
pub(super) enum Dialog {
    Bytes(BytesView),
    Verify(Verify),
    People(Box<People>),
    Keeping(Keeping),
    /// What is looked for is kept by the window.
    Search,
    /// Messages wait, and the window is to be closed.
    Closing(AskToClose),
}

/// What dialogs are shown with.
pub(super) struct Context<'a> {
    pub chat: &'a Chat,
    pub settings: &'a Settings,
    pub conversations: &'a Conversations,
    /// Where files are put that the person asks for, if there is such a place.
    pub export_folder: Option<&'a Path>,
    pub lang: Lang,
    pub zone: &'a TimeZone,
    pub now: Timestamp,
}

impl Context<'_> {
    /// Whose conversation is shown.
    pub fn shown(&self) -> Option<&Party> {
        self.chat.shown()
    }

    /// When something was, in words; in milliseconds since 1970.
    pub fn moment(&self, at: i64) -> String {
        let at = Timestamp::from_millisecond(at).unwrap_or(Timestamp::UNIX_EPOCH);
        let today = self.zone.to_datetime(self.now).date();
        self.lang.moment(self.zone.to_datetime(at), today)
    }
}

impl Dialog {
    /// Shows it, and says what is open then.
    pub fn show(
        mut self,
        ui: &Ui,
        context: &Context<'_>,
        search: &mut Search,
        actions: &mut Vec<Action>,
    ) -> Option<Self> {
        let lang = context.lang;
        let stays = match &mut self {
            Self::Bytes(view) => view.show(ui, lang, actions),
            Self::Verify(verify) => verify.show(ui, context.chat, lang, actions),
            Self::People(people) => people.show(ui, context, actions),
            Self::Keeping(keeping) => keeping.show(ui, context, actions),
            Self::Search => search.show(ui, context, actions),
            Self::Closing(question) => question.show(ui, context.chat.waiting(), lang, actions),
        };
        if stays {
            return Some(self);
        }
        // Whoever came by way of the list goes on there.
        match self {
            Self::Verify(verify) if verify.from_people => Some(Self::People(Box::default())),
            Self::Bytes(_)
            | Self::Verify(_)
            | Self::People(_)
            | Self::Keeping(_)
            | Self::Search
            | Self::Closing(_) => None,
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

/// What of a dialog can be scrolled: as high as its content, and at most this high.
pub(super) fn scroll_area(id: &str, height: f32) -> ScrollArea {
    ScrollArea::vertical()
        .id_salt(id)
        // Said both ways, or the area would stay as high as the dialog was before.
        .min_scrolled_height(height)
        .max_height(height)
        .auto_shrink([false, true])
}
