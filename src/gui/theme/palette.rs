//! The colours of the themes. Which of them stand on which, and with what contrast, is tested in `tests/views/colours.rs`.
#![expect(clippy::disallowed_methods, reason = "this is the place for colours")]

use eframe::egui::Color32;

/// The colours of one theme.
#[derive(Debug, Clone, Copy)]
pub struct Palette {
    /// The background of the transcript.
    pub background: Color32,
    /// The background of the bars above and below it, of dialogs, menus and fields.
    pub bar: Color32,
    /// The background of buttons, and of entries of a list that the pointer is on.
    pub raised: Color32,
    /// The background of buttons that the pointer is on, that have the keyboard or are pressed.
    pub pressed: Color32,
    /// Text.
    pub text: Color32,
    /// Secondary text.
    pub weak: Color32,
    /// Lines between areas, and around the peer's bubbles.
    pub line: Color32,
    /// The borders of controls.
    pub border: Color32,
    /// My bubbles.
    pub mine: Color32,
    /// Text in them, links too.
    pub on_mine: Color32,
    /// The peer's bubbles.
    pub theirs: Color32,
    /// Text in them.
    pub on_theirs: Color32,
    /// The ground of code in my bubbles, where text is [`Palette::on_mine`].
    pub code_in_mine: Color32,
    /// The same in the peer's bubbles, where text is [`Palette::on_theirs`].
    pub code_in_theirs: Color32,
    /// The primary button.
    pub accent: Color32,
    /// Text on it.
    pub on_accent: Color32,
    /// Links, other text that can be clicked, and where the unread messages begin.
    pub link: Color32,
    /// The ring around what has the keyboard.
    pub focus: Color32,
    /// Verified.
    pub good: Color32,
    /// Waiting for a connection, undelivered, not encrypted.
    pub waiting: Color32,
    /// Something is wrong.
    pub bad: Color32,
    /// The background of errors.
    pub bad_background: Color32,
    /// The background of questions and hints.
    pub hint_background: Color32,
    /// The background of words that a search has found.
    pub found: Color32,
    /// The background of selected text, but not in my bubbles. The text keeps the colour of [`Palette::text`].
    pub selection: Color32,
    /// The background of selected text in my bubbles.
    pub selection_in_mine: Color32,
    /// The selected text in my bubbles.
    pub selected_in_mine: Color32,
}

/// The light theme.
pub const LIGHT: Palette = Palette {
    background: rgb(0x00ee_f2f7),
    bar: Color32::WHITE,
    raised: rgb(0x00f6_f8fb),
    pressed: rgb(0x00e4_e9f1),
    text: rgb(0x0017_1a1f),
    weak: rgb(0x0054_5c69),
    line: rgb(0x00d6_dce5),
    border: rgb(0x007c_8594),
    mine: rgb(0x001d_5fcc),
    on_mine: Color32::WHITE,
    theirs: Color32::WHITE,
    on_theirs: rgb(0x0017_1a1f),
    code_in_mine: rgb(0x0017_4fad),
    code_in_theirs: rgb(0x00ec_f0f6),
    accent: rgb(0x001d_5fcc),
    on_accent: Color32::WHITE,
    link: rgb(0x0015_52b8),
    focus: rgb(0x001d_5fcc),
    good: rgb(0x0012_703c),
    waiting: rgb(0x007f_4c00),
    bad: rgb(0x00ae_1f18),
    bad_background: rgb(0x00fd_ecea),
    hint_background: rgb(0x00e3_edfd),
    found: rgb(0x00ff_e08a),
    selection: rgb(0x00b9_d3fb),
    selection_in_mine: Color32::WHITE,
    selected_in_mine: rgb(0x000b_2e6b),
};

