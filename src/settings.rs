//! The settings: one TOML file that a person can read and edit.
//!
//! Must not know egui. A thread of its own writes the file, so that the window never waits for the disk.

mod choices;
mod files;
mod place;
mod zoom;

use std::{
    collections::BTreeMap,
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
    thread::JoinHandle,
};

use crossbeam_channel::{Receiver, Sender};
use serde::{Deserialize, Deserializer, Serialize};

use crate::{
    endpoint::Endpoint,
    folder,
    identity::Name,
    lang::Lang,
    text::{
        charset::{Charset, Reading},
        line_end::LineEnd,
    },
};

pub use choices::{AddressRow, Markup, Motion, Notifications, Notify, SendKey, Theme, WindowState};
pub use files::FileSettings;
use place::{follow_links, path_in};
pub use zoom::Zoom;

/// The file's name in the data folder.
pub const FILE_NAME: &str = "settings.toml";
/// Maximum number of recent hosts.
const MAX_RECENT: usize = 8;
/// Maximum number of recent emoji.
const MAX_RECENT_EMOJI: usize = 16;
/// Maximum number of addresses that are called in plain text.
const MAX_PLAIN: usize = 200;
/// Maximum size of the file, in bytes. A longer one is not ours.
const MAX_BYTES: u64 = 1024 * 1024;

/// All settings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a box of its own to tick"
)]
pub struct Settings {
    /// The host field.
    pub host: String,
    /// The port field.
    pub port: String,
    /// Hosts connected to or listened on, the most recent first, as `HOST:PORT`.
    pub recent: Vec<String>,
    /// The colours.
    pub theme: Theme,
    /// Whether anything moves.
    pub motion: Motion,
    /// The language; `None` for that of the system.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<Lang>,
    /// The encoding of incoming text.
    pub encoding_in: Reading,
    /// The encoding of outgoing text; `None` to ask when unsure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encoding_out: Option<Charset>,
    /// The line ending of outgoing messages; `None` for that of the peer's last message.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "line_end")]
    pub line_end: Option<LineEnd>,
    /// The window's inner size while it is not maximised, in points at 100 % zoom. Not checked: it may be anything.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window: Option<[f32; 2]>,
    /// Whether the window is maximised.
    pub window_state: WindowState,
    /// How large everything in the window is.
    pub zoom: Zoom,
    /// Our name.
    pub name: Name,
    /// Whether callers may connect in plain text.
    pub allow_plain: bool,
    /// The port at which to listen for other computers at every start.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub listen_at_start: Option<u16>,
    /// Whether messages are kept when a conversation ends.
    pub keep_history: bool,
    /// Whether encrypted peers are told that we are typing.
    pub show_typing: bool,
    /// Whether read marks are sent to encrypted peers, and theirs are shown.
    pub read_marks: bool,
    /// How `**bold**` and the like in messages is shown.
    pub markup: Markup,
    /// When the address controls are shown in a narrow window.
    pub address_row: AddressRow,
    /// The width of the list of conversations in a wide window, in points. Not checked: it may be anything.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub list_width: Option<f32>,
    /// The emoji that were picked last, the most recent first.
    pub recent_emoji: Vec<String>,
    /// Which key sends a message.
    pub send_key: SendKey,
    /// Addresses that are called in plain text, the most recent last, as `HOST:PORT`. All others are called encrypted.
    pub plain: Vec<String>,
    /// Notifications of the desktop.
    pub notifications: Notifications,
    /// What is done with files.
    pub files: FileSettings,
    /// The encodings chosen for single addresses. In the file they keep their first name.
    #[serde(rename = "answers")]
    pub charsets: BTreeMap<String, Charset>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            host: "127.0.0.1".to_owned(),
            port: Endpoint::DEFAULT_PORT.to_string(),
            recent: Vec::new(),
            theme: Theme::default(),
            motion: Motion::default(),
            language: None,
            encoding_in: Reading::default(),
            encoding_out: None,
            line_end: None,
            window: None,
            window_state: WindowState::default(),
            zoom: Zoom::default(),
            name: Name::default(),
            allow_plain: true,
            listen_at_start: None,
            keep_history: true,
            show_typing: true,
            read_marks: true,
            markup: Markup::default(),
            address_row: AddressRow::default(),
            list_width: None,
            recent_emoji: Vec::new(),
            send_key: SendKey::default(),
            plain: Vec::new(),
            notifications: Notifications::default(),
            files: FileSettings::default(),
            charsets: BTreeMap::new(),
        }
    }
}

