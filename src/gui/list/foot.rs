//! Below the list: the address controls, and who we are to others.

use eframe::egui::{
    Align, Button, Layout, Popup, PopupCloseBehavior, Rect, RichText, Sense, Stroke, Ui, UiBuilder,
    Vec2, vec2,
};

use crate::{
    chat::Door,
    gui::{
        action::Action,
        address_bar::{AddressBar, Shape},
        avatar,
        ctx::Ctx,
        theme, typeset, waiting_card,
    },
    identity::PeerId,
};

/// The address controls.
pub(super) fn show_address(bar: &mut AddressBar, cx: &mut Ctx<'_>, ui: &mut Ui) {
    part(ui, theme::LIST_ADDRESS, |ui| {
        theme::secondary(ui);
        ui.spacing_mut().item_spacing = Vec2::splat(theme::GAP);
        let height = 2.0 * theme::CONTROL + theme::GAP;
        let place = ui.available_rect_before_wrap();
        let place = Rect::from_center_size(place.center(), vec2(place.width(), height));
        let builder = UiBuilder::new()
            .max_rect(place)
            .layout(Layout::top_down(Align::Min));
        bar.show(cx, &mut ui.new_child(builder), Shape::Block);
    });
}

/// Our own name, and whether others can connect.
pub(super) fn show_own(cx: &mut Ctx<'_>, ui: &mut Ui) {
    part(ui, theme::LIST_OWN, |ui| {
        let name = cx.settings.name.as_str().to_owned();
        if let Some(key) = cx.chat.own_key() {
            avatar::show(ui, &PeerId::Key(key), &name, theme::NARROW_FACE);
        }
        let beside = ui.available_rect_before_wrap();
        let builder = UiBuilder::new().max_rect(beside);
        ui.scope_builder(builder.layout(Layout::top_down(Align::Min)), |ui| {
            theme::secondary(ui);
            ui.spacing_mut().item_spacing = vec2(theme::GAP / 2.0, 0.0);
            ui.spacing_mut().interact_size.y = 0.0;
            ui.spacing_mut().button_padding = Vec2::ZERO;
            let line = theme::SECONDARY * theme::LINE;
            ui.add_space((theme::LIST_OWN - 2.0 * line) / 2.0);
            let own = Button::new(theme::strong(&name)).frame(false).truncate();
            let label = cx.lang.seen_as(&name);
            let own = ui.add(own).on_hover_text(&label).accessible_name(label);
            if own.clicked() {
                cx.push(Action::ShowMyself);
            }
            show_door(cx, ui);
        });
    });
}

fn show_door(cx: &mut Ctx<'_>, ui: &mut Ui) {
    let (lang, palette) = (cx.lang, theme::palette(ui));
    match cx.chat.door() {
        Door::Closed => {
            let text = RichText::new(lang.not_listening()).color(palette.weak);
            ui.add(typeset::Label::new(text).truncate());
        }
        Door::Opening => {
            let text = RichText::new(lang.looking_up()).color(palette.weak);
            ui.add(typeset::Label::new(text).truncate());
        }
        Door::Open(listening) => {
            let words = lang.waiting_on(listening.at.port);
            if !cx.shows_transcript() {
                // The card is in the middle of the window.
                let text = RichText::new(words).color(palette.weak);
                ui.add(typeset::Label::new(text).truncate());
                return;
            }
            let text = RichText::new(&words).color(palette.link);
            let button = ui.add(Button::new(text).frame(false).truncate());
            let shown = Popup::from_toggle_button_response(&button)
                .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
                .accessible_name(words)
                .show(|ui| waiting_card::show(cx, ui, listening));
            if let Some(shown) = shown {
                // See the menu of a row.
                ui.ctx().move_to_top(shown.response.layer_id);
            }
        }
    }
}

/// A part below the list, with a line above it.
fn part(ui: &mut Ui, height: f32, content: impl FnOnce(&mut Ui)) {
    let size = vec2(ui.available_width(), height);
    let (place, _) = ui.allocate_exact_size(size, Sense::hover());
    let line = Stroke::new(1.0, theme::palette(ui).line);
    ui.painter().hline(place.x_range(), place.top(), line);
    let builder = UiBuilder::new()
        .max_rect(place.shrink2(vec2(f32::from(theme::EDGE), 0.0)))
        .layout(Layout::left_to_right(Align::Center));
    content(&mut ui.new_child(builder));
}
