//! Gives the program for Windows its icon, its version and its manifest, which says what it can do.

use std::{env, io};

const ICON: &str = "assets/icons/duologue.ico";
const MANIFEST: &str = "packaging/windows/duologue.manifest";
/// English (United States), the language of the texts in the version resource.
const LANGUAGE: u16 = 0x0409;

fn main() -> io::Result<()> {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed={ICON}");
    println!("cargo:rerun-if-changed={MANIFEST}");
    if env::var_os("CARGO_CFG_TARGET_OS").is_none_or(|system| system != "windows") {
        return Ok(());
    }
    let mut resource = winresource::WindowsResource::new();
    resource
        .set_icon(ICON)
        .set_manifest_file(MANIFEST)
        .set_language(LANGUAGE)
        .set("ProductName", "Duologue")
        // The task manager shows this as the program's name.
        .set("FileDescription", "Duologue")
        .set("CompanyName", "The Duologue contributors")
        .set("LegalCopyright", "MIT OR Apache-2.0")
        .set("OriginalFilename", "duologue.exe")
        .set("InternalName", "duologue");
    // Not for the tests.
    resource.compile_for("duologue")
}
