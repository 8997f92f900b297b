//! The links in a bubble: each opens by a click, says where it leads, and is in the menu of the message.

use eframe::egui::{CursorIcon, Rect, RichText, Role, Sense, Stroke, Ui, WidgetInfo};

use crate::{
    gui::{action::Action, browser::Openable, ctx::Ctx, theme, typeset},
    lang::Lang,
    text::{
        links::{Link, Target},
        visible::visible_label,
    },
};

/// Maximum number of links in the menu of a message, unless it was opened on one of them.
const MAX_IN_MENU: usize = 3;
/// Maximum length of an address in the menu, in characters.
const MAX_MENU_LENGTH: usize = 40;
/// Maximum length of an address that is shown while the pointer is on its link, in characters.
const MAX_HINT_LENGTH: usize = 300;
/// The width of that hint, in points.
const HINT_WIDTH: f32 = 360.0;

/// Lets the links at these places be clicked. Returns the one whose menu is to be opened.
pub(super) fn show(
    cx: &mut Ctx<'_>,
    ui: &Ui,
    links: &[Link],
    places: impl Iterator<Item = (usize, Rect)>,
    is_mine: bool,
) -> Option<usize> {
    let palette = theme::palette(ui);
    let mut menu = None;
    for (part, (index, rect)) in places.enumerate() {
        let Some(link) = links.get(index) else {
            continue;
        };
        // Not focusable, as bubbles aren't: with Tab, a hundred links would be between two controls. The menu has them.
        let id = ui.scope_id().with(("link", index, part));
        let response = ui.interact(rect, id, Sense::CLICK);
        response.widget_info(|| WidgetInfo::labeled(Role::Link, true, name(link)));
        if response.secondary_clicked() {
            menu = Some(index);
        }
        if !response.hovered() && !response.clicked() {
            continue;
        }
        let Some(target) = Target::of(&link.text) else {
            continue;
        };
        if !is_mine {
            let stroke = Stroke::new(1.0, palette.link);
            ui.painter()
                .hline(rect.x_range(), rect.bottom() - 1.0, stroke);
        }
        // A double click selects a word, and its first click has opened the link.
        if response.clicked() && !response.double_clicked() && !response.triple_clicked() {
            cx.push(Action::OpenOutside(Openable::Link(target.clone())));
        }
        let lang = cx.lang;
        response
            .on_hover_cursor(CursorIcon::PointingHand)
            .on_hover_ui(|ui| show_target(lang, ui, &target));
    }
    menu
}

/// The buttons of the menu: for the link that it was opened on, or for the first ones.
pub(super) fn show_menu(cx: &mut Ctx<'_>, ui: &mut Ui, links: &[Link], on: Option<usize>) {
    let shown = match on {
        Some(index) => links.get(index..=index),
        None => links.get(..links.len().min(MAX_IN_MENU)),
    };
    let shown = shown.unwrap_or_default();
    for link in shown {
        let Some(target) = Target::of(&link.text) else {
            continue;
        };
        let words = |phrase: &str| match shown {
            [_] => phrase.to_owned(),
            _ => format!("{phrase}: {}", shortened(target.url(), MAX_MENU_LENGTH)),
        };
        if ui.button(words(cx.lang.open_link())).clicked() {
            cx.push(Action::OpenOutside(Openable::Link(target.clone())));
        }
        if ui.button(words(cx.lang.copy_link())).clicked() {
            cx.push(Action::Copy(target.url().to_owned()));
        }
    }
}

/// Where a link leads.
fn show_target(lang: Lang, ui: &mut Ui, target: &Target) {
    ui.set_max_width(HINT_WIDTH);
    let palette = theme::palette(ui);
    if let Some(host) = target.host() {
        ui.label(theme::strong(host.ascii));
        if let Some(letters) = &host.letters {
            let letters = visible_label(letters);
            let words = if host.is_deceptive {
                RichText::new(lang.deceptive_host(&letters)).color(palette.bad)
            } else {
                RichText::new(letters)
            };
            ui.add(typeset::Label::new(words).wrap());
        }
    }
    let url = shortened(target.url(), MAX_HINT_LENGTH);
    let url = RichText::new(url).color(palette.weak);
    ui.add(typeset::Label::new(url).wrap());
}

/// What a screen reader says: the link as it is written, and its host if that is written in other letters.
fn name(link: &Link) -> String {
    let host = Target::of(&link.text).and_then(|target| target.host());
    match host.filter(|host| host.letters.is_some()) {
        Some(host) => format!("{} ({})", link.text, host.ascii),
        None => link.text.clone(),
    }
}

/// The beginning of an address.
fn shortened(url: &str, most: usize) -> String {
    match url.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", url.get(..end).unwrap_or_default()),
        None => url.to_owned(),
    }
}
