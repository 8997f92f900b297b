//! How the program carries out what the person does with files: sending, receiving, opening.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use eframe::egui::{Color32, ColorImage, Context};
use jiff::Timestamp;

use super::App;
use crate::{
    chat::{
        notices::{NotOffered, Notice},
        snippet::one_line,
    },
    files::{self, Files},
    gui::{
        action::{Action, FileAction, Setting},
        browser::Openable,
        dialog::{AskToOpen, AskToSend, Dialog, FolderProblem, PictureView, ToSend},
        offers::Outcome,
        picker::{Picked, Wanted},
    },
    identity::{PeerId, PublicKey},
    net::{AcceptFiles, Command, FileControl, MessageId},
};

/// The folder in the data folder with copies of pictures that are sent, and pictures that were pasted.
const OUTGOING: &str = "outgoing";

impl App {
    pub(super) fn do_with_files(&mut self, action: FileAction, ctx: &Context) {
        match action {
            FileAction::Open(openable) => self.open_file(openable),
            FileAction::ShowPicture(name, path) => {
                let picture = PictureView::new(name, path);
                self.views.open(Dialog::Picture(picture));
            }
            FileAction::Pick(wanted) => self.pick_files(ctx, wanted),
            FileAction::PickDownloads => self.pick_downloads(ctx),
            FileAction::Send(paths) => self.send_files(paths),
            FileAction::CancelOffer(id) => self.cancel_offer(id),
            FileAction::PastedPaths(text) => self.pasted_paths(ctx, text),
            FileAction::PastedPicture(image) => self.pasted_picture(image),
            FileAction::SendPicture(to, image) => self.send_picture(ctx, to, image),
        }
    }

    /// Asks for files or a folder to send.
    fn pick_files(&self, ctx: &Context, wanted: Wanted) {
        let title = match wanted {
            Wanted::Folder => self.lang.folder_to_send(),
            _ => self.lang.files_to_send(),
        };
        if let Ok(to) = self.chat.file_recipient() {
            self.system.picker.to_send(ctx, to, wanted, title);
        }
    }

    /// Asks for the folder in which files are received.
    fn pick_downloads(&self, ctx: &Context) {
        let now = self.download_folder().unwrap_or_default();
        let title = self.lang.folder_for_downloads();
        self.system.picker.downloads(ctx, &now, title);
    }

    /// Takes in what was picked since the last frame.
    pub(super) fn take_picked(&mut self, ctx: &Context) {
        for picked in self.system.picker.answers() {
            match picked {
                Picked::ToSend(to, paths) => self.offer_all(to, paths),
                Picked::Downloads(folder) => {
                    // The settings are text.
                    if folder.to_str().is_some() {
                        self.run(Action::Set(Setting::DownloadFolder(folder)), ctx);
                    } else {
                        self.tell_in_settings(FolderProblem::NotText);
                    }
                }
                Picked::Pasted { to, text, files } => {
                    let is_shown = self.chat.shown() == Some(&PeerId::Key(to));
                    if !is_shown {
                        continue;
                    }
                    if files.is_empty() {
                        self.views.composer.paste(text);
                    } else {
                        let question = AskToSend::new(to, ToSend::Files(files));
                        self.views.open(Dialog::Send(question));
                    }
                }
                Picked::Nothing => {}
                Picked::NoDialog => self.notices.push(Notice::NoFileDialog),
                Picked::NoFolderDialog => self.tell_in_settings(FolderProblem::NoDialog),
                Picked::Written(to, Ok(path)) => self.offer_all(to, vec![path]),
                Picked::Written(_, Err(error)) => {
                    self.notices.push(Notice::PictureUnsaved(error));
                }
            }
        }
    }

    /// No folder for received files was chosen. A notice would be behind the settings.
    fn tell_in_settings(&mut self, problem: FolderProblem) {
        if let Some(Dialog::Settings(page)) = &mut self.views.dialog {
            page.files.set_problem(problem);
        }
    }

    /// Sends these files and folders in the conversation that is shown.
    fn send_files(&mut self, paths: Vec<PathBuf>) {
        match self.chat.file_recipient() {
            Ok(to) => self.offer_all(to, paths),
            Err(why) => self.notices.push(Notice::CantSendFiles(why)),
        }
    }

    /// This text was pasted: asks whether files were copied.
    fn pasted_paths(&self, ctx: &Context, text: String) {
        if let Ok(to) = self.chat.file_recipient() {
            self.system.picker.pasted(ctx, to, text);
        }
    }

