//! The emoji in rows below the titles of their groups. Only the rows in view are laid out.

use std::ops::Range;

use eframe::egui::{
    Align2, FontId, Rect, Role, ScrollArea, Sense, TextStyle, Ui, UiBuilder, Vec2, WidgetInfo,
    pos2, text::LayoutJob, vec2,
};

use super::table::{self, Group};
use crate::{
    gui::{ctx::Ctx, focus::focus_stroke, theme, typeset},
    lang::Lang,
};

/// What is above some emoji.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Heading {
    Recent,
    Group(Group),
    /// What a search has found.
    Found,
}

/// Emoji below one heading.
#[derive(Debug)]
pub(super) struct Section {
    pub heading: Heading,
    /// As numbers in the table.
    pub emoji: Vec<usize>,
}

/// A line of the grid.
struct Line {
    kind: Kind,
    /// In points, from the top of the grid.
    top: f32,
}

enum Kind {
    Heading(Heading),
    /// These emoji, counted through all sections.
    Emoji(Range<usize>),
}

/// The emoji of all sections, in lines.
pub(super) struct Grid {
    lines: Vec<Line>,
    emoji: Vec<usize>,
    /// In points.
    height: f32,
}

/// What the person does with the grid.
#[derive(Debug, Default)]
pub(super) struct Shown {
    /// How far it is scrolled, and its height, in points.
    pub scrolled: (f32, f32),
    /// The emoji that the pointer is on, counted through all sections.
    pub hovered: Option<usize>,
    pub clicked: Option<usize>,
}

impl Grid {
    /// Lines of this width, in points.
    pub fn new(sections: &[Section], width: f32) -> Self {
        let columns = ((width / theme::EMOJI_CELL) as usize).max(1);
        let mut grid = Self {
            lines: Vec::new(),
            emoji: Vec::new(),
            height: 0.0,
        };
        for section in sections {
            if section.heading != Heading::Found {
                grid.add(Kind::Heading(section.heading), theme::EMOJI_HEADING);
            }
            let first = grid.emoji.len();
            grid.emoji.extend(&section.emoji);
            let end = grid.emoji.len();
            for start in (first..end).step_by(columns) {
                let line = start..(start + columns).min(end);
                grid.add(Kind::Emoji(line), theme::EMOJI_CELL);
            }
        }
        grid
    }

    fn add(&mut self, kind: Kind, height: f32) {
        let top = self.height;
        self.lines.push(Line { kind, top });
        self.height += height;
    }

    /// The number in the table of an emoji, which is counted through all sections.
    pub fn emoji(&self, index: usize) -> Option<usize> {
        self.emoji.get(index).copied()
    }

    /// Where this heading is, in points from the top.
    pub fn top_of(&self, heading: Heading) -> Option<f32> {
        let is_it = |line: &&Line| matches!(line.kind, Kind::Heading(it) if it == heading);
        self.lines.iter().find(is_it).map(|line| line.top)
    }

    /// The emoji to the left or right of one, or to the side of that in the next line.
    pub fn beside(&self, index: usize, by: isize) -> usize {
        let last = self.emoji.len().saturating_sub(1);
        index.saturating_add_signed(by).min(last)
    }

    /// The emoji this many lines further down, in the same column or at the end of a shorter line.
    pub fn below(&self, index: usize, by: isize) -> usize {
        let lines = self.lines.iter().filter_map(|line| match &line.kind {
            Kind::Emoji(range) => Some(range.clone()),
            Kind::Heading(_) => None,
        });
        let lines: Vec<_> = lines.collect();
        let Some(here) = lines.iter().position(|line| line.contains(&index)) else {
            return 0;
        };
        let there = here
            .saturating_add_signed(by)
            .min(lines.len().saturating_sub(1));
        match (lines.get(here), lines.get(there)) {
            (Some(from), Some(to)) if here != there => {
                (to.start + index - from.start).min(to.end - 1)
            }
            _ => index,
        }
    }

