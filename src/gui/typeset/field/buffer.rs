//! The text of a field, which takes no control characters.

use std::{any::TypeId, borrow::Cow, ops::Range};

use eframe::egui::{TextBuffer, text::CharIndex};

use crate::text::typed::{typed, typed_on_one_line};

/// A text that is edited. Whatever is put into it passes through [`typed`] or [`typed_on_one_line`], in whatever way it
/// comes: typed, pasted, dropped, or from an input method or a screen reader.
pub(super) struct Buffer<'a> {
    text: &'a mut String,
    clean: fn(&str) -> Cow<'_, str>,
}

impl<'a> Buffer<'a> {
    /// For a field of one line. What is in the text already is cleaned, because it may be from a file.
    pub fn one_line(text: &'a mut String) -> Self {
        Self::new(text, typed_on_one_line)
    }

    /// The same for a field of several lines.
    pub fn several_lines(text: &'a mut String) -> Self {
        Self::new(text, typed)
    }

    fn new(text: &'a mut String, clean: fn(&str) -> Cow<'_, str>) -> Self {
        if let Cow::Owned(cleaned) = clean(text) {
            *text = cleaned;
        }
        Self { text, clean }
    }
}

impl TextBuffer for Buffer<'_> {
    fn is_mutable(&self) -> bool {
        true
    }

    fn as_str(&self) -> &str {
        self.text
    }

    fn insert_text(&mut self, text: &str, char_index: CharIndex) -> usize {
        self.text.insert_text(&(self.clean)(text), char_index)
    }

    fn delete_char_range(&mut self, char_range: Range<CharIndex>) {
        self.text.delete_char_range(char_range);
    }

    fn type_id(&self) -> TypeId {
        TypeId::of::<Buffer<'static>>()
    }
}