/// The dark theme.
pub const DARK: Palette = Palette {
    background: rgb(0x0014_171b),
    bar: rgb(0x001c_2026),
    raised: rgb(0x0023_2830),
    pressed: rgb(0x0034_3b46),
    text: rgb(0x00e8_ebf0),
    weak: rgb(0x00a8_b0bc),
    line: rgb(0x0034_3b46),
    border: rgb(0x0073_7d8c),
    mine: rgb(0x002a_63c4),
    on_mine: Color32::WHITE,
    theirs: rgb(0x002a_303a),
    on_theirs: rgb(0x00e8_ebf0),
    code_in_mine: rgb(0x0020_509f),
    code_in_theirs: rgb(0x001c_2026),
    accent: rgb(0x003a_72d8),
    on_accent: Color32::WHITE,
    link: rgb(0x008a_b4ff),
    focus: rgb(0x008a_b4ff),
    good: rgb(0x0063_d297),
    waiting: rgb(0x00f0_b34a),
    bad: rgb(0x00ff_8a80),
    bad_background: rgb(0x0042_201f),
    hint_background: rgb(0x001f_2e49),
    found: rgb(0x007a_5e10),
    selection: rgb(0x003e_5c92),
    selection_in_mine: Color32::WHITE,
    selected_in_mine: rgb(0x000b_2e6b),
};

/// The light theme with high contrast: text at least 7 : 1, controls at least 4.5 : 1.
pub const HIGH_CONTRAST_LIGHT: Palette = Palette {
    background: Color32::WHITE,
    bar: Color32::WHITE,
    raised: Color32::WHITE,
    pressed: rgb(0x00dd_e3ec),
    text: Color32::BLACK,
    weak: rgb(0x0030_363f),
    line: rgb(0x0059_616e),
    border: rgb(0x0030_363f),
    mine: rgb(0x0000_3a94),
    on_mine: Color32::WHITE,
    theirs: Color32::WHITE,
    on_theirs: Color32::BLACK,
    code_in_mine: rgb(0x0000_2a6e),
    code_in_theirs: rgb(0x00e9_edf3),
    accent: rgb(0x0000_3a94),
    on_accent: Color32::WHITE,
    link: rgb(0x0000_3a94),
    focus: rgb(0x0000_3a94),
    good: rgb(0x0000_4f27),
    waiting: rgb(0x005c_3600),
    bad: rgb(0x008a_0d08),
    bad_background: rgb(0x00ff_f0ef),
    hint_background: rgb(0x00ec_f3ff),
    found: rgb(0x00ff_e08a),
    selection: rgb(0x00b9_d3fb),
    selection_in_mine: Color32::WHITE,
    selected_in_mine: Color32::BLACK,
};

/// The dark theme with high contrast.
pub const HIGH_CONTRAST_DARK: Palette = Palette {
    background: Color32::BLACK,
    bar: Color32::BLACK,
    raised: Color32::BLACK,
    pressed: rgb(0x002b_323c),
    text: Color32::WHITE,
    weak: rgb(0x00d2_d8e1),
    line: rgb(0x00a0_a9b7),
    border: rgb(0x00d2_d8e1),
    mine: rgb(0x0000_3f9e),
    on_mine: Color32::WHITE,
    theirs: Color32::BLACK,
    on_theirs: Color32::WHITE,
    code_in_mine: rgb(0x0000_2e75),
    code_in_theirs: rgb(0x001f_252d),
    accent: rgb(0x00a6_c8ff),
    on_accent: Color32::BLACK,
    link: rgb(0x00a6_c8ff),
    focus: rgb(0x00a6_c8ff),
    good: rgb(0x0077_e6ab),
    waiting: rgb(0x00ff_c869),
    bad: rgb(0x00ff_aaa3),
    bad_background: rgb(0x002e_0c0a),
    hint_background: rgb(0x0008_1a36),
    found: rgb(0x0057_4200),
    selection: rgb(0x002c_4a80),
    selection_in_mine: Color32::WHITE,
    selected_in_mine: Color32::BLACK,
};

/// The letter on a face.
pub const ON_FACE: Color32 = Color32::WHITE;

/// The grounds of faces, in every theme.
const FACES: [Color32; 8] = [
    rgb(0x0017_7a80),
    rgb(0x0077_4bb3),
    rgb(0x00a8_5220),
    rgb(0x001f_6fb8),
    rgb(0x00b0_3a6e),
    rgb(0x003f_7a2e),
    rgb(0x0052_59c4),
    rgb(0x0096_4141),
];

/// The ground of the face of a peer with this in its key.
pub fn face(key: Option<u8>) -> Color32 {
    let face = key.and_then(|key| FACES.get(usize::from(key) % FACES.len()));
    face.copied().unwrap_or(rgb(0x005f_6b7a))
}

/// A colour as `0xRRGGBB`.
const fn rgb(hex: u32) -> Color32 {
    let [_, red, green, blue] = hex.to_be_bytes();
    Color32::from_rgb(red, green, blue)
}
