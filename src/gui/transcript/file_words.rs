//! What a row says of a file: what kind it is, how large, and what became of it.

use std::path::Path;

use crate::{
    chat::{
        CantSend, Progress,
        snippet::one_line,
        timeline::{Attached, Delivery, Item, Message, Speaker},
    },
    files,
    gui::{ctx::Ctx, icon::Icon},
    lang::Lang,
    net::{Hindrance, OfferError},
    store::{FileFailure, FileInfo, FileState},
};

/// What kind of file it is, as far as its name says. It decides the icon, and whether it is shown as a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::gui) enum Kind {
    Folder,
    Picture,
    Film,
    Music,
    Text,
    Archive,
    /// It can run.
    Program,
    Other,
}

impl Kind {
    /// Of a file with this name.
    pub fn of_name(name: &str) -> Self {
        if files::is_picture(Path::new(name)) {
            return Self::Picture;
        }
        let ending = Path::new(name).extension().unwrap_or_default();
        match ending.to_string_lossy().to_lowercase().as_str() {
            "mp4" | "mkv" | "mov" | "avi" | "webm" | "m4v" | "wmv" => Self::Film,
            "mp3" | "flac" | "ogg" | "opus" | "wav" | "m4a" | "aac" => Self::Music,
            "txt" | "md" | "pdf" | "doc" | "docx" | "odt" | "hwp" | "hwpx" | "rtf" | "csv"
            | "xls" | "xlsx" | "ods" | "ppt" | "pptx" | "odp" | "html" | "epub" => Self::Text,
            "zip" | "tar" | "gz" | "xz" | "bz2" | "zst" | "7z" | "rar" | "tgz" | "alz" | "egg" => {
                Self::Archive
            }
            _ if files::can_run(Path::new(name)) => Self::Program,
            _ => Self::Other,
        }
    }

    pub fn icon(self) -> Icon {
        match self {
            Self::Folder => Icon::Folder,
            Self::Picture => Icon::Image,
            Self::Film => Icon::Film,
            Self::Music => Icon::Music,
            Self::Text => Icon::FileText,
            Self::Archive => Icon::Archive,
            Self::Program => Icon::AppWindow,
            Self::Other => Icon::File,
        }
    }
}

/// Maximum number of characters of a name that is shown.
const NAME: usize = 60;
/// How many of them are at its end, if it is longer.
const NAME_END: usize = 20;

/// See the [module](self).
pub(super) struct FileWords {
    pub kind: Kind,
    /// On one line.
    pub name: String,
    /// Empty while it is not known.
    pub size: String,
    /// What became of it.
    pub state: String,
    /// Whether that is bad news.
    pub is_bad: bool,
    /// Where it goes, as long as that can be changed.
    pub folder: String,
    /// How far it has come, from 0 to 1.
    pub progress: Option<f32>,
}

impl FileWords {
    pub fn new(cx: &Ctx<'_>, item: &Item, message: &Message, file: &Attached) -> Self {
        let lang = cx.lang;
        let mut words = Self {
            kind: Kind::of_name(&name_of(message)),
            name: name_of(message),
            size: String::new(),
            state: String::new(),
            is_bad: false,
            folder: String::new(),
            progress: None,
        };
        match file {
            Attached::Preparing(_, percent) => {
                words.is_bad = message.delivery == Some(Delivery::NotSent);
                words.state = if words.is_bad {
                    lang.file_not_sent().to_owned()
                } else {
                    lang.preparing_file(*percent)
                };
            }
            Attached::Refused(_, why) => {
                words.is_bad = *why != OfferError::Cancelled;
                lang.offer_error(*why).clone_into(&mut words.state);
            }
            Attached::Offered(file) => words.say_offered(cx, item, message, file),
        }
        if message.delivery == Some(Delivery::Recalled) {
            lang.file_cancelled_by_me().clone_into(&mut words.state);
            words.progress = None;
        }
        words
    }

    fn say_offered(&mut self, cx: &Ctx<'_>, item: &Item, message: &Message, file: &FileInfo) {
        let lang = cx.lang;
        let is_mine = message.speaker == Speaker::Me;
        if let FileState::TooMany(count) = file.state {
            self.name = lang.declined_offers(count);
            return;
        }
        let size = lang.bytes(file.size);
        self.size = match file.files {
            None => size,
            Some(files) => {
                self.kind = Kind::Folder;
                format!("{size} · {}", lang.files_count(u64::from(files)))
            }
        };
        let progress = item.row().and_then(|row| cx.chat.progress(row));
        let is_moving = matches!(file.state, FileState::Accepted | FileState::Paused { .. });
        if is_moving {
            let moved = progress.map_or(file.moved, |progress| progress.moved);
            let so_far = Progress {
                moved,
                size: progress.map_or(file.size, |progress| progress.size),
                bytes_per_second: 0,
            };
            self.progress = Some(so_far.fraction());
            // That of a folder is larger by the list of its names.
            let all = progress.map_or(file.size, |progress| progress.size);
            self.size = lang.bytes_of(moved.min(all), all);
        }
        let is_waiting = message.delivery == Some(Delivery::Waiting);
        self.state = match file.state {
            FileState::Offered
                if is_mine && cx.chat.file_recipient() == Err(CantSend::NeedsNewer) =>
            {
                lang.lacks_files().to_owned()
            }
            // Beside the bubble it says that it waits.
            FileState::Offered if is_mine && is_waiting => String::new(),
            FileState::Accepted => match progress {
                Some(progress) if progress.bytes_per_second > 0 => moving(lang, progress),
                _ => match item.row().and_then(|row| cx.chat.hindrance(row)) {
                    Some(Hindrance::DiskSlow) => lang.file_disk_slow().to_owned(),
                    Some(Hindrance::NoFolder) => lang.file_no_folder().to_owned(),
                    None if cx.chat.is_present() => lang.file_starts().to_owned(),
                    None => lang.file_continues().to_owned(),
                },
            },
            state => state_words(lang, state, is_mine).to_owned(),
        };
        self.is_bad = matches!(file.state, FileState::Changed | FileState::Failed(_))
            || matches!(
                file.state,
                FileState::Paused {
                    disk_full: true,
                    ..
                }
            );
        if file.state == FileState::Offered && !is_mine {
            self.say_where(cx, file);
        }
    }

