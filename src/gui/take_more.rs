//! The question whether to take more of a peer that has sent a lot today.

use std::time::Duration;

use eframe::egui::{Margin, Role, ScrollArea, Ui, UiBuilder};

use super::{
    action::Action,
    ctx::Ctx,
    focus::kept_in_view,
    requests::stillness::{NOT_YET, OneQuestion},
    theme, typeset,
};
use crate::{identity::PeerId, net::Command};

/// See the [module](self).
#[derive(Debug, Default)]
pub(super) struct TakeMore {
    /// The peer decides when it appears.
    question: OneQuestion<PeerId>,
}

impl TakeMore {
    /// Shows it, if the person has to answer it.
    pub fn show(&mut self, cx: &mut Ctx<'_>, ui: &mut Ui) {
        let peer = cx.chat.peer();
        let Some((peer, bytes)) = peer.and_then(|peer| Some((peer, peer.limit_reached?))) else {
            self.question.clear();
            return;
        };
        let (lang, peer_id) = (cx.lang, peer.peer_id.clone());
        let now = ui.input(|input| input.time);
        let stillness = self.question.about(peer_id.clone(), now);
        let wait = stillness.wait(now);
        let question = lang.take_more_question(cx.chat.contacts(), &peer_id, bytes);
        let builder = UiBuilder::new()
            .accessibility_role(Role::Group)
            .accessibility_label(question.clone());
        let mut answer = None;
        ui.add_space(theme::GAP);
        let area = ScrollArea::vertical()
            .id_salt("take more")
            .auto_shrink([false, true]);
        let shown = ui.scope_builder(builder, |ui| {
            let frame = theme::banner(theme::palette(ui).hint_background);
            let frame = frame.outer_margin(Margin::symmetric(theme::EDGE, 0));
            area.show(ui, |ui| {
                frame.show(ui, |ui| {
                    ui.set_min_width(ui.available_width());
                    ui.vertical(|ui| {
                        ui.add(typeset::Label::new(theme::strong(question)).wrap());
                        ui.add(typeset::Label::new(lang.take_more_hint()).wrap());
                        ui.horizontal_wrapped(|ui| {
                            if wait > 0.0 {
                                ui.multiply_opacity(NOT_YET);
                            }
                            let yes = kept_in_view(ui.button(lang.take_more(bytes)));
                            let no = kept_in_view(ui.button(lang.take_no_more()));
                            if yes.clicked() || no.clicked() {
                                answer = Some(yes.clicked());
                            }
                        });
                    });
                })
            });
        });
        let place = shown.response.rect;
        stillness.follow(place, ui.rect_contains_pointer(place), now);
        if wait > 0.0 {
            ui.request_repaint_after(Duration::from_secs_f64(wait));
        } else if let Some(take) = answer {
            cx.push(Action::Command(Command::TakeMore { peer_id, take }));
        }
    }
}
