//! The system's fonts, for characters that the bundled fonts lack: emoji in colour among them.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use eframe::egui::{
    Context, FallbackRequest, FontFamily, FontInsert, FontPriority, FontProvider, InsertFontFamily,
    mutex::Mutex,
};
use egui_system_font_provider::SystemFontProvider;
use unicode_script::{Script, UnicodeScript as _};

use super::{panics, theme};

/// A character that fonts for text lack: 🥰, which is of 2018.
const ONLY_AN_EMOJI: &str = "\u{1f970}";

/// Asks the system for fonts from now on. `eframe` would do so too, but its provider panics on a system on which fontconfig
/// knows no font (linebender/parley#717). To be called before [`theme::install`], whose emoji are for systems without any.
pub(super) fn install(ctx: &Context) {
    ctx.add_font_provider(Arc::new(SystemFonts {
        provider: Mutex::new(panics::caught(SystemFontProvider::new)),
        ctx: ctx.clone(),
        has_emoji: AtomicBool::new(false),
    }));
}

/// See the [module](self).
struct SystemFonts {
    /// `None` after a look-up has panicked: then every further character that is missing shows as a box.
    provider: Mutex<Option<SystemFontProvider>>,
    ctx: Context,
    /// The system's emoji were looked for.
    has_emoji: AtomicBool,
}

impl SystemFonts {
    fn find(&self, cluster: &str, family: &FontFamily) -> Option<FontInsert> {
        let mut provider = self.provider.lock();
        let request = FallbackRequest { cluster, family };
        let found = panics::caught(|| provider.as_ref()?.font_for(&request));
        if found.is_none() {
            *provider = None;
        }
        found.flatten()
    }

    /// Puts the system's emoji before all other fonts of the system, of which some have emoji in black.
    fn put_emoji_first(&self) {
        if self.has_emoji.swap(true, Ordering::Relaxed) {
            return;
        }
        let Some(mut font) = self.find(ONLY_AN_EMOJI, &FontFamily::Proportional) else {
            return;
        };
        let families = [
            FontFamily::Proportional,
            FontFamily::Monospace,
            theme::strong_family(),
        ];
        font.families = families
            .map(|family| InsertFontFamily {
                family,
                priority: FontPriority::Lowest,
            })
            .to_vec();
        let ctx = self.ctx.clone();
        // Here, in the middle of a layout, the fonts can't be changed.
        let thread = thread::Builder::new().name("emoji font".to_owned());
        let started = thread.spawn(move || {
            ctx.add_font(font);
            ctx.request_repaint();
        });
        if let Err(error) = started {
            tracing::warn!(%error, "some emoji may be black");
        }
    }
}

impl FontProvider for SystemFonts {
    fn font_for(&self, request: &FallbackRequest<'_>) -> Option<FontInsert> {
        let character = request.cluster.chars().next()?;
        // A font for a script has no emoji; one with a missing symbol may have some.
        if matches!(character.script(), Script::Common | Script::Inherited) {
            self.put_emoji_first();
        }
        self.find(request.cluster, request.family)
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
            install(&ctx);
            super::super::theme::install(&ctx);
            for _ in 0..2 {
                let output = ctx.run_ui(RawInput::default(), |ui| {
                    for (text, family) in [
                        ("漢", FontFamily::Proportional),
                        ("字 שלום", FontFamily::Proportional),
                        ("漢", theme::strong_family()),
                        ("漢", FontFamily::Monospace),
                    ] {
                        let text = text.to_owned();
                        let font = FontId::new(14.0, family);
                        let galley = ui.painter().layout_no_wrap(text, font, Color32::BLACK);
                        assert!(galley.mesh_bounds.is_positive(), "it is blank");
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