    /// How many lines a page has in a view of this height.
    pub fn page(view: f32) -> isize {
        ((view / theme::EMOJI_CELL) as isize - 1).max(1)
    }

    /// How far to scroll so that this emoji is in view, with the heading above it if there is one.
    pub fn scroll_to(&self, index: usize, (offset, view): (f32, f32)) -> f32 {
        let is_it =
            |line: &Line| matches!(&line.kind, Kind::Emoji(range) if range.contains(&index));
        let Some(at) = self.lines.iter().position(is_it) else {
            return 0.0;
        };
        let Some(line) = self.lines.get(at) else {
            return 0.0;
        };
        let before = at.checked_sub(1).and_then(|before| self.lines.get(before));
        let heading = before.filter(|line| matches!(line.kind, Kind::Heading(_)));
        let top = heading.unwrap_or(line).top;
        offset.min(top).max(line.top + theme::EMOJI_CELL - view)
    }

    /// Shows the lines in view in an area of this height, scrolled to `offset` if that is set.
    pub fn show(
        &self,
        cx: &Ctx<'_>,
        ui: &mut Ui,
        height: f32,
        selected: usize,
        offset: Option<f32>,
    ) -> Shown {
        let mut area = ScrollArea::vertical()
            .id_salt("emoji")
            .auto_shrink(false)
            .min_scrolled_height(height)
            .max_height(height);
        if let Some(offset) = offset {
            area = area.vertical_scroll_offset(offset.max(0.0));
        }
        let shown = area.show_viewport(ui, |ui, view| {
            ui.set_height(self.height);
            let builder = UiBuilder::new()
                .accessibility_role(Role::ListBox)
                .accessibility_label(cx.lang.emoji());
            ui.scope_builder(builder, |ui| {
                let mut shown = Shown::default();
                let first = self.lines.partition_point(|line| line.top <= view.min.y);
                for line in self
                    .lines
                    .get(first.saturating_sub(1)..)
                    .unwrap_or_default()
                {
                    if line.top > view.max.y {
                        break;
                    }
                    self.show_line(cx, ui, line, selected, &mut shown);
                }
                shown
            })
            .inner
        });
        Shown {
            scrolled: (shown.state.clamped_offset().y, shown.inner_rect.height()),
            ..shown.inner
        }
    }

    fn show_line(&self, cx: &Ctx<'_>, ui: &Ui, line: &Line, selected: usize, shown: &mut Shown) {
        let at = ui.max_rect().min + vec2(0.0, line.top);
        match &line.kind {
            Kind::Heading(heading) => {
                let name = heading.name(cx.lang);
                let size = vec2(ui.max_rect().width(), theme::EMOJI_HEADING);
                let id = ui.scope_id().with(("heading", line.top as u32));
                let response = ui.interact(Rect::from_min_size(at, size), id, Sense::hover());
                response.widget_info(|| WidgetInfo::labeled(Role::Heading, true, name));
                let font = TextStyle::Small.resolve(ui.style());
                let middle = at + vec2(theme::GAP / 2.0, theme::EMOJI_HEADING / 2.0);
                let weak = theme::palette(ui).weak;
                ui.painter()
                    .text(middle, Align2::LEFT_CENTER, name, font, weak);
            }
            Kind::Emoji(range) => {
                for (column, index) in range.clone().enumerate() {
                    let corner = pos2(at.x + column as f32 * theme::EMOJI_CELL, at.y);
                    let cell = Rect::from_min_size(corner, Vec2::splat(theme::EMOJI_CELL));
                    self.show_emoji(cx, ui, cell, index, index == selected, shown);
                }
            }
        }
    }

