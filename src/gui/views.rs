//! The layout of the window, and the views in it.

use std::{mem, rc::Rc};

use eframe::egui::{
    self, Context, Frame, Margin, Panel, Rect, RichText, Ui, UiBuilder, Vec2, vec2,
};

use crate::{
    chat::Chat,
    gui::{
        address_bar::AddressBar,
        composer::Composer,
        ctx::Ctx,
        dialog::Dialog,
        drop, header,
        held::Held,
        layout::Layout,
        list::{List, Place},
        middle::Middle,
        notices::NoticesView,
        requests::Requests,
        resizing::lay_out_again_if_resized,
        search::SearchBar,
        shortcuts::Covered,
        take_more::TakeMore,
        theme,
        transcript::Transcript,
        typing,
    },
    identity::PeerId,
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
    pub middle: Middle,
    pub requests: Requests,
    pub take_more: TakeMore,
    pub held: Held,
    notices: NoticesView,
    pub dialog: Option<Dialog>,
    pub search: SearchBar,
    pub list: List,
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
            middle: Middle::default(),
            requests: Requests::default(),
            take_more: TakeMore::default(),
            held: Held::default(),
            notices: NoticesView::default(),
            dialog: None,
            search: SearchBar::default(),
            list: List::default(),
            bars: Vec2::ZERO,
        }
    }

    /// Opens a dialog in place of any other.
    pub fn open(&mut self, dialog: Dialog) {
        self.dialog = Some(dialog);
        self.middle.close_field();
    }

    /// The words of the search, as long as the person sees that it is one.
    pub fn looked_for(&self) -> Rc<[String]> {
        if self.search.is_open() || self.transcript.marks_hit() {
            self.search.looked_for()
        } else {
            Rc::default()
        }
    }

    /// Whether a dialog covers the window.
    pub fn covered(&self) -> Covered {
        self.dialog.as_ref().map_or(Covered::No, Dialog::covers)
    }

    /// Shows everything. The order is that of Tab: what one writes, what one reads, then the header and the list.
    pub fn show(&mut self, cx: &mut Ctx<'_>, ui: &mut Ui) {
        let layout = Layout::of(ui.ctx());
        if layout == Layout::Wide && matches!(self.dialog, Some(Dialog::List)) {
            // The window has become wide enough: the list is beside the transcript now.
            self.dialog = None;
        }
        let mut beside = ui.available_rect_before_wrap();
        let mut list = beside;
        if layout == Layout::Wide {
            list.set_width(self.list.width(cx));
            beside.set_left(list.right());
        }
        within(ui, beside, |ui| {
            let bottom = self.show_bottom(cx, ui);
            let mut center = ui.available_rect_before_wrap();
            let top = center;
            center.set_top((center.top() + self.bars.x).min(center.bottom()));
            within(ui, center, |ui| self.show_center(cx, ui));
            within(ui, center, |ui| self.notices.toasts.show(cx, ui));
            let top = within(ui, top, |ui| self.show_top(cx, ui, layout));
            let before = mem::replace(&mut self.bars, vec2(top, bottom));
            lay_out_again_if_resized(ui.ctx(), before, self.bars);
        });
        if layout == Layout::Wide {
            within(ui, list, |ui| {
                self.list.show(cx, ui, Place::Beside(&mut self.address_bar))
            });
        }
        self.show_dialog(cx, ui);
        drop::show(cx, ui);
    }

    fn show_dialog(&mut self, cx: &mut Ctx<'_>, ui: &Ui) {
        if let Some(dialog) = self.dialog.take() {
            self.dialog = dialog.show(cx, ui, &mut self.list);
            if self.dialog.is_none() {
                self.composer.focus();
            }
        }
    }

    /// After a click outside everything, or Escape, the caret goes back to where the person writes.
    pub fn refocus(&mut self, ctx: &Context, chat: &Chat) {
        if self.dialog.is_none() && !is_blocked(chat) && !egui::Popup::is_any_open(ctx) {
            self.composer.focus();
            ctx.request_repaint();
        }
    }

    /// What one writes. Returns how high it is.
    fn show_bottom(&mut self, cx: &mut Ctx<'_>, ui: &mut Ui) -> f32 {
        let frame = bar(ui).inner_margin(Margin::symmetric(theme::EDGE, BAR_PADDING));
        let bottom = Panel::bottom("bottom").frame(frame).show(ui, |ui| {
            self.held.show(cx, ui);
            if is_blocked(cx.chat) {
                ui.label(RichText::new(cx.lang.blocked_no_writing()).weak());
            } else if self.transcript.is_picking() {
                self.transcript.show_picked(cx, ui);
            } else {
                // As wide as the column of messages.
                let place = ui.available_rect_before_wrap();
                let width = place.width().min(theme::COLUMN_WIDTH - 2.0 * theme::SIDE);
                let place = place.shrink2(vec2((place.width() - width) / 2.0, 0.0));
                ui.scope_builder(UiBuilder::new().max_rect(place), |ui| {
                    self.composer.show(cx, ui);
                });
            }
        });
        bottom.response.rect.height()
    }

    /// The header, and what went wrong below it. Returns how high they are.
    fn show_top(&mut self, cx: &mut Ctx<'_>, ui: &mut Ui, layout: Layout) -> f32 {
        let frame = bar(ui).inner_margin(Margin::symmetric(theme::EDGE, 0));
        let top = Panel::top("top").frame(frame).show(ui, |ui| {
            let gap = mem::take(&mut ui.spacing_mut().item_spacing.y);
            ui.scope(|ui| header::show(&mut self.address_bar, cx, ui, layout));
            ui.spacing_mut().item_spacing.y = gap;
            let was_open = self.search.is_open();
            self.search.show(cx, ui);
            if was_open && !self.search.is_open() {
                self.composer.focus();
            }
            let below = ui.ctx().content_rect().bottom() - ui.cursor().top();
            let room = below - COMPOSER - f32::from(BAR_PADDING);
            self.notices.show(cx, ui, room.max(MIN_NOTICES));
        });
        top.response.rect.height()
    }

    fn show_center(&mut self, cx: &mut Ctx<'_>, ui: &mut Ui) {
        let frame = Frame::new().fill(theme::palette(ui).background);
        egui::CentralPanel::default().frame(frame).show(ui, |ui| {
            self.requests.show(cx, ui);
            self.take_more.show(cx, ui);
            if self.search.shows_hits(cx) {
                self.search.show_hits(cx, ui);
                return;
            }
            if !cx.shows_transcript() {
                self.middle.show(&mut self.address_bar, cx, ui);
                return;
            }
            let area = ui.available_rect_before_wrap();
            self.transcript.show(cx, ui);
            if self.transcript.is_at_end(cx.chat.timeline()) {
                typing::show(cx, ui, area);
            }
        });
    }
}

/// Whether the conversation that is shown is with somebody who is blocked, to whom nothing can be written.
fn is_blocked(chat: &Chat) -> bool {
    let contact = chat.shown().and_then(PeerId::key);
    let contact = contact.and_then(|key| chat.contacts().get(&key));
    contact.is_some_and(|contact| contact.blocked) && !chat.is_present()
}

/// Shows `content` in this place.
fn within<R>(ui: &mut Ui, place: Rect, content: impl FnOnce(&mut Ui) -> R) -> R {
    ui.scope_builder(UiBuilder::new().max_rect(place), content)
        .inner
}

fn bar(ui: &Ui) -> Frame {
    Frame::new().fill(theme::palette(ui).bar)
}
