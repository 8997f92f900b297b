//! A file or a folder in its bubble: what it is, what became of it, and what can be done with it; a picture is shown.

use std::path::Path;

use eframe::egui::{
    Align2, Button, Color32, CursorIcon, FontId, Image, Rect, RichText, Role, Sense, Stroke,
    StrokeKind, Ui, UiBuilder, Vec2, WidgetInfo, pos2, text::LayoutJob, vec2,
};

use super::{
    file_acts::{Act, acts, can, is_folder, label, perform},
    file_words::{FileWords, Kind, name_of, shortened},
    look::Entry,
};
use crate::{
    chat::timeline::{Attached, Speaker},
    gui::{
        action::{Action, FileAction},
        ctx::Ctx,
        pictures::{Picture, SMALL, fitting},
        theme,
        typeset::{self, Typeset},
    },
};

/// Size of the ground of the icon, in points.
const ICON: f32 = 40.0;
/// Space between things in it, in points.
const GAP: f32 = 8.0;
/// Height of the progress bar, in points.
const BAR: f32 = 8.0;
/// The greatest width of all of it, in points.
const WIDTH: f32 = 320.0;
/// The greatest size of a picture, in points.
const PICTURE: Vec2 = vec2(320.0, 280.0);
/// Space in a button at the sides, both together, in points.
const BUTTON: f32 = 20.0;

/// A file that has been measured.
pub(super) struct FileLayout {
    kind: Kind,
    name: Typeset,
    /// Size, state, folder: each below the other.
    lines: Vec<Typeset>,
    /// From 0 to 1.
    progress: Option<f32>,
    /// What can be done, and where its button is.
    buttons: Vec<(Act, Rect)>,
    /// Where the picture is.
    picture: Option<(Picture, Rect)>,
    size: Vec2,
    /// Below the picture.
    top: f32,
}

impl FileLayout {
    /// At most `wrap` points wide.
    pub fn new(cx: &Ctx<'_>, ui: &Ui, entry: Entry<'_>, file: &Attached, wrap: f32) -> Self {
        let palette = theme::palette(ui);
        let width = wrap.min(WIDTH);
        if acts(cx, entry, file).contains(&Act::Accept)
            && let Some(folder) = cx.download_folder()
        {
            cx.disk.free_space.look_at(ui.ctx(), folder);
        }
        let words = FileWords::new(cx, entry.item, entry.message, file);
        let picture = picture(cx, ui, entry, file, width);
        let top = picture.as_ref().map_or(0.0, |(_, at)| at.bottom() + GAP);
        let beside = width - ICON - GAP;
        let name = {
            let font = FontId::new(theme::MESSAGE, theme::strong_family());
            let name = shortened(&words.name);
            let job = LayoutJob::simple(name, font, palette.text, beside);
            typeset::layout(ui.painter(), job)
        };
        let line = |(text, colour): (String, Color32)| {
            let font = FontId::proportional(theme::SECONDARY);
            let mut job = LayoutJob::simple(text, font, colour, beside);
            for section in &mut job.sections {
                section.format.line_height = Some(theme::SECONDARY * theme::LINE);
            }
            typeset::layout(ui.painter(), job)
        };
        let state = if words.is_bad {
            palette.bad
        } else {
            palette.weak
        };
        let size = (!words.size.is_empty()).then_some((words.size, palette.weak));
        let said = [(words.state, state), (words.folder, palette.weak)];
        let said = said.into_iter().filter(|(words, _)| !words.is_empty());
        let lines: Vec<_> = size.into_iter().chain(said).map(line).collect();
        let beside_height = name.size().y + lines.iter().map(|line| line.size().y).sum::<f32>();
        let mut y = top + beside_height.max(ICON);
        if words.progress.is_some() {
            y += GAP + BAR;
        }
        let mut buttons = Vec::new();
        let (mut x, mut row_top) = (0.0, y + GAP);
        for act in acts(cx, entry, file) {
            let button = (button_width(ui, label(cx, act)) + BUTTON).min(width);
            if x > 0.0 && x + button > width {
                x = 0.0;
                row_top += theme::CONTROL + GAP;
            }
            let place = Rect::from_min_size(pos2(x, row_top), vec2(button, theme::CONTROL));
            x += button + GAP;
            y = place.bottom();
            buttons.push((act, place));
        }
        Self {
            kind: words.kind,
            name,
            lines,
            progress: words.progress,
            buttons,
            picture,
            size: vec2(width, y),
            top,
        }
    }

    /// In points.
    pub fn size(&self) -> Vec2 {
        self.size
    }

