//! The question before something is sent that was pasted.

use std::{fmt, path::PathBuf, sync::Arc};

use eframe::egui::{ColorImage, Image, TextureHandle, TextureOptions, Ui, Vec2, vec2};

use super::frame::{Head, buttons, question};
use crate::{
    chat::snippet::one_line,
    gui::{
        action::{Action, FileAction},
        card,
        ctx::Ctx,
        focus::FocusOnce,
        pictures::fitting,
        theme,
    },
    identity::{PeerId, PublicKey},
};

/// Maximum number of names that are shown.
const MAX_NAMES: usize = 8;
/// Maximum size of a picture in it, in points.
const PICTURE: Vec2 = vec2(theme::DIALOG_WIDTH, 240.0);

/// What was pasted.
#[derive(Debug)]
pub(in crate::gui) enum ToSend {
    Picture(Arc<ColorImage>),
    Files(Vec<PathBuf>),
}

/// The picture, as it is shown.
struct Shown(TextureHandle);

/// The open question.
#[derive(Debug)]
pub(in crate::gui) struct AskToSend {
    to: PublicKey,
    pasted: ToSend,
    shown: Option<Shown>,
    /// On the button that sends.
    focus: FocusOnce<()>,
}

impl fmt::Debug for Shown {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Shown")
    }
}

impl AskToSend {
    pub fn new(to: PublicKey, pasted: ToSend) -> Self {
        Self {
            to,
            pasted,
            shown: None,
            focus: FocusOnce::on(()),
        }
    }

    /// Shows it over the window. Returns false once it is answered.
    pub fn show(&mut self, cx: &mut Ctx<'_>, ui: &Ui) -> bool {
        let lang = cx.lang;
        if cx.shown() != Some(&PeerId::Key(self.to)) {
            return false;
        }
        let title = lang.send_to_question(cx.chat.contacts(), &self.to);
        let head = Head {
            id: "send files",
            title: &title,
            width: theme::DIALOG_WIDTH,
        };
        question(ui, head, |ui| {
            self.show_pasted(cx, ui);
            buttons(ui, |ui| {
                let send = card::primary(ui, lang.send());
                self.focus.apply(&(), &send);
                let cancel = card::button(ui, lang.cancel()).clicked();
                if send.clicked() {
                    cx.push(match &self.pasted {
                        ToSend::Picture(image) => {
                            Action::Files(FileAction::SendPicture(self.to, Arc::clone(image)))
                        }
                        ToSend::Files(paths) => Action::Files(FileAction::Send(paths.clone())),
                    });
                }
                !send.clicked() && !cancel
            })
        })
    }

    fn show_pasted(&mut self, cx: &Ctx<'_>, ui: &mut Ui) {
        let lang = cx.lang;
        match &self.pasted {
            // The graphics driver takes no larger one.
            ToSend::Picture(image)
                if image
                    .size
                    .into_iter()
                    .any(|side| side > ui.input(|input| input.max_texture_side)) =>
            {
                card::body(ui, lang.picture_too_large_to_show());
            }
            ToSend::Picture(image) => {
                let Shown(shown) = self.shown.get_or_insert_with(|| {
                    let (image, options) = (Arc::clone(image), TextureOptions::LINEAR);
                    Shown(ui.ctx().load_texture("pasted", image, options))
                });
                let room = vec2(ui.available_width(), PICTURE.y);
                let size = fitting(shown.size_vec2(), room);
                let image = Image::new((shown.id(), size)).alt_text(lang.pasted_picture());
                ui.vertical_centered(|ui| ui.add(image));
            }
            ToSend::Files(paths) => {
                for path in paths.iter().take(MAX_NAMES) {
                    let name = path.file_name().unwrap_or(path.as_os_str());
                    card::body(ui, &one_line(&name.to_string_lossy()));
                }
                if let Some(more) = paths.len().checked_sub(MAX_NAMES).filter(|more| *more > 0) {
                    card::note(ui, &lang.and_more_files(more));
                }
            }
        }
    }
}
