//! What is kept: on or off, disk usage, export, erase.

use std::path::Path;

use eframe::egui::{Button, Label, RichText, Ui};

use super::line::hint;
use crate::{
    gui::{
        action::{Action, Setting},
        card,
        ctx::Ctx,
        focus::{FocusOnce, kept_in_view},
        theme,
    },
    history::{ExportFormat, Query},
    identity::PeerId,
    net::Command,
};

const FORMATS: [ExportFormat; 3] = [
    ExportFormat::Markdown,
    ExportFormat::Text,
    ExportFormat::Json,
];

/// This part of the page.
#[derive(Debug, Default)]
pub(in crate::gui) struct HistorySettings {
    /// Disk usage in bytes, once it is known.
    size: Option<u64>,
    question: Question,
    focus: FocusOnce<Target>,
}

/// What the person has to confirm.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
enum Question {
    #[default]
    None,
    /// Erase this conversation, or all of them.
    Erase(Option<PeerId>),
    /// Keep no more messages, and erase those kept so far or not; how many these are, once that is known.
    StopKeeping(Option<u64>),
}

/// What gets the keyboard focus.
#[derive(Debug, PartialEq, Eq)]
enum Target {
    /// The box that the first question is about.
    Box,
    /// The button that opens the other question.
    EraseAll,
    /// The safer one of the two answers.
    Keep,
}

impl HistorySettings {
    /// Sets the disk usage.
    pub fn set_size(&mut self, bytes: u64) {
        self.size = Some(bytes);
    }

    /// Sets the number of messages kept so far.
    pub fn set_kept(&mut self, count: u64) {
        if let Question::StopKeeping(kept) = &mut self.question {
            *kept = Some(count);
        }
    }

    /// Shows it as a part of the page. Returns false once the page is to be closed.
    pub fn show(&mut self, cx: &mut Ctx<'_>, ui: &mut Ui) -> bool {
        self.show_keeping(cx, ui);
        let stays = show_export(cx, ui);
        self.show_erasing(cx, ui);
        stays
    }

    fn show_keeping(&mut self, cx: &mut Ctx<'_>, ui: &mut Ui) {
        let lang = cx.lang;
        let mut keep = cx.settings.keep_history;
        let keeps = kept_in_view(ui.checkbox(&mut keep, lang.keep_history()));
        self.focus.apply(&Target::Box, &keeps);
        if keeps.changed() {
            if keep {
                cx.push(Action::Set(Setting::KeepHistory(true)));
            } else {
                self.question = Question::StopKeeping(None);
                self.focus.set(Target::Keep);
                cx.push(Action::Query(Query::Kept));
            }
        }
        match self.question {
            Question::StopKeeping(kept) => self.show_stop_question(cx, ui, kept),
            Question::None | Question::Erase(_) => hint(ui, lang.keep_history_hint()),
        }
        hint(ui, lang.not_encrypted_on_disk());
        ui.label(lang.on_disk(self.size));
    }

    fn show_stop_question(&mut self, cx: &mut Ctx<'_>, ui: &mut Ui, kept: Option<u64>) {
        let lang = cx.lang;
        let stop = Action::Set(Setting::KeepHistory(false));
        if kept == Some(0) {
            cx.push(stop);
            self.question = Question::None;
            return;
        }
        let bad = theme::palette(ui).bad;
        let question = RichText::new(lang.stop_keeping_question(kept)).color(bad);
        ui.add(Label::new(question).wrap());
        ui.horizontal_wrapped(|ui| {
            let from_now = kept_in_view(ui.button(lang.from_now_on())).clicked();
            let also = Button::new(lang.also_kept_so_far(kept));
            let also = kept_in_view(ui.add_enabled(kept.is_some(), also)).clicked();
            let cancel = kept_in_view(ui.button(lang.cancel()));
            self.focus.apply(&Target::Keep, &cancel);
            if from_now || also {
                cx.push(stop);
            }
            if also {
                cx.push(Action::Command(Command::Clear(None)));
            }
            if from_now || also || cancel.clicked() {
                self.question = Question::None;
                self.focus.set(Target::Box);
            }
        });
    }

    fn show_erasing(&mut self, cx: &mut Ctx<'_>, ui: &mut Ui) {
        let lang = cx.lang;
        if let Question::Erase(peer_id) = &self.question {
            let peer_id = peer_id.clone();
            return self.show_question(cx, ui, peer_id);
        }
        ui.horizontal_wrapped(|ui| {
            let this = Button::new(lang.clear_conversation());
            let this = kept_in_view(ui.add_enabled(cx.shown().is_some(), this));
            let all = kept_in_view(ui.button(lang.clear_everything()));
            self.focus.apply(&Target::EraseAll, &all);
            if this.clicked() {
                self.question = Question::Erase(cx.shown().cloned());
            } else if all.clicked() {
                self.question = Question::Erase(None);
            } else {
                return;
            }
            self.focus.set(Target::Keep);
        });
    }

    fn show_question(&mut self, cx: &mut Ctx<'_>, ui: &mut Ui, peer_id: Option<PeerId>) {
        let (lang, contacts) = (cx.lang, cx.chat.contacts());
        let bad = theme::palette(ui).bad;
        let question = lang.clear_question(contacts, peer_id.as_ref());
        ui.add(Label::new(RichText::new(question).color(bad)).wrap());
        ui.horizontal_wrapped(|ui| {
            let yes = lang.clear_it(contacts, peer_id.as_ref());
            let yes = card::destructive(ui, &yes).clicked();
            let keep = kept_in_view(ui.button(lang.keep()));
            self.focus.apply(&Target::Keep, &keep);
            if yes {
                cx.push(Action::Command(Command::Clear(peer_id)));
            }
            if yes || keep.clicked() {
                self.question = Question::None;
                self.focus.set(Target::EraseAll);
            }
        });
    }
}

/// Returns false once an export has begun: the window tells what came of it.
fn show_export(cx: &mut Ctx<'_>, ui: &mut Ui) -> bool {
    let lang = cx.lang;
    let mut stays = true;
    ui.label(lang.export_conversation());
    match cx.export_folder {
        Some(folder) => hint(ui, &lang.export_into(folder)),
        None => hint(ui, lang.no_export_folder()),
    }
    ui.horizontal_wrapped(|ui| {
        for format in FORMATS {
            let peer_id = cx.shown().zip(cx.export_folder);
            let button = Button::new(lang.export_format(format));
            let button = kept_in_view(ui.add_enabled(peer_id.is_some(), button));
            let button = button.accessible_name(lang.export_as(format));
            if button.clicked()
                && let Some((peer_id, folder)) = peer_id
            {
                let query = export(cx, peer_id, folder, format);
                cx.push(Action::Query(query));
                stays = false;
            }
        }
    });
    stays
}

fn export(cx: &Ctx<'_>, peer_id: &PeerId, folder: &Path, format: ExportFormat) -> Query {
    Query::Export {
        peer_id: peer_id.clone(),
        name: cx.lang.peer_id(cx.chat.contacts(), peer_id),
        format,
        folder: folder.to_owned(),
        now: cx.now.to_zoned(cx.zone.clone()),
        words: Box::new(cx.lang.export_words()),
    }
}
