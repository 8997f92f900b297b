//! File names that a peer has chosen, made safe to show and to write on every system.
//!
//! No crate does this: those for it replace only what Windows forbids. The rules here are those of Windows
//! (<https://learn.microsoft.com/windows/win32/fileio/naming-a-file>), plus what hides or reorders text.

use std::path::Path;

use unicode_normalization::UnicodeNormalization;

use crate::text::visible;

/// Maximum length of a safe name in bytes: every system allows 255, and " (100)" has to fit too.
const MOST_SAFE: usize = 240;
/// Maximum length in bytes of an extension, with its dot, that survives when a name is shortened.
const MOST_EXTENSION: usize = 24;
/// Stands in for a character that may not be in a name.
const REPLACED: char = '_';

/// Names that Windows keeps for devices, whatever extension follows. COM and LPT are followed by a digit.
const DEVICES: [&str; 6] = ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"];

/// Extensions of what a double click runs, on one system or another.
const PROGRAMS: &[&str] = &[
    // Windows
    "exe",
    "com",
    "scr",
    "pif",
    "bat",
    "cmd",
    "msi",
    "msp",
    "msix",
    "appx",
    "appxbundle",
    "msixbundle",
    "appinstaller",
    "cpl",
    "dll",
    "sys",
    "vbs",
    "vbe",
    "js",
    "jse",
    "mjs",
    "ws",
    "wsf",
    "wsh",
    "wsc",
    "sct",
    "ps1",
    "psm1",
    "psc1",
    "hta",
    "chm",
    "hlp",
    "lnk",
    "url",
    "scf",
    "reg",
    "inf",
    "msc",
    "gadget",
    "application",
    "appref-ms",
    "jnlp",
    "library-ms",
    "search-ms",
    "settingcontent-ms",
    "theme",
    "themepack",
    "iso",
    "img",
    "vhd",
    "vhdx",
    "xll",
    "wll",
    "docm",
    "dotm",
    "xlsm",
    "xltm",
    "xlam",
    "pptm",
    "potm",
    "ppam",
    "ppsm",
    "sldm",
    "one",
    "ade",
    "adp",
    "mde",
    "diagcab",
    // macOS
    "app",
    "command",
    "workflow",
    "action",
    "pkg",
    "mpkg",
    "dmg",
    "scpt",
    "scptd",
    "applescript",
    "terminal",
    "tool",
    "osx",
    "webloc",
    "inetloc",
    "fileloc",
    "mobileconfig",
    "prefpane",
    "kext",
    "definition",
    // Linux and others
    "desktop",
    "appimage",
    "run",
    "bin",
    "elf",
    "out",
    "so",
    "sh",
    "bash",
    "zsh",
    "csh",
    "ksh",
    "fish",
    "deb",
    "rpm",
    "flatpak",
    "flatpakref",
    "flatpakrepo",
    "snap",
    "jar",
    "class",
    "py",
    "pyc",
    "pyw",
    "pyz",
    "pl",
    "rb",
    "lua",
    "tcl",
    "php",
    "apk",
    "xpi",
    "crx",
    "htm",
    "html",
    "xhtml",
    "shtml",
    "svg",
    "mht",
    "mhtml",
];

/// The name under which a file or folder of a peer is shown and written: one name on every system, never a path, never
/// hidden, 1 to 240 bytes. Idempotent.
pub fn safe_name(name: &str) -> String {
    let safe = safe_part(name);
    match safe.strip_prefix('.') {
        // A leading dot hides a file.
        Some(rest) => shorten(&format!("{REPLACED}{rest}")),
        None => safe,
    }
}

/// The same for a name within a folder, which may begin with a dot.
pub(super) fn safe_part(name: &str) -> String {
    let composed: String = name.nfc().collect();
    let allowed: String = visible::visible_label(&composed)
        .chars()
        .map(allowed)
        .collect();
    let trimmed = shorten(&allowed);
    if trimmed.is_empty() {
        return "file".to_owned();
    }
    if trimmed.chars().all(|character| character == '.') || is_device(&trimmed) {
        return shorten(&format!("{REPLACED}{trimmed}"));
    }
    trimmed
}

/// The `number`th name to try if the ones before exist: "a.txt", "a (2).txt", "a (3).txt"… A folder's name has no
/// extension.
pub(super) fn numbered(name: &str, number: u32, is_folder: bool) -> String {
    if number <= 1 {
        return name.to_owned();
    }
    let (stem, extension) = if is_folder { (name, "") } else { split(name) };
    format!("{stem} ({number}){extension}")
}

/// Whether opening a file of this name can run something: a program, a script, an installer, a disk image, a shortcut,
/// a document with macros, or a page with scripts. By its name only, as the systems decide; does not look at the disk.
pub fn can_run(path: &Path) -> bool {
    let name = path
        .file_name()
        .map(|name| name.to_string_lossy().to_lowercase())
        .unwrap_or_default();
    // Windows ignores dots and spaces at the end.
    let name = name.trim_end_matches(['.', ' ']);
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    PROGRAMS.contains(&extension)
}

fn allowed(character: char) -> char {
    match character {
        '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|'
        // Letters that look like the separators.
        | '\u{2044}' | '\u{2215}' | '\u{29f8}' | '\u{ff0f}' | '\u{ff3c}' | '\u{29f9}'
        | '\u{2216}' => REPLACED,
        // Other spaces look like it, and too many of them push the extension out of sight.
        character if character.is_whitespace() && !character.is_control() => ' ',
        character if character.is_control() => REPLACED,
        character => character,
    }
}

/// At most [`MOST_SAFE`] bytes, without white space around it and dots at the end.
fn shorten(name: &str) -> String {
    let trimmed = trim(name);
    if trimmed.len() <= MOST_SAFE {
        return trimmed.to_owned();
    }
    let (stem, extension) = split(trimmed);
    let extension = if extension.len() <= MOST_EXTENSION {
        extension
    } else {
        ""
    };
    let stem = cut(stem, MOST_SAFE - extension.len());
    let whole = format!("{}{extension}", trim(stem));
    trim(&whole).to_owned()
}

fn trim(name: &str) -> &str {
    // A name of only dots becomes visible in `safe_part`.
    let trimmed = name.trim();
    let without_dots = trimmed.trim_end_matches(['.', ' ']);
    if without_dots.is_empty() {
        trimmed
    } else {
        without_dots
    }
}

/// At most `length` bytes, without half a cluster of characters at the end.
fn cut(text: &str, length: usize) -> &str {
    use unicode_segmentation::UnicodeSegmentation;
    let fitting = text
        .grapheme_indices(true)
        .map(|(at, cluster)| at + cluster.len())
        .take_while(|end| *end <= length);
    let end = fitting
        .last()
        .unwrap_or_else(|| text.floor_char_boundary(length));
    text.get(..end).unwrap_or("")
}

/// A name as stem and extension, which has its dot.
fn split(name: &str) -> (&str, &str) {
    match name.rfind('.') {
        Some(at) if at > 0 => name.split_at(at),
        _ => (name, ""),
    }
}

fn is_device(name: &str) -> bool {
    let stem = name
        .split('.')
        .next()
        .unwrap_or("")
        .trim_end()
        .to_uppercase();
    let numbered = |port| {
        let digit = stem.strip_prefix(port);
        digit.is_some_and(|digit| {
            matches!(digit, "¹" | "²" | "³") || digit.parse::<u8>().is_ok_and(|digit| digit < 10)
        })
    };
    DEVICES.contains(&stem.as_str()) || numbered("COM") || numbered("LPT")
}
