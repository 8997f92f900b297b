//! The button beside the field with which files are sent, and what is pasted that is no text.

use std::{mem, path::PathBuf};

use eframe::egui::{Button, Event, Key, Popup, Rect, Ui, UiBuilder, Vec2, pos2};
use percent_encoding::percent_decode_str;

use super::{Composer, id};
use crate::gui::{
    action::{Action, FileAction},
    card,
    ctx::Ctx,
    icon::Icon,
    picker::Wanted,
    theme,
};

/// Maximum number of paths in a text that was pasted. A longer list is text.
const MAX_PATHS: usize = 100;

/// Shows it beside the last line of `field`, as wide as `place`.
pub(super) fn show(cx: &mut Ctx<'_>, ui: &mut Ui, place: Rect, field: Rect) {
    let (lang, recipient) = (cx.lang, cx.chat.file_recipient());
    let edge = (theme::COMPOSER - theme::CONTROL) / 2.0;
    let top = field.bottom() - edge - theme::CONTROL;
    let place = Rect::from_min_size(pos2(place.left(), top), Vec2::splat(theme::CONTROL));
    let button = ui.scope_builder(UiBuilder::new().max_rect(place), |ui| {
        ui.spacing_mut().button_padding = Vec2::ZERO;
        let button = Button::new(Icon::Paperclip.text(theme::ICON)).frame_when_inactive(false);
        let button = button.min_size(Vec2::splat(theme::CONTROL));
        ui.add_enabled(recipient.is_ok(), button)
    });
    let mut button = button.inner.on_hover_text(lang.attach());
    if let Err(why) = recipient {
        button = button.on_disabled_hover_text(lang.cant_send_files(why));
    }
    let button = button.accessible_name(lang.attach());
    Popup::menu(&button).show(|ui| {
        if ui.button(lang.pick_files()).clicked() {
            cx.push(Action::Files(FileAction::Pick(Wanted::Files)));
        }
        if ui.button(lang.pick_folder()).clicked() {
            cx.push(Action::Files(FileAction::Pick(Wanted::Folder)));
        }
    });
}

/// Takes out of this frame's events what is pasted into the field and is no text: a picture, and the paths of files that
/// were copied.
pub(super) fn take_paste(cx: &mut Ctx<'_>, ui: &Ui) {
    let can_send = cx.chat.file_recipient().is_ok();
    // Copied files come with a text on some systems only. On the others nothing at all is pasted, and the key is seen only
    // when it is released, before the modifier or after it.
    let pressed_id = id().with("V was pressed");
    let mut was_pressed = ui.data(|data| data.get_temp(pressed_id).unwrap_or(false));
    let mut taken = Vec::new();
    ui.input_mut(|input| {
        input.events.retain(|event| {
            taken.push(match event {
                Event::PasteImage(image) => {
                    was_pressed = true;
                    Action::Files(FileAction::PastedPicture(image.clone()))
                }
                Event::Paste(text) => {
                    was_pressed = true;
                    if !can_send || paths_in(text).is_none() {
                        return true;
                    }
                    Action::Files(FileAction::PastedPaths(text.clone()))
                }
                Event::Key {
                    key: Key::V,
                    pressed,
                    ..
                } => {
                    let before = mem::replace(&mut was_pressed, *pressed);
                    if *pressed || before || !can_send || cfg!(target_os = "linux") {
                        return true;
                    }
                    Action::Files(FileAction::PastedPaths(String::new()))
                }
                _ => return true,
            });
            false
        });
    });
    ui.data_mut(|data| data.insert_temp(pressed_id, was_pressed));
    for action in taken {
        cx.push(action);
    }
}

/// Paths that were pasted as text.
#[derive(Debug, Default)]
pub(super) struct Pasted {
    /// Until the text is edited.
    paths: Vec<PathBuf>,
    /// To put at the caret in the next frame.
    text: Option<String>,
}

impl Pasted {
    /// The text is another one now.
    pub fn forget(&mut self) {
        self.paths.clear();
    }
}

impl Composer {
    /// Puts text that was pasted at the caret. If it is paths, the files can be sent instead.
    pub fn paste(&mut self, text: String) {
        self.pasted.paths = paths_in(&text).unwrap_or_default();
        self.pasted.text = Some(text);
        self.wants_focus = true;
    }

    /// Puts what was pasted at the caret, and offers to send the files that it names instead.
    pub(super) fn show_paths(&mut self, cx: &mut Ctx<'_>, ui: &mut Ui) {
        if let Some(text) = self.pasted.text.take() {
            self.insert(ui, id(), &text);
            cx.push(Action::Edited);
        }
        let paths = &mut self.pasted.paths;
        if paths.is_empty() || cx.chat.file_recipient().is_err() {
            return;
        }
        let lang = cx.lang;
        let words = if paths.len() == 1 {
            lang.send_as_file()
        } else {
            lang.send_as_files()
        };
        if card::quiet(ui, words).clicked() {
            cx.push(Action::Files(FileAction::Send(mem::take(paths))));
            self.text.clear();
            self.wants_focus = true;
            cx.push(Action::Edited);
        }
    }
}

/// The paths in a text that has nothing else in it: one a line, absolute, or as `file:` addresses.
fn paths_in(text: &str) -> Option<Vec<PathBuf>> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let paths: Option<Vec<_>> = lines.take(MAX_PATHS + 1).map(path_in).collect();
    paths.filter(|paths| (1..=MAX_PATHS).contains(&paths.len()))
}

fn path_in(line: &str) -> Option<PathBuf> {
    let path = match line.strip_prefix("file://") {
        Some(rest) => {
            // The name of this computer may stand before the path.
            let path = rest.get(rest.find('/')?..)?;
            PathBuf::from(percent_decode_str(path).decode_utf8().ok()?.into_owned())
        }
        None => PathBuf::from(line),
    };
    // A command of a chat program, or a division, is no path.
    let has_folder = path.components().count() > 2;
    (path.is_absolute() && has_folder).then_some(path)
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    #[test]
    fn only_a_text_of_paths_is_taken_for_files() {
        let paths = |text| {
            let paths = paths_in(text).unwrap_or_default();
            let shown = paths.iter().map(|path| path.display().to_string());
            shown.collect::<Vec<_>>()
        };
        assert_eq!(paths("/home/mina/a.txt"), ["/home/mina/a.txt"]);
        assert_eq!(
            paths("file:///home/mina/%EC%82%AC%EC%A7%84.png\r\nfile://host/tmp/b c\n"),
            ["/home/mina/사진.png", "/tmp/b c"]
        );
        for text in [
            "",
            "\n",
            "hello",
            "/exit",
            "/",
            "a/b/c",
            "../../etc/passwd",
            "see /home/mina/a.txt",
            "/home/mina/a.txt\nis the one",
            "https://example.org/a",
            "file://host",
            "file:///tmp/%ff",
        ] {
            assert_eq!(paths(text), [""; 0], "{text:?}");
        }
        assert_eq!(paths(&"/tmp/a\n".repeat(MAX_PATHS + 1)), [""; 0]);
    }
}
