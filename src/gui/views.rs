//! The layout of the window, and the views in it.

use std::mem;

use eframe::egui::{self, Context, Frame, Margin, Memory, Panel, ScrollArea, Ui, Vec2, vec2};

use crate::gui::{
    address_bar::AddressBar,
    composer::Composer,
    ctx::Ctx,
    dialog::{Dialog, SearchDialog},
    header,
    held::Held,
    menu, notices, people_button,
    problem::ProblemView,
    requests::Requests,
    resizing::lay_out_again_if_resized,
    shortcuts::Covered,
    status,
    take_more::TakeMore,
    theme,
    transcript::Transcript,
    typing,
    welcome::Welcome,
};

/// Height of a composer with one line, with the space around it, in points.
const COMPOSER: f32 = 50.0;
/// Least height of the problem and the notices, in points. The rest scrolls.
const MIN_NOTICES: f32 = 80.0;
/// Space above and below the content of a bar, in points.
const BAR_PADDING: i8 = 10;

/// The views that have a state of their own.
pub(super) struct Views {
    pub address_bar: AddressBar,
    pub composer: Composer,
    pub transcript: Transcript,
    pub welcome: Welcome,
    pub requests: Requests,
    pub take_more: TakeMore,
    pub held: Held,
    pub problem: ProblemView,
    pub dialog: Option<Dialog>,
    pub search: SearchDialog,
    /// How high the bars at the top and at the bottom were, in points. egui cuts them off there.
    bars: Vec2,
}

impl Views {
    /// With this in the host and port fields.
    pub fn new(host: String, port: String) -> Self {
        Self {
            address_bar: AddressBar::new(host, port),
            composer: Composer::default(),
            transcript: Transcript::default(),
            welcome: Welcome::default(),
            requests: Requests::default(),
            take_more: TakeMore::default(),
            held: Held::default(),
            problem: ProblemView::default(),
            dialog: None,
            search: SearchDialog::default(),
            bars: Vec2::ZERO,
        }
    }

    /// Opens a dialog in place of any other.
    pub fn open(&mut self, dialog: Dialog) {
        self.dialog = Some(dialog);
        self.welcome.close_field();
    }

    /// Whether a dialog covers the window.
    pub fn covered(&self) -> Covered {
        self.dialog.as_ref().map_or(Covered::No, Dialog::covers)
    }

    /// Shows everything.
    pub fn show(&mut self, cx: &mut Ctx<'_>, ui: &mut Ui) {
        self.show_bars(cx, ui);
        self.show_center(cx, ui);
        if let Some(dialog) = self.dialog.take() {
            self.dialog = dialog.show(cx, ui, &mut self.search);
            if self.dialog.is_none() {
                self.composer.focus();
            }
        }
    }

    /// After a click outside everything, or Escape, the caret goes back to where the person writes.
    pub fn refocus(&mut self, ctx: &Context) {
        if self.dialog.is_none() && !egui::Popup::is_any_open(ctx) {
            self.composer.focus();
            ctx.request_repaint();
        }
    }

    fn show_bars(&mut self, cx: &mut Ctx<'_>, ui: &mut Ui) {
        let frame = Frame::new()
            .fill(theme::palette(ui).bar)
            .inner_margin(Margin::symmetric(theme::EDGE, BAR_PADDING));
        let top = Panel::top("top").frame(frame).show(ui, |ui| {
            // The menu is added last, so that Tab goes as the eye does.
            ui.horizontal_top(|ui| {
                let width = ui.available_width() - theme::MENU_WIDTH;
                ui.allocate_ui(vec2(width, 0.0), |ui| {
                    ui.set_min_width(width);
                    ui.vertical(|ui| {
                        self.address_bar.show(cx, ui);
                        status::show(cx, ui);
                        header::show(cx, ui);
                    });
                });
                ui.vertical(|ui| {
                    menu::show(cx, ui);
                    people_button::show(cx, ui);
                });
            });
            let below = ui.ctx().content_rect().bottom() - ui.cursor().top();
            let room = below - COMPOSER - f32::from(BAR_PADDING);
            show_notices(&mut self.problem, cx, ui, room.max(MIN_NOTICES));
        });
        let bottom = Panel::bottom("bottom").frame(frame).show(ui, |ui| {
            self.held.show(cx, ui);
            self.composer.show(cx, ui);
        });
        let bars = [top, bottom].map(|bar| bar.response.rect.height());
        let before = mem::replace(&mut self.bars, bars.into());
        lay_out_again_if_resized(ui.ctx(), before, self.bars);
    }

    fn show_center(&mut self, cx: &mut Ctx<'_>, ui: &mut Ui) {
        let frame = Frame::new().fill(theme::palette(ui).background);
        egui::CentralPanel::default().frame(frame).show(ui, |ui| {
            self.requests.show(cx, ui);
            self.take_more.show(cx, ui);
            if cx.chat.timeline().is_empty() && cx.shown().is_none() {
                self.welcome.show(cx, ui);
                return;
            }
            let line = typing::height(cx, ui);
            // In a low window there may be no room left at all.
            let room = ui.available_size();
            let size = vec2(room.x, (room.y - line).max(0.0));
            // Each keeps its own distance to the edge.
            ui.spacing_mut().item_spacing.y = 0.0;
            ui.allocate_ui(size, |ui| self.transcript.show(cx, ui));
            typing::show(cx, ui);
        });
    }
}

/// The problem and the notices, at most as high as this, so that the composer stays in the window.
fn show_notices(problem: &mut ProblemView, cx: &mut Ctx<'_>, ui: &mut Ui, height: f32) {
    ScrollArea::vertical()
        .id_salt("notices")
        // Both limits, or the area would stay as high as the bar was before.
        .min_scrolled_height(height)
        .max_height(height)
        .auto_shrink([false, true])
        .show(ui, |ui| {
            problem.show(cx, ui);
            notices::show(cx, ui);
            let focused = ui.memory(Memory::focused);
            if let Some(focused) = focused.and_then(|id| ui.ctx().read_response(id))
                && focused.gained_focus()
                && ui.min_rect().contains_rect(focused.rect)
            {
                ui.scroll_to_rect(focused.rect, None);
            }
        });
}