impl Settings {
    /// Puts a host at the top of the recent ones.
    pub fn remember(&mut self, endpoint: &Endpoint) {
        let text = endpoint.to_string();
        self.recent.retain(|other| *other != text);
        self.recent.insert(0, text);
        self.recent.truncate(MAX_RECENT);
    }

    /// Puts an emoji at the top of the recent ones.
    pub fn remember_emoji(&mut self, emoji: String) {
        self.recent_emoji.retain(|other| *other != emoji);
        self.recent_emoji.insert(0, emoji);
        self.recent_emoji.truncate(MAX_RECENT_EMOJI);
    }

    /// Whether this address is called in plain text.
    pub fn is_plain(&self, endpoint: &Endpoint) -> bool {
        let text = endpoint.to_string();
        self.plain
            .iter()
            .any(|kept| kept.eq_ignore_ascii_case(&text))
    }

    /// Forgets to call these addresses in plain text. Returns whether any was called so.
    pub fn forget_plain(&mut self, is_encrypted: impl Fn(&Endpoint) -> bool) -> bool {
        let before = self.plain.len();
        self.plain
            .retain(|kept| !kept.parse().is_ok_and(|endpoint| is_encrypted(&endpoint)));
        self.plain.len() < before
    }

    /// Sets whether this address is called in plain text.
    pub fn set_plain(&mut self, endpoint: &Endpoint, plain: bool) {
        let text = endpoint.to_string();
        self.plain.retain(|kept| !kept.eq_ignore_ascii_case(&text));
        if plain {
            self.plain.push(text);
        }
        let too_many = self.plain.len().saturating_sub(MAX_PLAIN);
        self.plain.drain(..too_many);
    }
}

/// Reads a line ending; `auto`, which mirrors the peer's last one, is `None`.
fn line_end<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<LineEnd>, D::Error> {
    #[derive(Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Auto {
        Auto,
    }
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Choice {
        Mirror(Auto),
        Fixed(LineEnd),
    }
    Ok(match Choice::deserialize(deserializer)? {
        Choice::Mirror(Auto::Auto) => None,
        Choice::Fixed(end) => Some(end),
    })
}

/// What [`load`] found.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Loaded {
    /// The settings, or the defaults.
    pub settings: Settings,
    /// Where a damaged file was moved to, if there was one.
    pub damaged: Option<PathBuf>,
    /// Whether this data folder has never had settings.
    pub is_new: bool,
}

/// Reads the settings of a data folder. A missing file means the defaults. A damaged one, or one that can't be read, is
/// renamed to `.bad`, and never overwritten.
pub fn load(folder: &Path) -> Loaded {
    let path = path_in(folder);
    match read(&path) {
        Ok(settings) => Loaded {
            settings,
            ..Loaded::default()
        },
        Err(error) if is_missing(error.kind()) => Loaded {
            is_new: true,
            ..Loaded::default()
        },
        Err(error) => {
            tracing::warn!(path = %path.display(), %error, "the settings can't be read");
            Loaded {
                damaged: Some(set_aside(&path)),
                ..Loaded::default()
            }
        }
    }
}

/// The same for a further profile of `base`: it starts with the settings of `base`, except for the name, and for
/// listening, because the port is in use.
pub fn load_or_inherit(folder: &Path, base: &Path) -> Loaded {
    if folder == base || path_in(folder).exists() {
        return load(folder);
    }
    // The program that uses that file reports what is wrong with it.
    let settings = read(&path_in(base)).unwrap_or_default();
    Loaded {
        settings: Settings {
            name: Name::default(),
            listen_at_start: None,
            window: None,
            window_state: WindowState::default(),
            ..settings
        },
        ..Loaded::default()
    }
}

fn read(path: &Path) -> io::Result<Settings> {
    if fs::metadata(path)?.len() > MAX_BYTES {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "the file is too long",
        ));
    }
    let text = fs::read_to_string(path)?;
    toml::from_str(&text).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}

