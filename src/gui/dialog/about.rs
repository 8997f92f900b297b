//! About the program: its version, its parts and their licences, where it keeps its data, and how to report a fault.

use std::env::consts::{ARCH, OS};

use eframe::egui::{Label, RichText, ScrollArea, TextStyle, Ui};
use tracing::level_filters::LevelFilter;

use super::{
    frame::{Head, buttons, frame, scroll_area},
    settings::line::{hint, title},
};
use crate::{
    gui::{action::Action, browser::Openable, ctx::Ctx, focus::FocusOnce, theme},
    lang::Lang,
};

/// Made by scripts/licences.py.
const LICENCES: &str = include_str!("../../../assets/LICENCES.txt");
const NAME: &str = concat!("Duologue ", env!("CARGO_PKG_VERSION"));

/// The open dialog.
#[derive(Debug)]
pub(in crate::gui) struct About {
    shows_licences: bool,
    /// On Close.
    focus: FocusOnce<()>,
}

impl Default for About {
    fn default() -> Self {
        Self {
            shows_licences: false,
            focus: FocusOnce::on(()),
        }
    }
}

impl About {
    /// Shows it over the window. Returns false once it is to be closed.
    pub fn show(&mut self, cx: &mut Ctx<'_>, ui: &Ui) -> bool {
        let lang = cx.lang;
        let heading = if self.shows_licences {
            lang.licences()
        } else {
            lang.about()
        };
        let head = Head {
            id: "about",
            title: heading,
            width: theme::SETTINGS_WIDTH,
        };
        frame(ui, lang, head, |ui, height, close| {
            if !self.shows_licences {
                self.focus.apply(&(), close);
                let area = scroll_area("about", height - theme::GAP);
                area.show(ui, |ui| self.show_parts(cx, ui));
                return true;
            }
            show_licences(ui, height - theme::CONTROL - 2.0 * theme::GAP);
            let back = buttons(ui, |ui| ui.button(lang.back()));
            self.focus.apply(&(), &back);
            if back.clicked() {
                self.shows_licences = false;
                self.focus.set(());
            }
            true
        })
    }

    fn show_parts(&mut self, cx: &mut Ctx<'_>, ui: &mut Ui) {
        let lang = cx.lang;
        ui.label(NAME);
        title(ui, lang.licences());
        hint(ui, lang.licences_hint());
        if ui.button(lang.show_licences()).clicked() {
            self.shows_licences = true;
            self.focus.set(());
        }
        title(ui, lang.data_folder());
        match cx.data_folder {
            Some(folder) => {
                hint(ui, &folder.display().to_string());
                if ui.button(lang.open_folder()).clicked() {
                    let folder = Openable::Folder(folder.to_owned());
                    cx.push(Action::OpenOutside(folder));
                }
            }
            None => hint(ui, lang.no_data_folder()),
        }
        title(ui, lang.report_fault());
        hint(ui, lang.report_fault_hint());
        let report = report(lang, LevelFilter::current());
        let shown = RichText::new(&report).monospace();
        ui.add(Label::new(shown).wrap());
        if ui.button(lang.copy_report()).clicked() {
            cx.push(Action::Copy(report));
        }
    }
}

/// Details for a report of a fault. It contains no text from the person or from a peer.
fn report(lang: Lang, log_level: LevelFilter) -> String {
    format!(
        "{NAME}\nSystem: {OS} {ARCH}\nLanguage: {}\nLog level: {log_level}",
        lang.tag()
    )
}

/// Only the lines in view are laid out.
fn show_licences(ui: &mut Ui, height: f32) {
    let line_height = ui.text_style_height(&TextStyle::Small);
    let lines: Vec<&str> = LICENCES.lines().collect();
    ScrollArea::both()
        .id_salt("licences")
        .min_scrolled_height(height)
        .max_height(height)
        .auto_shrink(false)
        .show_rows(ui, line_height, lines.len(), |ui, rows| {
            for line in lines.get(rows).unwrap_or_default() {
                ui.add(Label::new(RichText::new(*line).small()).extend());
            }
        });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_has_version_system_language_and_log_level_only() {
        let report = report(Lang::Ko, LevelFilter::DEBUG);
        let names = report
            .lines()
            .map(|line| line.split_once(": ").map_or(line, |(name, _)| name));
        assert_eq!(
            names.collect::<Vec<_>>(),
            [NAME, "System", "Language", "Log level"]
        );
        assert!(
            report.ends_with("Language: ko\nLog level: debug"),
            "{report}"
        );
    }
}