    /// Paints it with its upper left corner here. Returns whether its menu was asked for.
    pub fn show(
        &self,
        cx: &mut Ctx<'_>,
        ui: &mut Ui,
        at: Vec2,
        entry: Entry<'_>,
        file: &Attached,
    ) -> bool {
        let palette = theme::palette(ui);
        let name = name_of(entry.message);
        let is_mine = entry.message.speaker == Speaker::Me;
        let mut wants_menu = false;
        if let Some((picture, place)) = &self.picture {
            let place = place.translate(at);
            wants_menu |= show_picture(cx, ui, picture, place, &name, file.path(is_mine));
        }
        let ground = Rect::from_min_size(pos2(0.0, self.top), Vec2::splat(ICON)).translate(at);
        ui.painter()
            .rect_filled(ground, theme::CORNER, palette.hint_background);
        let icon = FontId::new(theme::ICON + 4.0, theme::icons());
        let glyph = self.kind.icon().glyph();
        ui.painter().text(
            ground.center(),
            Align2::CENTER_CENTER,
            glyph,
            icon,
            palette.link,
        );
        let mut place = pos2(ICON + GAP, self.top) + at;
        wants_menu |= self.name.put_label(ui, place).secondary_clicked();
        place.y += self.name.size().y;
        for line in &self.lines {
            wants_menu |= line.put_label(ui, place).secondary_clicked();
            place.y += line.size().y;
        }
        if let Some(progress) = self.progress {
            let below = place.y.max(ground.bottom());
            self.show_progress(cx, ui, at, below, progress, &name);
        }
        for (act, place) in &self.buttons {
            show_button(cx, ui, *act, place.translate(at), entry, file);
        }
        wants_menu
    }

    fn show_progress(
        &self,
        cx: &Ctx<'_>,
        ui: &mut Ui,
        at: Vec2,
        below: f32,
        part: f32,
        name: &str,
    ) {
        let place = Rect::from_min_size(pos2(at.x, below + GAP), vec2(self.size.x, BAR));
        let palette = theme::palette(ui);
        // The grounds of egui's own bar can't be told from that of a light bubble.
        let response = ui.allocate_rect(place, Sense::hover());
        let corner = BAR / 2.0;
        let painter = ui.painter();
        painter.rect_filled(place, corner, palette.code_in_theirs);
        let line = Stroke::new(1.0, palette.line);
        painter.rect_stroke(place, corner, line, StrokeKind::Inside);
        if part > 0.0 {
            // Less than its height would be no bar.
            let width = (place.width() * part).max(BAR);
            let filled = Rect::from_min_size(place.min, vec2(width, BAR));
            painter.rect_filled(filled, corner, palette.accent);
        }
        let label = format!("{}: {name}", cx.lang.file_progress());
        ui.ctx().accesskit_node_builder(response.id, |node| {
            node.set_role(Role::ProgressIndicator);
            node.set_label(label);
            node.set_min_numeric_value(0.0);
            node.set_max_numeric_value(100.0);
            node.set_numeric_value(f64::from((part * 100.0).floor()));
        });
    }
}

fn show_button(
    cx: &mut Ctx<'_>,
    ui: &mut Ui,
    act: Act,
    place: Rect,
    entry: Entry<'_>,
    file: &Attached,
) {
    let words = label(cx, act);
    let can = can(cx, act, file);
    let builder = UiBuilder::new().id_salt(("file", words)).max_rect(place);
    let response = ui.scope_builder(builder, |ui| {
        ui.spacing_mut().button_padding = vec2(BUTTON / 2.0, 0.0);
        let palette = theme::palette(ui);
        let words = RichText::new(words).size(theme::SECONDARY);
        let button = if act == Act::Accept {
            Button::new(theme::strong(words).color(palette.on_accent)).fill(palette.accent)
        } else {
            Button::new(words)
        };
        ui.add_enabled(can, button.min_size(place.size()))
    });
    let name = format!("{words}: {}", name_of(entry.message));
    let response = response.inner.accessible_name(name);
    if response.clicked() {
        perform(cx, act, entry, file);
    }
}

/// Of the words on a button, as wide as they are in the weight of the first one.
fn button_width(ui: &Ui, words: &str) -> f32 {
    let font = FontId::new(theme::SECONDARY, theme::strong_family());
    let words = words.to_owned();
    let galley = ui
        .painter()
        .layout_no_wrap(words, font, theme::palette(ui).text);
    galley.size().x.ceil()
}

/// The picture in a file of that kind that is on this computer, and its place from the upper left corner on.
fn picture(
    cx: &Ctx<'_>,
    ui: &Ui,
    entry: Entry<'_>,
    file: &Attached,
    width: f32,
) -> Option<(Picture, Rect)> {
    let is_mine = entry.message.speaker == Speaker::Me;
    let path = file.path(is_mine)?;
    if is_folder(file) || Kind::of_name(&name_of(entry.message)) != Kind::Picture {
        return None;
    }
    let picture = cx.disk.pictures.get(ui.ctx(), path, SMALL);
    // Twice as many pixels as points would be small on most screens.
    let size = picture.size()?;
    let size = fitting(size, vec2(width.min(PICTURE.x), PICTURE.y));
    Some((picture, Rect::from_min_size(pos2(0.0, 0.0), size)))
}

/// A click shows it large. Returns whether the menu was asked for.
fn show_picture(
    cx: &mut Ctx<'_>,
    ui: &mut Ui,
    picture: &Picture,
    place: Rect,
    name: &str,
    path: Option<&Path>,
) -> bool {
    let Picture::Ready(texture) = picture else {
        return false;
    };
    let image = Image::new((texture.id(), place.size()))
        .corner_radius(theme::CORNER)
        .sense(Sense::CLICK)
        .alt_text(name);
    let words = cx.lang.show_large(name);
    let response = ui.put(place, image).on_hover_text(&words);
    let response = response.on_hover_cursor(CursorIcon::PointingHand);
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, name));
    if let Some(path) = path.filter(|_| response.clicked()) {
        cx.push(Action::Files(FileAction::ShowPicture(
            name.to_owned(),
            path.to_owned(),
        )));
    }
    response.secondary_clicked()
}
