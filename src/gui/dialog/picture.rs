//! A picture, as large as the window has room for.

use std::path::PathBuf;

use eframe::egui::{Image, Ui, vec2};

use super::frame::{Head, buttons, frame};
use crate::{
    chat::snippet::one_line,
    gui::{
        action::{Action, FileAction},
        browser::Openable,
        card,
        ctx::Ctx,
        focus::FocusOnce,
        pictures::{LARGE, Picture, fitting},
        theme,
    },
};

/// The open picture.
#[derive(Debug)]
pub(in crate::gui) struct PictureView {
    name: String,
    path: PathBuf,
    /// On Close.
    focus: FocusOnce<()>,
}

impl PictureView {
    pub fn new(name: String, path: PathBuf) -> Self {
        Self {
            name,
            path,
            focus: FocusOnce::on(()),
        }
    }

    /// Shows it over the window. Returns false once it is to be closed.
    pub fn show(&mut self, cx: &mut Ctx<'_>, ui: &Ui) -> bool {
        let lang = cx.lang;
        let title = one_line(&self.name);
        let head = Head {
            id: "picture",
            title: &title,
            width: f32::INFINITY,
        };
        frame(ui, lang, head, |ui, height, close| {
            self.focus.apply(&(), close);
            // Below the title, above the buttons.
            let below = theme::CONTROL + 3.0 * theme::GAP;
            let room = vec2(ui.available_width(), (height - below).max(80.0));
            match cx.disk.pictures.get(ui.ctx(), &self.path, LARGE) {
                Picture::Ready(texture) => {
                    let size = fitting(texture.size_vec2(), room);
                    let image = Image::new((texture.id(), size)).alt_text(title.as_str());
                    ui.vertical_centered(|ui| ui.add(image));
                }
                Picture::Loading => {
                    card::note(ui, lang.file_loading());
                }
                Picture::Unreadable => {
                    card::note(ui, lang.file_unreadable());
                }
            }
            buttons(ui, |ui| {
                let open = card::button(ui, lang.open()).clicked();
                let show = card::button(ui, lang.show_in_folder()).clicked();
                if open {
                    let file = Openable::File(self.path.clone());
                    cx.push(Action::Files(FileAction::Open(file)));
                }
                if show {
                    cx.push(Action::OpenOutside(Openable::folder_of(&self.path)));
                }
                !open && !show
            })
        })
    }
}