/// Whether there is no file. If its folder is not one, saving reports that.
fn is_missing(error: io::ErrorKind) -> bool {
    matches!(
        error,
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

/// Moves a damaged file to the first free name of `settings.toml.bad`, `settings.toml.bad2`… and returns that. A
/// symbolic link to it stays.
fn set_aside(path: &Path) -> PathBuf {
    // Links that go in a circle are what is damaged.
    let path = &follow_links(path).unwrap_or_else(|_| path.to_owned());
    let aside = folder::with_ending(path, ".bad");
    folder::set_aside(path, &[], &aside).unwrap_or_else(|error| {
        tracing::error!(%error, "a damaged settings file can't be set aside");
        path.to_owned()
    })
}

/// Writes the settings file in one step, so that a crash leaves the old one or the new one. If it is a symbolic link,
/// the file that it leads to is written, and the link stays.
///
/// # Errors
/// The folder can't be created or written, or the link goes in a circle.
pub fn save(folder: &Path, settings: &Settings) -> io::Result<()> {
    folder::make(folder)?;
    let text = toml::to_string(settings)
        .map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
    let path = follow_links(&path_in(folder))?;
    // Only within one file system can a file be replaced in one step.
    let mut file = tempfile::NamedTempFile::new_in(path.parent().unwrap_or(folder))?;
    folder::close_to_others(file.path());
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

/// Saves settings on a thread of its own, the newest only. Dropping it waits for the last save.
#[derive(Debug)]
pub struct Saver {
    newest: Option<Sender<Settings>>,
    /// The same channel's other end, to take out settings that newer ones replace.
    stale: Receiver<Settings>,
    failures: Receiver<io::ErrorKind>,
    thread: Option<JoinHandle<()>>,
}

impl Saver {
    /// Starts the thread.
    ///
    /// # Errors
    /// The system has no thread left.
    pub fn start(folder: PathBuf) -> io::Result<Self> {
        let (newest, inbox) = crossbeam_channel::bounded::<Settings>(1);
        let (failed, failures) = crossbeam_channel::bounded(1);
        let stale = inbox.clone();
        let thread = std::thread::Builder::new()
            .name("duologue-settings".to_owned())
            .spawn(move || {
                for settings in inbox {
                    if let Err(error) = save(&folder, &settings) {
                        tracing::warn!(%error, "the settings can't be saved");
                        // One report is enough.
                        failed.try_send(error.kind()).ok();
                    }
                }
            })?;
        Ok(Self {
            newest: Some(newest),
            stale,
            failures,
            thread: Some(thread),
        })
    }

    /// Saves these soon, instead of older ones that are not saved yet. Never blocks.
    pub fn save(&self, settings: Settings) {
        // One that is still in the channel is older.
        self.stale.try_recv().ok();
        if let Some(newest) = &self.newest
            && newest.try_send(settings).is_err()
        {
            tracing::error!("the settings thread is gone");
        }
    }

    /// Whether saving has failed since the last call.
    pub fn has_failed(&self) -> bool {
        self.failures.try_recv().is_ok()
    }
}

impl Drop for Saver {
    fn drop(&mut self) {
        self.newest = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the settings thread had panicked");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> tempfile::TempDir {
        tempfile::tempdir().expect("a temporary folder")
    }

    /// What is loaded where there are no settings of ours.
    fn untouched() -> Loaded {
        Loaded {
            is_new: true,
            ..Loaded::default()
        }
    }

    fn endpoint(text: &str) -> Endpoint {
        text.parse().expect("an endpoint")
    }

    fn unusual() -> Settings {
        let mut settings = Settings {
            host: "fe80::1%eth0".to_owned(),
            theme: Theme::Dark,
            language: Some(Lang::Ko),
            encoding_in: "auto:shift_jis".parse().expect("a reading"),
            encoding_out: Some(Charset::CP949),
            line_end: Some(LineEnd::CrLf),
            window: Some([800.0, 600.0]),
            name: Name::new("미나"),
            allow_plain: false,
            listen_at_start: Some(50_001),
            keep_history: false,
            show_typing: false,
            read_marks: false,
            markup: Markup::AsTyped,
            send_key: SendKey::CtrlEnter,
            recent_emoji: vec!["😀".to_owned()],
            notifications: Notifications {
                show: Notify::Hidden,
                sound: true,
            },
            files: FileSettings {
                folder: Some(PathBuf::from("/tmp/받은 파일")),
                accept_up_to: Some(10_000_000),
                keep_location: true,
            },
            address_row: AddressRow::Always,
            list_width: Some(300.0),
            ..Settings::default()
        };
        settings.set_plain(&endpoint("10.0.0.1:7"), true);
        settings
            .charsets
            .insert("10.0.0.1:7".to_owned(), Charset::UTF_8);
        for port in 0..20 {
            settings.remember(&Endpoint {
                host: "::1".to_owned(),
                port,
            });
        }
        settings
    }

    #[test]
    fn saved_settings_are_loaded_unchanged() {
        let folder = folder();
        let below = folder.path().join("not/yet/there");
        assert_eq!(load(&below), untouched());
        let settings = unusual();
        assert_eq!(settings.recent.len(), MAX_RECENT);
        assert_eq!(
            settings.recent.first().map(String::as_str),
            Some("[::1]:19")
        );
        save(&below, &settings).expect("saved");
        let text = fs::read_to_string(below.join(FILE_NAME)).expect("text");
        assert!(text.contains("[answers]"), "files have this name for them");
        assert_eq!(
            load(&below),
            Loaded {
                settings,
                ..Loaded::default()
            }
        );
    }

    #[test]
    fn the_keys_are_those_of_the_settings() {
        let mut settings = unusual();
        settings.language = Some(Lang::Ko);
        let table = toml::Table::try_from(&settings).expect("written");
        let keys: Vec<_> = table.keys().map(String::as_str).collect();
        let unknown = keys.iter().find(|key| !place::KEYS.contains(key));
        assert_eq!(unknown, None);
        assert_eq!(keys.len(), place::KEYS.len(), "{keys:?}");
    }

    #[test]
    fn settings_of_another_program_are_left_alone() {
        for theirs in [
            "[package]\nname = \"other\"\n",
            "name = \"a site\"\nbase_url = \"/\"\noutput = \"public\"\n",
            "{\"editor.fontSize\": 12}\n",
            "key: [a, b]\n",
        ] {
            let folder = tempfile::tempdir().expect("a folder");
            let path = folder.path().join(FILE_NAME);
            fs::write(&path, theirs).expect("written");
            let loaded = load(folder.path());
            assert_eq!(loaded, untouched(), "{theirs}");
            let settings = Settings {
                host: "mina-pc".to_owned(),
                ..Settings::default()
            };
            save(folder.path(), &settings).expect("saved");
            assert_eq!(load(folder.path()).settings, settings);
            assert_eq!(fs::read_to_string(&path).expect("there"), theirs);
        }
        // A later version's are ours.
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(FILE_NAME);
        fs::write(&path, "host = \"mina-pc\"\nlater = 1\n").expect("written");
        assert_eq!(load(folder.path()).settings.host, "mina-pc");
    }

    #[test]
    fn a_damaged_file_is_renamed_and_never_overwritten() {
        let folder = folder();
        let path = folder.path().join(FILE_NAME);
        for (text, name) in [
            (&b"host = [unclosed"[..], "settings.toml.bad"),
            (b"\xff\xfe", "settings.toml.bad2"),
            (b"encoding_out = \"klingon\"", "settings.toml.bad3"),
            (b"theme = 7", "settings.toml.bad4"),
        ] {
            fs::write(&path, text).expect("written");
            let loaded = load(folder.path());
            assert_eq!(loaded.settings, Settings::default());
            let kept = loaded.damaged.expect("set aside");
            assert_eq!(kept, folder.path().join(name));
            assert_eq!(fs::read(kept).expect("kept"), text);
            assert!(!path.exists());
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_link_to_nowhere_is_not_replaced_by_a_damaged_file() {
        let folder = folder();
        let link = folder.path().join("settings.toml.bad");
        std::os::unix::fs::symlink("nowhere", &link).expect("linked");
        fs::write(folder.path().join(FILE_NAME), b"theme = 7").expect("written");
        let kept = load(folder.path()).damaged.expect("set aside");
        assert_eq!(kept, folder.path().join("settings.toml.bad2"));
        assert!(link.is_symlink());
    }

    #[cfg(unix)]
    #[test]
    fn settings_are_saved_through_symbolic_links() {
        use std::os::unix::fs::symlink;

        // (the links and what they hold, where the file is)
        let absolute = folder();
        let far = absolute.path().join("far.toml");
        let far = far.to_str().expect("UTF-8");
        let cases: [(&[(&str, &str)], &str); 4] = [
            (
                &[("settings.toml", "../dotfiles/mine.toml")],
                "dotfiles/mine.toml",
            ),
            (&[("settings.toml", far)], far),
            (
                &[
                    ("settings.toml", "../dotfiles/one"),
                    ("../dotfiles/one", "sub/two"),
                    ("../dotfiles/sub/two", "../../elsewhere"),
                ],
                "elsewhere",
            ),
            (&[("settings.toml", "./other.toml")], "data/other.toml"),
        ];
        for (links, place) in cases {
            for exists in [true, false] {
                let home = folder();
                let data = home.path().join("data");
                fs::create_dir_all(home.path().join("dotfiles/sub")).expect("made");
                fs::create_dir(&data).expect("made");
                let place = home.path().join(place);
                for (link, to) in links {
                    symlink(to, data.join(link)).expect("linked");
                }
                if exists {
                    fs::write(&place, "host = \"old\"").expect("written");
                    assert_eq!(load(&data).settings.host, "old");
                } else {
                    assert_eq!(load(&data), untouched());
                }
                let settings = Settings {
                    host: "new".to_owned(),
                    ..Settings::default()
                };
                save(&data, &settings).expect("saved");
                for (link, to) in links {
                    let kept = fs::read_link(data.join(link)).expect("still a link");
                    assert_eq!(kept, Path::new(to));
                }
                let text = fs::read_to_string(&place).expect("written");
                assert!(text.contains("host = \"new\""), "{links:?}: {text}");
                assert_eq!(load(&data).settings.host, "new");
                // A damaged file is set aside where it is.
                fs::write(&place, b"theme = 7").expect("written");
                let kept = load(&data).damaged.expect("set aside");
                assert_eq!(
                    kept.file_name(),
                    folder::with_ending(&place, ".bad").file_name()
                );
                assert!(data.join(FILE_NAME).is_symlink());
                fs::remove_file(kept).expect("removed");
            }
        }
    }

    #[cfg(unix)]
    #[test]
    fn links_that_go_in_a_circle_are_an_error_and_are_set_aside() {
        let folder = folder();
        let link = folder.path().join(FILE_NAME);
        std::os::unix::fs::symlink("round", &link).expect("linked");
        std::os::unix::fs::symlink(FILE_NAME, folder.path().join("round")).expect("linked");
        let error = save(folder.path(), &Settings::default()).expect_err("a circle");
        assert!(
            error.to_string().contains("leads back to itself"),
            "{error}"
        );
        assert!(link.is_symlink());
        let kept = load(folder.path()).damaged.expect("set aside");
        assert_eq!(kept, folder.path().join("settings.toml.bad"));
        assert!(kept.is_symlink());
        save(folder.path(), &Settings::default()).expect("saved");
    }

    #[test]
    fn settings_in_a_folder_that_is_a_file_are_not_called_damaged() {
        let folder = folder();
        let file = folder.path().join("file");
        fs::write(&file, b"").expect("written");
        for data in [file.clone(), file.join("below"), file.join("far/below")] {
            assert_eq!(load(&data), untouched());
            let error = save(&data, &Settings::default()).expect_err("no folder");
            assert_eq!(error.kind(), io::ErrorKind::NotADirectory);
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_new_folder_is_readable_only_by_its_user() {
        use std::os::unix::fs::PermissionsExt as _;

        let folder = folder();
        let below = folder.path().join("below");
        save(&below, &Settings::default()).expect("saved");
        let mode = fs::metadata(&below).expect("made").permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
    }

    #[test]
    fn dropping_the_saver_waits_for_the_newest_settings() {
        let folder = folder();
        let saver = Saver::start(folder.path().to_owned()).expect("started");
        for port in 0..100 {
            saver.save(Settings {
                port: port.to_string(),
                ..Settings::default()
            });
        }
        drop(saver);
        assert_eq!(load(folder.path()).settings.port, "99");
    }

    #[test]
    fn plain_text_addresses_are_remembered_up_to_a_limit() {
        let mut settings = Settings::default();
        let old = endpoint("Old-PC:50000");
        assert!(!settings.is_plain(&old));
        settings.set_plain(&old, true);
        settings.set_plain(&old, true);
        assert!(settings.is_plain(&endpoint("old-pc")), "names have no case");
        assert!(!settings.is_plain(&endpoint("old-pc:50001")));
        assert_eq!(settings.plain.len(), 1);
        for port in 1..=200 {
            settings.set_plain(
                &Endpoint {
                    host: "::1".to_owned(),
                    port,
                },
                true,
            );
        }
        assert_eq!(settings.plain.len(), 200);
        assert!(!settings.is_plain(&old), "the oldest one goes");
        assert!(settings.is_plain(&endpoint("[::1]:200")));
        settings.set_plain(&endpoint("[::1]:200"), false);
        assert!(!settings.is_plain(&endpoint("[::1]:200")));
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_reported() {
        let folder = folder();
        let file = folder.path().join("a file");
        fs::write(&file, b"").expect("written");
        let saver = Saver::start(file.join("below it")).expect("started");
        saver.save(Settings::default());
        let failed = saver
            .failures
            .recv_timeout(std::time::Duration::from_secs(100));
        assert!(failed.is_ok());
    }
}