    /// Asks whether to send a picture that was pasted.
    fn pasted_picture(&mut self, image: Arc<ColorImage>) {
        match self.chat.file_recipient() {
            Ok(to) => {
                let question = AskToSend::new(to, ToSend::Picture(image));
                self.views.open(Dialog::Send(question));
            }
            Err(why) => self.notices.push(Notice::CantSendFiles(why)),
        }
    }

    /// Writes a picture that was pasted into a file, and sends that.
    fn send_picture(&mut self, ctx: &Context, to: PublicKey, image: Arc<ColorImage>) {
        let Some(folder) = &self.system.data_folder else {
            let error = io::ErrorKind::NotFound;
            return self.notices.push(Notice::PictureUnsaved(error));
        };
        let now = Timestamp::now().to_zoned(self.system.zone.get().clone());
        let name = format!(
            "{} {}.png",
            self.lang.pasted_picture(),
            now.strftime("%Y-%m-%d %H.%M.%S")
        );
        let folder = folder.join(OUTGOING);
        let write = move || {
            let path = Files::outgoing(&folder, &name).map_err(|error| error.kind())?;
            write_png(&path, &image).map(|()| path)
        };
        self.system.picker.write(ctx, to, write);
    }

    /// Opens a file that was sent or received. One that can run is asked about.
    fn open_file(&mut self, openable: Openable) {
        // A folder can be a program, too: "Photos.app".
        if files::can_run(Path::new(openable.as_os_str())) {
            let question = AskToOpen::new(openable);
            self.views.open(Dialog::Open(question));
        } else {
            (self.system.open_outside)(openable);
        }
    }

    /// Which files the worker accepts by itself.
    pub(super) fn accept_files(&self) -> Option<AcceptFiles> {
        let up_to = self.settings.files.accept_up_to?;
        let folder = self.download_folder()?;
        Some(AcceptFiles { folder, up_to })
    }

    fn download_folder(&self) -> Option<PathBuf> {
        let chosen = self.settings.files.folder.clone();
        chosen.or_else(|| self.system.export_folder.clone())
    }

    /// Hands files to the worker for which it has room now. Its answers let the next ones follow.
    pub(super) fn send_offers(&mut self) {
        while let Some((to, path)) = self.system.offers.next() {
            let keep_location = self.settings.files.keep_location;
            let id = self.chat.next_id();
            let offer = Command::Offer {
                id,
                to,
                path,
                keep_location,
            };
            if !self.command(&offer) {
                return;
            }
            self.system.offers.taken(id);
            self.chat.add_offer(&offer, Timestamp::now());
        }
    }

    /// Tells what became of offers as far as no row does, and cancels what was offered too late.
    pub(super) fn take_outcomes(&mut self, outcomes: Vec<Outcome>) {
        for outcome in outcomes {
            match outcome {
                Outcome::Unwanted(to, row) => {
                    let control = FileControl::Cancel;
                    self.command(&Command::ControlFile { to, row, control });
                }
                Outcome::Failed(to, path, why) => {
                    let name = name_of(&path);
                    self.notices.not_offered(NotOffered {
                        to,
                        name,
                        why,
                        more: 0,
                    });
                }
                Outcome::LeftOut(path, count) => self.notices.left_out(name_of(&path), count),
            }
        }
    }

    fn cancel_offer(&mut self, id: MessageId) {
        if self.command(&Command::CancelOffer { id }) {
            self.system.offers.cancelled(id);
        }
    }

    fn offer_all(&mut self, to: PublicKey, paths: Vec<PathBuf>) {
        self.system.offers.add(to, paths);
        self.send_offers();
        self.views.composer.focus();
    }
}

/// For a sentence.
fn name_of(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str());
    one_line(&name.to_string_lossy())
}

/// Takes a moment: a picture of a whole screen has 8 million pixels.
fn write_png(path: &Path, image: &ColorImage) -> Result<(), io::ErrorKind> {
    let [width, height] = image.size;
    let pixels = image.pixels.iter();
    let bytes: Vec<u8> = pixels.flat_map(Color32::to_srgba_unmultiplied).collect();
    let picture = u32::try_from(width).ok().zip(u32::try_from(height).ok());
    let (width, height) = picture.ok_or(io::ErrorKind::InvalidData)?;
    let picture = image::RgbaImage::from_raw(width, height, bytes);
    let picture = picture.ok_or(io::ErrorKind::InvalidData)?;
    let written = picture.save_with_format(path, image::ImageFormat::Png);
    written.map_err(|error| match error {
        image::ImageError::IoError(error) => error.kind(),
        _ => io::ErrorKind::Other,
    })
}
