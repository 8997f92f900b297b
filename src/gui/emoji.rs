//! A picker of emoji: recent ones, groups, and a search in both languages.

mod button;
mod grid;
mod table;

use eframe::egui::{
    Align2, Id, Key, Memory, Modifiers, Role, ScrollArea, Sense, Ui, WidgetInfo, accesskit::Live,
    vec2,
};

use self::{
    grid::{Grid, Heading, Section},
    table::Fonts,
};
use super::{
    action::{Action, Setting},
    ctx::Ctx,
    focus::FocusOnce,
    keys::Keys,
    theme, typeset,
};

pub(super) use self::{
    button::{EmojiButton, Outcome},
    table::Group,
};

/// Height of the picker's grid, in points. In a low window it is less.
const GRID: f32 = 252.0;
/// The rest of the picker and what should stay visible below it, in points.
const BESIDES: f32 = 180.0;
/// Maximum width of the picker, in points.
const WIDTH: f32 = 304.0;
/// Its edges, and some space beside it, in points.
const EDGES: f32 = 32.0;

/// The content of a popup in which one emoji is picked. Made when the popup opens.
#[derive(Debug)]
pub(super) struct EmojiPicker {
    words: String,
    /// The words whose answer the sections are.
    asked: Option<String>,
    sections: Vec<Section>,
    fonts: Option<Fonts>,
    /// Counted through all sections.
    selected: usize,
    /// The group to scroll to in the next frame. A grid that has just become longer can't be scrolled yet.
    go_to: Option<Group>,
    /// How far to scroll, in points.
    scroll: Option<f32>,
    /// How far it is scrolled, and its height, in points.
    scrolled: (f32, f32),
    keys: Keys,
    /// On the field.
    focus: FocusOnce<()>,
}

impl Default for EmojiPicker {
    fn default() -> Self {
        Self {
            words: String::new(),
            asked: None,
            sections: Vec::new(),
            fonts: None,
            selected: 0,
            go_to: None,
            scroll: None,
            scrolled: (0.0, GRID),
            keys: Keys::default(),
            focus: FocusOnce::on(()),
        }
    }
}

impl EmojiPicker {
    /// Shows it. Returns the emoji that was picked, which is among the recent ones from now on.
    pub fn show(&mut self, cx: &mut Ctx<'_>, ui: &mut Ui) -> Option<String> {
        let window = ui.ctx().content_rect().size();
        let width = WIDTH.min(window.x - EDGES);
        let height = GRID.min(window.y - BESIDES).max(2.0 * theme::EMOJI_CELL);
        ui.set_width(width);
        ui.spacing_mut().item_spacing.y = theme::GAP / 2.0;
        let grid = self.find(cx, ui, width);
        if let Some(group) = self.go_to.take() {
            self.scroll = grid.top_of(Heading::Group(group));
        }
        self.move_by_keys(ui, &grid);
        let enter = self.show_field(cx, ui, width);
        self.show_groups(cx, ui, width);
        // The words may be other ones now.
        let grid = self.find(cx, ui, width);
        let offset = self.scroll.take();
        let shown = grid.show(cx, ui, height, self.selected, offset);
        self.scrolled = shown.scrolled;
        let emoji = |index| {
            grid.emoji(index)
                .and_then(|number| table::all().get(number))
        };
        let name = emoji(shown.hovered.unwrap_or(self.selected));
        show_name(
            ui,
            name.map_or(cx.lang.no_emoji(), |emoji| emoji.name(cx.lang)),
        );
        let picked = shown.clicked.or_else(|| enter.then_some(self.selected));
        let picked = picked.and_then(emoji)?.text.to_owned();
        cx.push(Action::Set(Setting::UsedEmoji(picked.clone())));
        Some(picked)
    }

    /// Fills the sections, if the words have changed.
    fn find(&mut self, cx: &Ctx<'_>, ui: &Ui, width: f32) -> Grid {
        let words = self.words.trim();
        if self.asked.as_deref() != Some(words) {
            let fonts = *self.fonts.get_or_insert_with(|| Fonts::of(ui.painter()));
            self.sections = if words.is_empty() {
                sections(cx, fonts)
            } else {
                let emoji = table::search(fonts, words);
                let heading = Heading::Found;
                vec![Section { heading, emoji }]
            };
            self.asked = Some(words.to_owned());
            self.selected = 0;
            self.scroll = Some(0.0);
        }
        Grid::new(&self.sections, width - theme::SCROLL_BAR)
    }

