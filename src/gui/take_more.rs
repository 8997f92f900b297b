//! The question whether to take more of a peer that has sent a lot today.

use std::time::Duration;

use eframe::egui::{Frame, Margin, Role, ScrollArea, Ui, UiBuilder};

use super::{
    action::Action,
    card::{self, Tone},
    ctx::Ctx,
    requests::stillness::{NOT_YET, OneQuestion},
    theme,
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
            let beside = (ui.available_width() - theme::COLUMN_WIDTH) / 2.0;
            let margin = (beside.max(0.0) as i8).max(theme::EDGE);
            let frame = Frame::new().outer_margin(Margin::symmetric(margin, 0));
            area.show(ui, |ui| {
                frame.show(ui, |ui| {
                    card::show(ui, Tone::Question, |ui| {
                        ui.spacing_mut().item_spacing.y = theme::GAP / 2.0;
                        card::title(ui, &question);
                        card::body(ui, lang.take_more_hint());
                        ui.add_space(theme::GAP / 2.0);
                        ui.horizontal_wrapped(|ui| {
                            if wait > 0.0 {
                                ui.multiply_opacity(NOT_YET);
                            }
                            let yes = card::primary(ui, &lang.take_more(bytes));
                            let no = card::button(ui, lang.take_no_more());
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
