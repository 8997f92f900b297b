//! What only confirms something, above the composer for a moment: copied, exported, erased.

use std::{path::Path, time::Duration};

use eframe::egui::{
    Align, Align2, Layout, Memory, Rect, Ui, UiBuilder, Vec2, accesskit::Live, vec2,
};

use super::{
    action::Action,
    browser::Openable,
    card,
    ctx::Ctx,
    icon::{self, Icon},
    resizing::lay_out_again_if_resized,
    theme, typeset,
};
use crate::chat::notices::Notice;

/// How long each is shown, in seconds of the window's clock.
const SHOWN: f64 = 5.0;

/// See the [module](self).
#[derive(Debug, Default)]
pub(super) struct Toasts {
    shown: Vec<Toast>,
    /// When they were last shown.
    before: f64,
    /// The pointer or the keyboard was on them then, so their time stands still.
    is_paused: bool,
    /// How large all of them were together, in points.
    size: Vec2,
}

#[derive(Debug)]
struct Toast {
    notice: Notice,
    /// When it goes.
    until: f64,
}

impl Toasts {
    /// Shows them at the bottom of `ui`, over what is there.
    pub fn show(&mut self, cx: &mut Ctx<'_>, ui: &mut Ui) {
        let now = ui.input(|input| input.time);
        self.follow(cx, now);
        if self.shown.is_empty() {
            (self.is_paused, self.size) = (false, Vec2::ZERO);
            return;
        }
        let place = ui.available_rect_before_wrap().shrink(theme::GAP);
        let width = place.width().min(theme::TOAST_WIDTH);
        // In the middle by the size that they had before; there is room for more.
        let before = Align2::CENTER_BOTTOM.align_size_within_rect(self.size, place);
        let place = Rect::from_min_size(before.min, vec2(width, self.size.y));
        let builder = UiBuilder::new()
            .max_rect(place)
            .layout(Layout::top_down(Align::Min));
        let toasts = ui.scope_builder(builder, |ui| {
            ui.spacing_mut().item_spacing.y = theme::GAP;
            for toast in &self.shown {
                show(cx, ui, &toast.notice);
            }
        });
        let rect = toasts.response.rect;
        let before = std::mem::replace(&mut self.size, rect.size());
        lay_out_again_if_resized(ui.ctx(), before, self.size);
        self.is_paused = ui.rect_contains_pointer(rect) || has_keyboard(ui, rect);
        if let Some(next) = self.next(now) {
            ui.ctx()
                .request_repaint_after(Duration::from_secs_f64(next));
        }
    }

    /// Adds new toasts, and dismisses those whose time is over.
    fn follow(&mut self, cx: &mut Ctx<'_>, now: f64) {
        let since_before = (now - self.before).max(0.0);
        self.before = now;
        self.shown
            .retain(|toast| cx.notices.iter().any(|notice| *notice == toast.notice));
        for toast in &mut self.shown {
            if self.is_paused {
                toast.until += since_before;
            }
            if toast.until <= now {
                cx.push(Action::DismissNotice(toast.notice.clone()));
            }
        }
        for notice in cx.notices.iter().filter(|notice| notice.passes()) {
            if !self.shown.iter().any(|toast| toast.notice == *notice) {
                self.shown.push(Toast {
                    notice: notice.clone(),
                    until: now + SHOWN,
                });
            }
        }
    }

    /// How long until the next one goes, in seconds. `None` while their time stands still.
    fn next(&self, now: f64) -> Option<f64> {
        let left = self.shown.iter().map(|toast| (toast.until - now).max(0.0));
        left.reduce(f64::min).filter(|_| !self.is_paused)
    }
}

fn show(cx: &mut Ctx<'_>, ui: &mut Ui, notice: &Notice) {
    let lang = cx.lang;
    card::toast_frame(ui).show(ui, |ui| {
        ui.spacing_mut().interact_size.y = theme::CONTROL;
        ui.horizontal_wrapped(|ui| {
            let sentence = lang.notice(notice, cx.chat.contacts());
            let label = ui.add(typeset::Label::new(sentence).wrap());
            ui.ctx().accesskit_node_builder(label.id, |node| {
                node.set_live(Live::Polite);
            });
            if let Notice::Exported(file) = notice
                && let Some(folder) = file.parent().map(Path::to_owned)
                && card::quiet(ui, lang.open_folder()).clicked()
            {
                cx.push(Action::OpenOutside(Openable::Folder(folder)));
            }
            if icon::button(ui, Icon::Close, lang.close()).clicked() {
                cx.push(Action::DismissNotice(notice.clone()));
            }
        });
    });
}

/// Whether something in this place has the keyboard.
fn has_keyboard(ui: &Ui, place: Rect) -> bool {
    let focused = ui.memory(Memory::focused);
    let focused = focused.and_then(|id| ui.ctx().read_response(id));
    focused.is_some_and(|focused| place.contains_rect(focused.rect))
}