    /// The arrow keys select while the field has the keyboard.
    fn move_by_keys(&mut self, ui: &Ui, grid: &Grid) {
        if !ui.memory(|memory| memory.has_focus(field())) || self.keys.is_composing() {
            return;
        }
        let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
        let page = Grid::page(self.scrolled.1);
        let before = self.selected;
        for (key, moved) in [
            (Key::ArrowLeft, grid.beside(before, -1)),
            (Key::ArrowRight, grid.beside(before, 1)),
            (Key::ArrowUp, grid.below(before, -1)),
            (Key::ArrowDown, grid.below(before, 1)),
            (Key::PageUp, grid.below(before, -page)),
            (Key::PageDown, grid.below(before, page)),
        ] {
            if pressed(key) {
                self.selected = moved;
                self.scroll = Some(grid.scroll_to(moved, self.scrolled));
            }
        }
    }

    /// Returns true if Enter was pressed in the field.
    fn show_field(&mut self, cx: &Ctx<'_>, ui: &mut Ui, width: f32) -> bool {
        let id = field();
        let enter = self.keys.take_enter(ui, id);
        // A field that gets the keyboard scrolls itself into view. Without an area around it, it would scroll the grid.
        let area = ScrollArea::vertical().id_salt("emoji field");
        let field = area.show(ui, |ui| {
            typeset::singleline(ui, &mut self.words, |field| {
                field
                    .id(id)
                    .hint_text(cx.lang.search_emoji())
                    .align(Align2::LEFT_CENTER)
                    .min_size(vec2(width, theme::CONTROL))
                    .desired_width(width)
            })
        });
        let field = field.inner.accessible_name(cx.lang.search_emoji());
        // The first pass only measures the popup, and takes no focus.
        if !ui.is_sizing_pass() && self.focus.take(&()) {
            field.request_focus();
        }
        enter
    }

    /// A button for each group, which leads to it.
    fn show_groups(&mut self, cx: &Ctx<'_>, ui: &mut Ui, width: f32) {
        let size = vec2(width / Group::ALL.len() as f32, theme::CONTROL);
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 0.0;
            for group in Group::ALL {
                let (cell, response) = ui.allocate_exact_size(size, Sense::click());
                let name = cx.lang.emoji_group(group);
                response.widget_info(|| WidgetInfo::labeled(Role::Button, true, name));
                if response.hovered() {
                    let ground = theme::palette(ui).pressed;
                    ui.painter().rect_filled(cell, theme::CORNER, ground);
                }
                grid::paint(ui, cell.shrink(5.0), group.icon());
                if response.on_hover_text(name).clicked() {
                    self.words.clear();
                    self.go_to = Some(group);
                    self.focus = FocusOnce::on(());
                    ui.ctx().request_repaint();
                }
            }
        });
    }
}

/// The recent emoji, and those of each group.
fn sections(cx: &Ctx<'_>, fonts: Fonts) -> Vec<Section> {
    let recent = cx.settings.recent_emoji.iter();
    let recent = recent.filter_map(|emoji| table::find(emoji)).collect();
    let mut sections = vec![Section {
        heading: Heading::Recent,
        emoji: recent,
    }];
    for group in Group::ALL {
        let is_in = |index: &usize| table::all().get(*index).is_some_and(|it| it.group == group);
        sections.push(Section {
            heading: Heading::Group(group),
            emoji: table::shown(fonts).filter(is_in).collect(),
        });
    }
    sections.retain(|section| !section.emoji.is_empty());
    sections
}

/// The name of the emoji that is selected or that the pointer is on. A screen reader says it.
fn show_name(ui: &mut Ui, name: &str) {
    let label = ui.add(typeset::Label::new(name).truncate());
    ui.ctx().accesskit_node_builder(label.id, |node| {
        node.set_live(Live::Polite);
        node.set_value(name);
    });
}

/// Whether the keyboard is on nothing, or still on a picker that was closed.
pub(super) fn has_lost_focus(ui: &Ui) -> bool {
    let focused = ui.memory(Memory::focused);
    focused.is_none_or(|id| id == field())
}

/// What has the keyboard while the picker is open.
fn field() -> Id {
    Id::unique("emoji field")
}
