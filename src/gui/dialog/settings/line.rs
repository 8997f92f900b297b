//! The lines of the settings: what can be ticked or chosen, and the sentence about it.

use eframe::egui::{Align, ComboBox, Label, Layout, RichText, Role, Ui, accesskit::Live};

use crate::gui::{focus::kept_in_view, theme};

/// The title of a group, a heading for a screen reader.
pub(in crate::gui::dialog) fn title(ui: &mut Ui, words: &str) {
    ui.add_space(theme::GAP);
    let text = theme::strong(words).size(theme::NAME);
    let label = ui.add(Label::new(text).wrap());
    ui.ctx().accesskit_node_builder(label.id, |node| {
        node.set_role(Role::Heading);
        node.set_label(words);
    });
}

/// What a setting does, in a sentence.
pub(in crate::gui::dialog) fn hint(ui: &mut Ui, words: &str) {
    let words = RichText::new(words).size(theme::SECONDARY).weak();
    ui.add(Label::new(words).wrap());
    ui.add_space(theme::GAP / 2.0);
}

/// What went wrong with a setting. A screen reader says it when it comes.
pub(in crate::gui::dialog) fn wrong(ui: &mut Ui, words: &str) {
    let text = RichText::new(words).size(theme::SECONDARY);
    let label = ui.add(Label::new(text.color(theme::palette(ui).bad)).wrap());
    ui.ctx()
        .accesskit_node_builder(label.id, |node| node.set_live(Live::Polite));
}

/// A check box.
pub(in crate::gui::dialog) fn check(
    ui: &mut Ui,
    words: &str,
    is_so: bool,
    mut set: impl FnMut(bool),
) {
    let mut now = is_so;
    if kept_in_view(ui.checkbox(&mut now, words)).changed() {
        set(now);
    }
}

/// A list that opens, in which one of several is chosen.
pub(in crate::gui::dialog) fn choice<T: PartialEq>(
    ui: &mut Ui,
    name: &str,
    options: &[(T, String)],
    chosen: &T,
    mut set: impl FnMut(&T),
) {
    let shown = options.iter().find(|(option, _)| option == chosen);
    let shown = shown.map_or("", |(_, words)| words.as_str());
    ui.horizontal(|ui| {
        ui.label(name);
        let list = ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let width = ui
                .available_width()
                .min(theme::width(ui, shown) + theme::LIST_CHOICE);
            let list = ComboBox::from_id_salt(name)
                .width(width)
                .truncate()
                .selected_text(shown);
            list.show_ui(ui, |ui| {
                for (option, words) in options {
                    if ui.radio(option == chosen, words).clicked() {
                        set(option);
                        ui.close();
                    }
                }
            })
        });
        let list = kept_in_view(list.inner.response).accessible_name(name);
        ui.ctx()
            .accesskit_node_builder(list.id, |node| node.set_value(shown));
    });
}
