//! Where the keyboard focus goes, and that the focused widget is in view and shows it.

use eframe::egui::{
    Context, CornerRadius, Id, Memory, Painter, Response, Stroke, StrokeKind, Ui,
    text::{CCursor, CCursorRange},
    text_edit::TextEditState,
};

use super::theme;

/// Moves the keyboard focus to one of several widgets, once: asking in every frame would swallow keys under an
/// input method. `T` names the widgets.
#[derive(Debug)]
pub(super) struct FocusOnce<T>(Option<T>);

impl<T> Default for FocusOnce<T> {
    /// Leaves the focus where it is.
    fn default() -> Self {
        Self(None)
    }
}

impl<T: PartialEq> FocusOnce<T> {
    /// Focuses this widget when it is next shown.
    pub fn on(target: T) -> Self {
        Self(Some(target))
    }

    /// Focuses this widget when it is next shown, instead of any other.
    pub fn set(&mut self, target: T) {
        self.0 = Some(target);
    }

    /// The widget that is to be focused.
    pub fn target(&self) -> Option<&T> {
        self.0.as_ref()
    }

    /// Focuses the widget with this response if it is the `target`, and scrolls it into view.
    pub fn apply(&mut self, target: &T, response: &Response) {
        if self.take(target) {
            response.request_focus();
            response.scroll_to_me(None);
        }
    }

    /// Whether this widget is the one to be focused. True once.
    pub fn take(&mut self, target: &T) -> bool {
        let is_it = self.0.as_ref() == Some(target);
        if is_it {
            self.0 = None;
        }
        is_it
    }
}

/// Selects the whole text of a field, so that what is typed or pasted next replaces it.
pub(super) fn select_all(ctx: &Context, field: Id) {
    let mut state = TextEditState::load(ctx, field).unwrap_or_default();
    let all = CCursorRange::two(CCursor::new(0), CCursor::new(usize::MAX));
    state.cursor.set_char_range(Some(all));
    state.store(ctx, field);
}

/// Scrolls a widget into view when Tab moves the keyboard focus to it.
pub(super) fn kept_in_view(response: Response) -> Response {
    if response.gained_focus() {
        response.scroll_to_me(None);
    }
    response
}

/// Paints a ring around what has the keyboard, outside it, because buttons have many colours. Those in `have_their_own`
/// show their focus themselves. To be called when everything is laid out.
pub(super) fn show_ring(ui: &Ui, have_their_own: &[Id]) {
    let ctx = ui.ctx();
    let focused = ctx.memory(Memory::focused);
    let Some(id) = focused.filter(|id| !have_their_own.contains(id)) else {
        return;
    };
    // Not `read_response`, which takes the focus away again where the click that moved it was elsewhere.
    let widget = ctx.viewport(|viewport| viewport.this_pass.widgets.get(id).copied());
    // What is scrolled out of view has none.
    let Some(widget) = widget.filter(|widget| widget.interact_rect.is_positive()) else {
        return;
    };
    let corner = CornerRadius::same(theme::CORNER + theme::FOCUS_GAP as u8);
    Painter::new(ctx.clone(), widget.layer_id, ctx.content_rect()).rect_stroke(
        widget.interact_rect.expand(theme::FOCUS_GAP),
        corner,
        focus_stroke(ui),
        StrokeKind::Outside,
    );
}

/// What shows where the keyboard is.
pub(super) fn focus_stroke(ui: &Ui) -> Stroke {
    Stroke::new(theme::FOCUS_WIDTH, theme::palette(ui).focus)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_focus_goes_to_the_target_once() {
        let mut focus = FocusOnce::on(1);
        assert!(!focus.take(&2));
        assert!(focus.take(&1) && !focus.take(&1));
        focus.set(2);
        assert_eq!(focus.target(), Some(&2));
    }
}