    /// Where it will be received, or why it can't be.
    fn say_where(&mut self, cx: &Ctx<'_>, file: &FileInfo) {
        let lang = cx.lang;
        if let Some(folder) = cx.download_folder() {
            self.folder = lang.saved_in(folder);
        }
        self.state = match Place::of(cx, file) {
            Place::Fits => return,
            Place::TooSmall { free } => lang.too_little_space(free),
            Place::None => lang.no_download_folder().to_owned(),
        };
        self.is_bad = true;
    }

    /// For a screen reader.
    pub fn spoken(&self) -> String {
        let parts = [&self.name, &self.size, &self.state];
        let parts = parts.into_iter().filter(|part| !part.is_empty());
        parts.cloned().collect::<Vec<_>>().join(", ")
    }
}

/// Whether the folder for received files has room for one.
pub(super) enum Place {
    /// It has, as far as it is known.
    Fits,
    /// Only this many bytes are free.
    TooSmall { free: u64 },
    /// There is no such folder.
    None,
}

impl Place {
    /// Of a file that is offered to us.
    pub fn of(cx: &Ctx<'_>, file: &FileInfo) -> Self {
        let Some(folder) = cx.download_folder() else {
            return Self::None;
        };
        match cx.disk.free_space.in_folder(folder) {
            Some(free) if free < file.size => Self::TooSmall { free },
            _ => Self::Fits,
        }
    }
}

/// The name of a file on one line. A peer's is made safe as it is on the disk.
pub(super) fn name_of(message: &Message) -> String {
    if message.speaker == Speaker::Me {
        one_line(&message.text)
    } else {
        one_line(&files::safe_name(&message.text))
    }
}

/// A name that is not too long to be seen whole. It is cut in the middle: its ending says what it is.
pub(super) fn shortened(name: &str) -> String {
    let count = name.chars().count();
    if count <= NAME {
        return name.to_owned();
    }
    let begin: String = name.chars().take(NAME - NAME_END - 1).collect();
    let end: String = name.chars().skip(count - NAME_END).collect();
    format!("{begin}…{end}")
}

/// How fast it moves, and how long it will take.
fn moving(lang: Lang, progress: Progress) -> String {
    let speed = lang.bytes_per_second(progress.bytes_per_second);
    match progress.left() {
        Some(left) => format!("{speed} · {}", lang.time_left(left)),
        None => speed,
    }
}

fn state_words(lang: Lang, state: FileState, is_mine: bool) -> &'static str {
    match (state, is_mine) {
        (FileState::Offered, true) => lang.file_offered(),
        (FileState::Offered | FileState::TooMany(_), _) => "",
        (FileState::Accepted, _) => lang.file_starts(),
        (
            FileState::Paused {
                disk_full: true, ..
            },
            _,
        ) => lang.file_disk_full(),
        (FileState::Paused { by_me: true, .. }, _) => lang.file_paused(),
        (FileState::Paused { .. }, _) => lang.file_paused_by_them(),
        (FileState::Arrived, true) => lang.file_arrived_there(),
        (FileState::Arrived, false) => lang.file_arrived(),
        (FileState::Declined, true) => lang.file_declined(),
        (FileState::Declined, false) => lang.file_declined_by_me(),
        (FileState::Cancelled { by_me: true }, _) => lang.file_cancelled_by_me(),
        (FileState::Cancelled { by_me: false }, _) => lang.file_cancelled(),
        (FileState::Changed, true) => lang.file_changed(),
        (FileState::Changed, false) => lang.file_changed_there(),
        (FileState::Failed(failure), _) => failure_words(lang, failure, is_mine),
    }
}

fn failure_words(lang: Lang, failure: FileFailure, is_mine: bool) -> &'static str {
    match (failure, is_mine) {
        (FileFailure::Unreadable, true) => lang.file_unreadable(),
        (FileFailure::Unreadable, false) => lang.file_unreadable_there(),
        (FileFailure::DiskFull, true) => lang.file_no_space_there(),
        (FileFailure::DiskFull, false) => lang.file_no_space(),
        (FileFailure::Unwritable, true) => lang.file_unwritable_there(),
        (FileFailure::Unwritable, false) => lang.file_unwritable(),
        (FileFailure::Invalid, true) => lang.file_invalid_there(),
        (FileFailure::Invalid, false) => lang.file_invalid(),
    }
}
