//! The system's fonts, for characters that the bundled fonts lack: emoji in colour among them.

use std::sync::Arc;

use eframe::egui::{Context, FallbackRequest, FontInsert, FontProvider, mutex::Mutex};
use egui_system_font_provider::SystemFontProvider;

use super::panics;

/// Asks the system for fonts from now on. `eframe` would do so too, but its provider panics on a system on which fontconfig
/// knows no font (linebender/parley#717).
pub(super) fn install(ctx: &Context) {
    let provider = panics::caught(SystemFontProvider::new);
    ctx.add_font_provider(Arc::new(SystemFonts(Mutex::new(provider))));
}

/// The system's fonts, until a look-up panics: then every further character that is missing shows as a box.
struct SystemFonts(Mutex<Option<SystemFontProvider>>);

impl FontProvider for SystemFonts {
    fn font_for(&self, request: &FallbackRequest<'_>) -> Option<FontInsert> {
        let mut provider = self.0.lock();
        let found = panics::caught(|| provider.as_ref()?.font_for(request));
        if found.is_none() {
            *provider = None;
        }
        found.flatten()
    }
}

#[cfg(test)]
mod tests {
    use std::{env, fs, process::Command};

    use eframe::egui::{Color32, FontId, RawInput};

    use super::*;

    /// The environment can't be changed within a process, so this test runs itself once more.
    #[test]
    fn what_no_font_has_is_a_box_where_the_system_has_no_font() {
        const IS_CHILD: &str = "DUOLOGUE_TEST_WITHOUT_FONTS";
        if env::var_os(IS_CHILD).is_some() {
            let ctx = Context::default();
            super::super::theme::install(&ctx);
            install(&ctx);
            for _ in 0..2 {
                let output = ctx.run_ui(RawInput::default(), |ui| {
                    for text in ["漢", "字 שלום"] {
                        let text = text.to_owned();
                        let font = FontId::default();
                        let galley = ui.painter().layout_no_wrap(text, font, Color32::BLACK);
                        assert!(galley.size().x > 0.0);
                    }
                });
                output.drop_without_applying_deltas();
            }
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let settings = folder.path().join("fonts.conf");
        let (fonts, cache) = (folder.path().join("fonts"), folder.path().join("cache"));
        fs::create_dir(&fonts).unwrap();
        let (fonts, cache) = (fonts.display(), cache.display());
        let text =
            format!("<fontconfig><dir>{fonts}</dir><cachedir>{cache}</cachedir></fontconfig>");
        fs::write(&settings, text).unwrap();
        let name =
            "gui::system_fonts::tests::what_no_font_has_is_a_box_where_the_system_has_no_font";
        let child = Command::new(env::current_exe().unwrap())
            .args(["--exact", name])
            .env("FONTCONFIG_FILE", &settings)
            .env(IS_CHILD, "1")
            .output()
            .unwrap();
        let printed = String::from_utf8_lossy(&child.stdout);
        assert!(child.status.success(), "{printed}");
        assert!(printed.contains("1 passed"), "{printed}");
    }
}
