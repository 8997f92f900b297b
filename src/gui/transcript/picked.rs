//! Messages that the person picks to copy or forward them together.

use std::collections::BTreeSet;

use eframe::egui::{
    Align, Align2, Button, Event, FontId, Key, Layout, Modifiers, Popup, Rect, Role, Sense, Ui,
    WidgetInfo, pos2, vec2,
};

use super::{Transcript, words};
use crate::{
    chat::timeline::{Content, ItemId, Timeline},
    gui::{
        action::Action,
        ctx::Ctx,
        icon::{self, Icon},
        theme,
    },
};

/// Width of the column with the marks of what is picked, in points.
pub(super) const MARKS: f32 = 36.0;
/// Diameter of a mark, in points.
const MARK: f32 = 20.0;

impl Transcript {
    /// Picks a message, or no longer. The last one that is put back ends it.
    pub fn pick(&mut self, item: ItemId) {
        let picked = self.picked.get_or_insert_default();
        if !picked.remove(&item) {
            picked.insert(item);
        }
        if picked.is_empty() {
            self.picked = None;
        }
    }

    /// Nothing is picked any more.
    pub fn stop_picking(&mut self) {
        self.picked = None;
    }

    /// Whether messages are being picked.
    pub fn is_picking(&self) -> bool {
        self.picked.is_some()
    }

    /// Shows what can be done with what is picked.
    pub(in crate::gui) fn show_picked(&mut self, cx: &mut Ctx<'_>, ui: &mut Ui) {
        let timeline = cx.chat.timeline();
        let Some(picked) = &mut self.picked else {
            return;
        };
        picked.retain(|id| is_message(timeline, *id));
        let picked = &*picked;
        let is_covered =
            ui.memory(|memory| memory.top_modal_layer().is_some()) || Popup::is_any_open(ui.ctx());
        let is_left =
            !is_covered && ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape));
        let copies = !is_covered && ui.input(|input| input.events.contains(&Event::Copy));
        ui.horizontal(|ui| {
            ui.set_min_height(theme::COMPOSER);
            ui.label(cx.lang.picked_count(picked.len()));
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let closed = icon::button(ui, Icon::Close, cx.lang.stop_picking()).clicked();
                if closed || is_left || picked.is_empty() {
                    cx.push(Action::StopPicking);
                }
                let forward = theme::primary(ui, cx.lang.forward_further());
                if ui.add(forward).clicked() {
                    cx.push(Action::AskWhereToForward(forwarded(cx, picked)));
                }
                if ui.add(Button::new(cx.lang.copy())).clicked() || copies {
                    cx.push(Action::Copy(words::of_items(cx, |id| picked.contains(&id))));
                    cx.push(Action::StopPicking);
                }
            });
        });
    }
}

/// One message as it is; of several, also who wrote them and when.
fn forwarded(cx: &Ctx<'_>, picked: &BTreeSet<ItemId>) -> String {
    let timeline = cx.chat.timeline();
    let one = picked.first().filter(|_| picked.len() == 1);
    let content = one
        .and_then(|id| timeline.get(*id))
        .map(|item| &item.content);
    if let Some(Content::Message(message)) = content {
        message.text.to_string()
    } else {
        let text = words::of_items(cx, |id| picked.contains(&id));
        text.trim_end().to_owned()
    }
}

fn is_message(timeline: &Timeline, id: ItemId) -> bool {
    let item = timeline.get(id);
    item.is_some_and(
        |item| matches!(&item.content, Content::Message(message) if !message.marks.is_deleted),
    )
}

/// Makes a whole row one control that picks it, or no longer. `name` is the row's.
pub(super) fn show_row(
    cx: &mut Ctx<'_>,
    ui: &Ui,
    id: ItemId,
    row: Rect,
    is_picked: bool,
    name: &str,
) {
    let whole = row.with_min_x(row.left() - MARKS);
    let response = ui.interact(whole, ui.scope_id().with("pick"), Sense::CLICK);
    response.widget_info(|| WidgetInfo::selected(Role::CheckBox, true, is_picked, name));
    let palette = theme::palette(ui);
    let centre = pos2(
        row.left() - MARKS / 2.0 + theme::SIDE / 2.0,
        row.bottom() - MARK,
    );
    let mark = Rect::from_center_size(centre, vec2(MARK, MARK));
    if is_picked {
        ui.painter()
            .circle_filled(centre, MARK / 2.0, palette.accent);
        let font = FontId::new(theme::SMALL_ICON, theme::icons());
        let glyph = Icon::Check.glyph();
        ui.painter().text(
            mark.center(),
            Align2::CENTER_CENTER,
            glyph,
            font,
            palette.on_accent,
        );
    } else {
        let line = eframe::egui::Stroke::new(1.0, palette.border);
        ui.painter().circle_stroke(centre, MARK / 2.0 - 0.5, line);
    }
    if response.clicked() {
        cx.push(Action::Pick(id));
    }
}
