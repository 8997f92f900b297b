//! The two ways to begin: to wait for the other person, or to call them.

use eframe::egui::{Align, Id, Key, Layout, RichText, Ui, UiBuilder, text_edit::TextEditState};

use crate::{
    endpoint::Endpoint,
    gui::{
        action::Action,
        address_bar::{AddressBar, FieldError, is_for_listening},
        card::{self, Tone},
        ctx::Ctx,
        focus::FocusOnce,
        own_name::OwnName,
        theme, typeset,
    },
};

/// Height of what is in each of the cards side by side, in points, without the recent addresses and with them.
const CARD_HEIGHTS: [f32; 2] = [98.0, 138.0];
/// How many recent addresses are offered.
const RECENT: usize = 3;
/// Id of the field.
const FIELD: &str = "address or invite";

/// See the [module](self). Without `Debug`: the text may be an invite, whose token is a secret.
#[derive(Default)]
pub(super) struct Start {
    text: String,
    /// What is wrong with it, until it is edited.
    error: Option<FieldError>,
    focus: FocusOnce<()>,
    own_name: OwnName,
}

impl Start {
    /// Closes the field for our name.
    pub fn close_field(&mut self) {
        self.own_name = OwnName::default();
    }

    /// Fills the rest of `ui`.
    pub fn show(&mut self, bar: &mut AddressBar, cx: &mut Ctx<'_>, ui: &mut Ui) {
        let is_beside = ui.available_width() >= theme::CARDS_BESIDE;
        let width = if is_beside {
            theme::CARDS_WIDTH
        } else {
            theme::CARD_WIDTH
        };
        card::in_the_middle(ui, "start", width, |ui| {
            ui.spacing_mut().item_spacing.y = theme::GAP;
            ui.vertical_centered(|ui| {
                let title = theme::strong(cx.lang.idle_title()).size(theme::START_TITLE);
                ui.add(typeset::Label::new(title).wrap());
                let hint = RichText::new(cx.lang.idle_hint()).weak();
                ui.add(typeset::Label::new(hint).wrap());
            });
            ui.add_space(theme::GAP);
            if is_beside {
                self.show_beside(bar, cx, ui);
            } else {
                show_wait(bar, cx, ui, self.text.is_empty(), 0.0);
                self.show_call(bar, cx, ui, 0.0);
            }
            ui.add_space(theme::GAP);
            self.own_name.show_centred(cx, ui);
        });
    }

    fn show_beside(&mut self, bar: &mut AddressBar, cx: &mut Ctx<'_>, ui: &mut Ui) {
        let place = ui.available_rect_before_wrap();
        let gap = 2.0 * theme::GAP;
        let (mut left, mut right) = place.split_left_right_at_fraction(0.5);
        left.set_right(left.right() - gap / 2.0);
        right.set_left(right.left() + gap / 2.0);
        let column = |place| {
            UiBuilder::new()
                .max_rect(place)
                .layout(Layout::top_down(Align::Min))
        };
        let [low, high] = CARD_HEIGHTS;
        let height = if recent(cx).is_empty() { low } else { high };
        let top = ui.cursor().top();
        ui.scope_builder(column(left), |ui| {
            show_wait(bar, cx, ui, self.text.is_empty(), height);
        });
        right.set_top(top);
        ui.scope_builder(column(right), |ui| {
            self.show_call(bar, cx, ui, height);
        });
    }

    fn show_call(&mut self, bar: &AddressBar, cx: &mut Ctx<'_>, ui: &mut Ui, height: f32) {
        let lang = cx.lang;
        card::show(ui, Tone::Calm, |ui| {
            ui.set_min_height(height);
            card::title(ui, lang.start_calling());
            let id = Id::unique(FIELD);
            let field = typeset::singleline(ui, &mut self.text, |field| {
                field
                    .id(id)
                    .hint_text(lang.address_or_invite())
                    .align(eframe::egui::Align2::LEFT_CENTER)
                    .min_size(eframe::egui::vec2(0.0, theme::CONTROL))
                    .desired_width(f32::INFINITY)
            })
            .accessible_name(lang.address_or_invite());
            self.focus.apply(&(), &field);
            if field.changed() {
                self.error = None;
            }
            let enter = field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
            if let Some(error) = self.error {
                let words = RichText::new(error.words(lang)).color(theme::palette(ui).bad);
                ui.add(typeset::Label::new(words).wrap());
            }
            let connect = if self.text.is_empty() {
                card::button(ui, lang.connect())
            } else {
                card::primary(ui, lang.connect())
            };
            let connect = connect.accessible_name(lang.connect_to_this());
            self.show_recent(cx, ui);
            if enter || connect.clicked() {
                self.call(bar, cx, ui);
            }
        });
    }

    fn call(&mut self, bar: &AddressBar, cx: &mut Ctx<'_>, ui: &Ui) {
        match bar.call_to(&self.text, cx) {
            Ok(call) => {
                cx.push(Action::Connect(call));
                self.text.clear();
                // It has perhaps had an invite in it, which can't be brought back.
                let id = Id::unique(FIELD);
                if let Some(mut state) = TextEditState::load(ui.ctx(), id) {
                    state.clear_undoer();
                    state.store(ui.ctx(), id);
                }
            }
            Err(error) => {
                self.error = Some(error);
                self.focus.set(());
            }
        }
    }

    fn show_recent(&mut self, cx: &Ctx<'_>, ui: &mut Ui) {
        let (lang, contacts) = (cx.lang, cx.chat.contacts());
        let recent = recent(cx);
        if recent.is_empty() {
            return;
        }
        ui.horizontal_wrapped(|ui| {
            theme::secondary(ui);
            ui.weak(format!("{}:", lang.recently()));
            for (text, endpoint) in recent {
                let name = contacts.pinned_at(&endpoint);
                let name = name.map_or_else(|| text.clone(), |key| lang.label(contacts, &key));
                let link = RichText::new(&name).color(theme::palette(ui).link);
                let link = ui.add(eframe::egui::Button::new(link).frame_when_inactive(false));
                let whole = lang.done_to(lang.recently(), &name);
                if link.on_hover_text(text).accessible_name(whole).clicked() {
                    self.text.clone_from(text);
                    self.error = None;
                    self.focus.set(());
                }
            }
        });
    }
}

/// Addresses that were called last.
fn recent<'a>(cx: &Ctx<'a>) -> Vec<(&'a String, Endpoint)> {
    let recent = cx.settings.recent.iter();
    recent
        .filter_map(|text| Some((text, text.parse::<Endpoint>().ok()?)))
        .filter(|(_, endpoint)| !is_for_listening(&endpoint.host))
        .take(RECENT)
        .collect()
}

fn show_wait(bar: &mut AddressBar, cx: &mut Ctx<'_>, ui: &mut Ui, is_primary: bool, height: f32) {
    let lang = cx.lang;
    card::show(ui, Tone::Calm, |ui| {
        ui.set_min_height(height);
        card::title(ui, lang.start_waiting());
        card::note(ui, lang.start_waiting_hint());
        ui.horizontal_wrapped(|ui| {
            let listen = if is_primary {
                card::primary(ui, lang.listen())
            } else {
                card::button(ui, lang.listen())
            };
            let name = lang.done_to(lang.start_waiting(), lang.listen());
            if listen.accessible_name(name).clicked() {
                bar.listen(cx);
            }
            if card::quiet(ui, lang.copy_invite()).clicked() {
                bar.invite(cx);
            }
        });
    });
}
