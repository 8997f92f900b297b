"""The Debian package in a Debian 12 that has nothing else: it installs, starts by its entry, opens links, and goes.

scripts/test-deb.sh makes that system in a folder and runs this as root, with mounts of its own. The screen, the window
manager and the accessibility bus are those of this computer, so that the program finds only what its package brings.
"""

import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/window"))

from desktop import NAMES, OUTPUT, PATIENCE, Program, WindowTest, die_with_parent, wait_for  # noqa: E402

DEB = pathlib.Path(os.environ["DUOLOGUE_DEB"]).resolve()
SYSTEM = pathlib.Path(os.environ["DUOLOGUE_ROOT"]).resolve()
ENTRY = "/usr/share/applications/duologue.desktop"
PROGRAM = SYSTEM / "usr/bin/duologue"
# What starting a program by its entry or a link takes. Everything else comes with the package or is not there.
TOOLS = ("desktop-file-utils", "libglib2.0-bin", "xdg-utils")
# Written by the package manager for itself, and mounts.
NOT_OF_PACKAGES = (
    "dev", "proc", "run", "sys", "tmp", "var/backups", "var/cache", "var/lib/apt", "var/lib/dpkg", "var/log", "var/lib/systemd",
)  # fmt: skip
# Nobody has this key.
INVITE = "duologue://127.0.0.1:{}?key=AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE&token=AgICAgICAgICAgICAgICAg"
HANGUL = re.compile("[가-힣]{2,}")
# In the program, strings follow each other without a gap.
SONAME = re.compile(rb"lib(?:(?!lib)[A-Za-z0-9_+-])+\.so\.\d+")
INSTALLING = 1200  # seconds, for downloads


def setUpModule():
    for kind, source, folder in (
        ("--types=proc", "proc", "proc"),
        ("--rbind", "/dev", "dev"),
        # With the sockets of the screen and of the buses, and the home folder.
        ("--rbind", "/tmp", "tmp"),
    ):
        subprocess.run(["mount", kind, source, str(SYSTEM / folder)], check=True)
    shutil.copy("/etc/resolv.conf", SYSTEM / "etc/resolv.conf")
    shutil.copy(DEB, SYSTEM / "var/duologue.deb")
    inside("apt-get", "-q", "update", timeout=INSTALLING)
    # First alone, so that no tool brings what the package should.
    install()
    Deb.libraries = inside("ldconfig", "-p").split()
    inside("apt-get", "-qy", "--no-install-recommends", "install", *TOOLS, timeout=INSTALLING)


def inside(*command, timeout=PATIENCE):
    """What a command prints in the small system. Fails if it fails."""
    environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND": "noninteractive", "LANG": "C.UTF-8"}
    done = subprocess.run(
        ["/usr/sbin/chroot", str(SYSTEM), *command],
        env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=timeout,
    )  # fmt: skip
    if done.returncode:
        raise AssertionError(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}")
    return done.stdout


def install():
    inside("apt-get", "-qy", "--no-install-recommends", "install", "/var/duologue.deb", timeout=INSTALLING)


def purge():
    inside("apt-get", "-qy", "purge", "duologue", timeout=INSTALLING)


def files():
    """All files of the small system that belong to packages."""
    found = set()
    for folder, folders, names in os.walk(SYSTEM):
        here = os.path.relpath(folder, SYSTEM)
        folders[:] = [name for name in folders if os.path.normpath(os.path.join(here, name)) not in NOT_OF_PACKAGES]
        found |= {os.path.normpath(os.path.join(here, name)) for name in folders + names}
    return found


class Running:
    """A process that somebody else has started, with what `Program` needs of it."""

    def __init__(self, pid):
        self.pid = pid
        self.returncode = None

    def poll(self):
        return None if is_installed_program(self.pid) else 0

    def wait(self, timeout=PATIENCE):
        wait_for(lambda: self.poll() is not None, "the end of the program", timeout=timeout)

    def kill(self):
        os.kill(self.pid, signal.SIGKILL)


class Installed(Program):
    """The installed program, which was started by the desktop."""

    def __init__(self, desktop, pid, lang):
        self.desktop, self.lang, self.names = desktop, lang, NAMES[lang]
        self.process = Running(pid)
        self.data = self.output = None
        self.window = None
        desktop.programs.append(self)

    @property
    def printed(self):
        return ""


def is_installed_program(pid):
    try:
        return os.readlink(f"/proc/{pid}/exe") == str(PROGRAM)
    except OSError:
        return False


