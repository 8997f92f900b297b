//! The first start: a name, the language, and whether others on the network can connect. It can be skipped.

use eframe::egui::{Id, Key, Modifiers, RichText, Ui, vec2};

use crate::{
    gui::{
        action::{Action, Setting},
        address_bar::AddressBar,
        card::{self, Tone},
        ctx::Ctx,
        focus::{FocusOnce, kept_in_view},
        keys::Keys,
        theme, typeset,
    },
    identity::{NAME_CHARACTERS, Name},
    lang::Lang,
};

/// Id of the field for the name.
const FIELD: &str = "name at the first start";

/// The page. What is on it takes effect with *Start*, except the language, which one has to see.
#[derive(Debug)]
pub(super) struct Welcome {
    name: String,
    keys: Keys,
    focus: FocusOnce<()>,
    listens: bool,
    /// An invite is used after that.
    pub is_invited: bool,
}

impl Default for Welcome {
    fn default() -> Self {
        Self {
            name: String::new(),
            keys: Keys::default(),
            focus: FocusOnce::on(()),
            listens: false,
            is_invited: false,
        }
    }
}

impl Welcome {
    /// Fills the rest of `ui`.
    pub fn show(&mut self, bar: &mut AddressBar, cx: &mut Ctx<'_>, ui: &mut Ui) {
        let id = Id::unique(FIELD);
        let mut starts = self.keys.take_enter(ui, id);
        // egui has taken the focus away for Escape already.
        let mut skips = ui.memory(|memory| memory.had_focus_last_frame(id))
            && ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape));
        card::in_the_middle(ui, "welcome", theme::CARD_WIDTH, |ui| {
            ui.spacing_mut().item_spacing.y = theme::GAP;
            ui.vertical_centered(|ui| {
                let title = theme::strong(cx.lang.welcome()).size(theme::START_TITLE);
                ui.add(typeset::Label::new(title).wrap());
                let hint = RichText::new(cx.lang.idle_title()).weak();
                ui.add(typeset::Label::new(hint).wrap());
            });
            ui.add_space(theme::GAP);
            card::show(ui, Tone::Calm, |ui| {
                self.show_name(cx, ui, id);
                show_language(cx, ui);
                ui.add_space(theme::GAP);
                kept_in_view(ui.checkbox(&mut self.listens, cx.lang.listen_from_the_start()));
                card::note(ui, cx.lang.listen_from_the_start_hint());
                ui.add_space(theme::GAP);
                ui.horizontal_wrapped(|ui| {
                    starts |= card::primary(ui, cx.lang.start()).clicked();
                    skips |= card::quiet(ui, cx.lang.skip()).clicked();
                });
            });
            let note = if self.is_invited {
                cx.lang.welcome_invited()
            } else {
                cx.lang.welcome_note()
            };
            ui.vertical_centered(|ui| card::note(ui, note));
        });
        if starts {
            self.apply(bar, cx);
        }
        if starts || skips {
            cx.push(Action::FocusAddress);
            cx.push(Action::EndWelcome);
        }
    }

    fn show_name(&mut self, cx: &Ctx<'_>, ui: &mut Ui, id: Id) {
        let label = ui.label(cx.lang.your_name()).id;
        let field = typeset::singleline(ui, &mut self.name, |field| {
            field
                .id(id)
                .char_limit(NAME_CHARACTERS)
                .align(eframe::egui::Align2::LEFT_CENTER)
                .min_size(vec2(0.0, theme::CONTROL))
                .desired_width(f32::INFINITY)
        })
        .labelled_by(label);
        self.focus.apply(&(), &field);
        card::note(ui, cx.lang.own_name_hint());
    }

    fn apply(&self, bar: &mut AddressBar, cx: &mut Ctx<'_>) {
        // It may be that of the system or of the command line.
        cx.push(Action::Set(Setting::Lang(cx.lang)));
        if !self.name.trim().is_empty() {
            cx.push(Action::Set(Setting::Name(Name::new(&self.name))));
        }
        if self.listens
            && let Some(port) = bar.port_or_error()
        {
            cx.push(Action::Set(Setting::ListenAtStart(Some(port))));
        }
    }
}

fn show_language(cx: &mut Ctx<'_>, ui: &mut Ui) {
    ui.horizontal_wrapped(|ui| {
        ui.label(cx.lang.language());
        for lang in Lang::ALL {
            let choice = kept_in_view(ui.radio(lang == cx.lang, lang.name()));
            if choice.clicked() {
                cx.push(Action::Set(Setting::Lang(lang)));
            }
        }
    });
}