    fn show_emoji(
        &self,
        cx: &Ctx<'_>,
        ui: &Ui,
        cell: Rect,
        index: usize,
        is_selected: bool,
        shown: &mut Shown,
    ) {
        let Some(emoji) = self
            .emoji(index)
            .and_then(|number| table::all().get(number))
        else {
            return;
        };
        // Not focusable: the field has the keyboard, and its arrow keys select.
        let id = ui.scope_id().with(("emoji", index));
        let response = ui.interact(cell, id, Sense::CLICK);
        let name = emoji.name(cx.lang);
        response.widget_info(|| WidgetInfo::labeled(Role::ListBoxOption, true, name));
        ui.ctx()
            .accesskit_node_builder(response.id, |node| node.set_selected(is_selected));
        let palette = theme::palette(ui);
        let ground = cell.shrink(1.0);
        if response.hovered() {
            shown.hovered = Some(index);
            ui.painter()
                .rect_filled(ground, theme::CORNER, palette.pressed);
        }
        if is_selected {
            let inside = eframe::egui::StrokeKind::Inside;
            ui.painter()
                .rect_stroke(ground, theme::CORNER, focus_stroke(ui), inside);
        }
        paint(ui, cell, emoji.text);
        if response.clicked() {
            shown.clicked = Some(index);
        }
    }
}

impl Heading {
    fn name(self, lang: Lang) -> &'static str {
        match self {
            Self::Recent => lang.recent_emoji(),
            Self::Group(group) => lang.emoji_group(group),
            Self::Found => "",
        }
    }
}

/// Paints an emoji in the middle of a cell, smaller if it is too wide.
pub(super) fn paint(ui: &Ui, cell: Rect, emoji: &str) {
    let colour = theme::palette(ui).text;
    let lay_out = |size: f32| {
        let font = FontId::proportional(size);
        let job = LayoutJob::simple_singleline(emoji.to_owned(), font, colour);
        typeset::layout_or_boxes(ui.painter(), job)
    };
    let mut typeset = lay_out(theme::EMOJI);
    let (width, room) = (typeset.size().x, cell.width() - 4.0);
    if width > room {
        typeset = lay_out(theme::EMOJI * room / width);
    }
    let at = Align2::CENTER_CENTER.anchor_size(cell.center(), typeset.size());
    ui.painter().galley(at.min, typeset.galley, colour);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid() -> Grid {
        let sections = [
            Section {
                heading: Heading::Recent,
                emoji: vec![5, 6, 7],
            },
            Section {
                heading: Heading::Group(Group::Smileys),
                emoji: (0..20).collect(),
            },
        ];
        Grid::new(&sections, 8.0 * theme::EMOJI_CELL + 3.0)
    }

    #[test]
    fn arrows_move_among_the_emoji() {
        let grid = grid();
        assert_eq!(
            (grid.beside(0, -1), grid.beside(2, 1), grid.beside(22, 1)),
            (0, 3, 22)
        );
        // From the recent ones to the first line of the group, and to its short last line.
        assert_eq!(
            (grid.below(1, 1), grid.below(4, 1), grid.below(17, 1)),
            (4, 12, 22)
        );
        // To a shorter line above, and no further than the first line and the last.
        assert_eq!(
            (grid.below(10, -1), grid.below(1, -1), grid.below(22, 1)),
            (2, 1, 22)
        );
        assert_eq!((grid.below(0, 99), grid.below(22, -99)), (19, 2));
        assert_eq!(grid.emoji(3), Some(0));
        let empty = Grid::new(&[], 100.0);
        assert_eq!(
            (empty.below(0, 1), empty.beside(0, 1), empty.emoji(0)),
            (0, 0, None)
        );
    }

    #[test]
    fn the_selected_emoji_is_scrolled_into_view() {
        let grid = grid();
        let (cell, heading) = (theme::EMOJI_CELL, theme::EMOJI_HEADING);
        // The first line comes with its heading.
        assert!(grid.scroll_to(3, (500.0, 100.0)).to_bits() == (heading + cell).to_bits());
        let last = grid.scroll_to(22, (0.0, 100.0));
        assert!((last - (2.0 * heading + 4.0 * cell - 100.0)).abs() < 0.01);
        assert!(grid.scroll_to(0, (0.0, 100.0)).abs() < 0.01);
        assert_eq!(grid.top_of(Heading::Group(Group::Flags)), None);
    }
}
