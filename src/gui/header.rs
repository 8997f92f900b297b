//! The header: whose conversation is shown and how it stands, and beside that the address controls.

mod identity;
mod list_button;
mod standing;

use eframe::egui::{Align, Layout as UiLayout, Ui, vec2};

use crate::gui::{
    action::Action,
    address_bar::{AddressBar, Shape},
    ctx::Ctx,
    icon::{self, Icon},
    layout::Layout,
    menu, theme,
};

/// Shows it, at the top of `ui`.
pub(super) fn show(bar: &mut AddressBar, cx: &mut Ctx<'_>, ui: &mut Ui, layout: Layout) {
    ui.spacing_mut().item_spacing.x = theme::HEADER_GAP;
    bar.fold_when_free(cx);
    match layout {
        Layout::Wide => row(ui, theme::HEADER, |ui| {
            let beside = theme::CONTROL + theme::HEADER_GAP;
            show_identity(cx, ui, beside, theme::HEADER_FACE);
            show_search(cx, ui);
        }),
        Layout::Medium => row(ui, theme::HEADER, |ui| {
            list_button::show(cx, ui);
            let icons = 2.0 * (theme::CONTROL + theme::HEADER_GAP) + theme::HEADER_GAP;
            let room = ui.available_width() - icons - theme::IDENTITY_WIDTH;
            let controls = room.min(theme::ADDRESS_WIDTH);
            show_identity(cx, ui, controls + icons, theme::HEADER_FACE);
            show_address(bar, cx, ui, controls);
            show_search(cx, ui);
            menu::show(cx, ui);
        }),
        Layout::Narrow => {
            let is_folded = bar.is_folded(cx);
            row(ui, theme::NARROW_HEADER, |ui| {
                list_button::show(cx, ui);
                let can_fold = AddressBar::can_fold(cx);
                let icons = if can_fold { 3.0 } else { 2.0 };
                let beside = icons * (theme::CONTROL + theme::HEADER_GAP);
                show_identity(cx, ui, beside, theme::NARROW_FACE);
                if can_fold && icon::button(ui, Icon::Address, cx.lang.address_row()).clicked() {
                    bar.toggle();
                }
                show_search(cx, ui);
                menu::show(cx, ui);
            });
            if !is_folded {
                row(ui, theme::ADDRESS_ROW, |ui| {
                    let width = ui.available_width();
                    show_address(bar, cx, ui, width);
                });
            }
        }
    }
}

/// One line of this height, with its content in the middle of it.
fn row(ui: &mut Ui, height: f32, content: impl FnOnce(&mut Ui)) {
    let size = vec2(ui.available_width(), height);
    let centred = UiLayout::left_to_right(Align::Center);
    ui.allocate_ui_with_layout(size, centred, |ui| {
        ui.set_min_size(size);
        content(ui);
    });
}

/// Leaves this width for what follows.
fn show_identity(cx: &mut Ctx<'_>, ui: &mut Ui, beside: f32, face: f32) {
    let width = (ui.available_width() - beside).max(0.0);
    let size = vec2(width, ui.available_height());
    identity::show(cx, ui, size, face);
}

fn show_address(bar: &mut AddressBar, cx: &mut Ctx<'_>, ui: &mut Ui, width: f32) {
    let size = vec2(width, theme::CONTROL);
    let centred = UiLayout::left_to_right(Align::Center);
    ui.allocate_ui_with_layout(size, centred, |ui| {
        theme::secondary(ui);
        bar.show(cx, ui, Shape::Row);
    });
}

fn show_search(cx: &mut Ctx<'_>, ui: &mut Ui) {
    if icon::button(ui, Icon::Search, cx.lang.search_messages()).clicked() {
        cx.push(Action::ShowSearch);
    }
}