class Deb(WindowTest):
    libraries = ()

    def setUp(self):
        super().setUp()
        install()
        self.home = self.desktop.home / f"person-{self.id().rpartition('.')[2]}"
        self.home.mkdir(mode=0o700)
        kept = {name: value for name, value in self.desktop.environment.items() if not re.match("XDG_.*_HOME|GSETTINGS", name)}
        self.environment = kept | {"HOME": str(self.home), "PATH": "/usr/bin:/bin", "LANG": "ko_KR.UTF-8"}

    def started(self, *command):
        """The installed program after this command has started it."""
        before = {int(pid) for pid in os.listdir("/proc") if pid.isdigit()}
        # Not waited for: xdg-open ends only when the program does.
        opener = subprocess.Popen(
            ["/usr/sbin/chroot", str(SYSTEM), *command],
            env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, preexec_fn=die_with_parent,
        )  # fmt: skip
        self.addCleanup(opener.wait, PATIENCE)

        def new():
            now = {int(pid) for pid in os.listdir("/proc") if pid.isdigit()}
            return [pid for pid in now - before if is_installed_program(pid)]

        (pid,) = wait_for(new, f"{command} starts the program")
        program = Installed(self.desktop, pid, "ko")
        self.addCleanup(program.kill)
        return program

    def test_lintian_has_no_errors(self):
        done = subprocess.run(
            ["lintian", "--fail-on", "error", "--allow-root", "--tag-display-limit", "0", "--info", str(DEB)],
            capture_output=True, text=True, timeout=INSTALLING,
        )  # fmt: skip
        print(done.stdout, file=sys.stderr)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_the_entry_and_the_description_for_software_centres_are_valid(self):
        subprocess.run(["desktop-file-validate", str(SYSTEM / ENTRY[1:])], check=True)
        (metainfo,) = (SYSTEM / "usr/share/metainfo").glob("*duologue*")
        subprocess.run(["appstreamcli", "validate", "--no-net", "--pedantic", str(metainfo)], check=True)

    def test_every_library_that_the_program_may_open_is_there(self):
        wanted = {name.decode() for name in SONAME.findall(PROGRAM.read_bytes())}
        self.assertIn("libEGL.so.1", wanted)
        self.assertEqual(wanted - set(self.libraries), set())

    def test_it_starts_by_its_entry_and_its_korean_can_be_read(self):
        fonts = [path.name for path in (SYSTEM / "usr/share/fonts").rglob("*.[to]t[fc]")]
        self.assertTrue(all(name.startswith("DejaVu") for name in fonts), fonts)
        program = self.started("gio", "launch", ENTRY)
        wait_for(program._find_window, "its window", on=program)
        said = wait_for(lambda: set(HANGUL.findall(" ".join(program.texts()))), "Korean in the window", on=program)

        OUTPUT.mkdir(parents=True, exist_ok=True)
        picture = OUTPUT / "deb-korean.png"

        def read():
            # Text recognition wants larger letters.
            program.screenshot(picture)
            subprocess.run(["convert", str(picture), "-resize", "300%", f"{picture}.large.png"], check=True)
            command = ["tesseract", f"{picture}.large.png", "-", "-l", "kor", "--psm", "11"]
            seen = subprocess.run(command, check=True, capture_output=True, text=True, timeout=PATIENCE).stdout
            found = {word for word in said if word in seen}
            # Some words are behind others or in icons' names, and some are not recognised.
            return len(found) * 3 >= len(said) and found

        found = wait_for(read, f"a third of {said} in {picture}", on=program)
        print(f"{len(found)} of {len(said)} words were read in {picture}", file=sys.stderr)

    def test_it_opens_under_wayland(self):
        name = "wayland-of-test"
        self.desktop._start("weston", "--backend=headless-backend.so", f"--socket={name}", "--no-config")
        wait_for((self.desktop.home / "runtime" / name).exists, "the compositor")
        del self.environment["DISPLAY"]
        self.environment["WAYLAND_DISPLAY"] = name
        program = self.started("gio", "launch", ENTRY)
        # Nothing is in this tree before the window has been painted.
        wait_for(lambda: HANGUL.search(" ".join(program.texts())), "Korean in the window", on=program)

    def test_an_invite_link_opens_it_and_calls(self):
        # Not for the first time, when a page asks for a name before.
        settings = self.home / ".config/duologue/settings.toml"
        settings.parent.mkdir(parents=True, mode=0o700)
        settings.touch()
        for opener in (("gio", "open"), ("xdg-open",)):
            with socket.create_server(("127.0.0.1", 0)) as listener:
                listener.settimeout(PATIENCE)
                program = self.started(*opener, INVITE.format(listener.getsockname()[1]))
                listener.accept()[0].close()
                program.kill()

    def test_purging_leaves_nothing_but_the_data_of_the_person(self):
        purge()
        before = files()
        self.assertEqual([name for name in before if "duologue" in name.lower()], ["var/duologue.deb"])
        install()
        self.assertIn("usr/bin/duologue", files())
        program = self.started("gio", "launch", ENTRY)
        settings = self.home / ".config/duologue"
        wait_for(lambda: (settings / "identity.key").is_file(), "the key of this person", on=program)
        program.kill()
        kept = sorted(settings.iterdir())

        purge()
        self.assertEqual(files(), before)
        self.assertEqual(inside("dpkg-query", "-W", "-f=${Package}\n").split().count("duologue"), 0)
        self.assertNotIn("duologue", (SYSTEM / "usr/share/applications/mimeinfo.cache").read_text())
        self.assertEqual(sorted(settings.iterdir()), kept)


if __name__ == "__main__":
    unittest.main()
