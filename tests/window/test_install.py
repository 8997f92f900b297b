"""Installing for one user, starting from the desktop entry, and uninstalling without a trace."""

import os
import pathlib
import socket
import subprocess
import tempfile
import unittest

from desktop import PATIENCE, WindowTest, binary, wait_for

ROOT = pathlib.Path(__file__).resolve().parents[2]


def files(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


# Nobody has this key.
INVITE = "duologue://127.0.0.1:{}?key=AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE&token=AgICAgICAgICAgICAgICAg"


class Install(WindowTest):
    def setUp(self):
        super().setUp()
        # A path with a space, which the desktop entry has to quote.
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="a home ", dir=self.desktop.home))
        self.installed = self.home / ".local/bin/duologue"
        self.environment = {**self.desktop.environment, "HOME": str(self.home)}
        for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"):
            self.environment.pop(name, None)

    def run_in_home(self, *command, **environment):
        subprocess.run(
            command, env=self.environment | environment, check=True, stdout=subprocess.DEVNULL, timeout=PATIENCE
        )

    def started(self, *command):
        """The process id of the installed program after this command has started it."""
        self.run_in_home(*command)
        found = []

        def started():
            found[:] = [pid for pid in os.listdir("/proc") if pid.isdigit() and is_program(pid, self.installed)]
            return bool(found)

        wait_for(started, f"{command} starts the installed program")
        (pid,) = map(int, found)
        self.addCleanup(lambda: is_program(pid, self.installed) and os.kill(pid, 9))
        return pid

    def end(self, pid):
        os.kill(pid, 15)
        wait_for(lambda: not is_program(pid, self.installed), "it has ended")

    def check(self, script, **environment):
        """Installs with this script, starts the program by its entry and by an invite, and uninstalls it."""
        (self.home / ".local/share/applications").mkdir(parents=True)
        (self.home / ".local/share/applications/other.desktop").write_text("")
        before = files(self.home)
        self.run_in_home(script, **environment)
        entry = self.home / ".local/share/applications/duologue.desktop"
        subprocess.run(["desktop-file-validate", str(entry)], check=True)
        for size in (16, 24, 32, 48, 64, 128, 256, 512):
            self.assertTrue((self.home / f".local/share/icons/hicolor/{size}x{size}/apps/duologue.png").is_file())
        self.assertTrue((self.home / ".local/share/icons/hicolor/scalable/apps/duologue.svg").is_file())

        pid = self.started("gio", "launch", str(entry))

        def window():
            out = subprocess.run(
                ["xdotool", "search", "--onlyvisible", "--pid", str(pid)],
                env=self.desktop.environment, capture_output=True, text=True, timeout=PATIENCE,
            )  # fmt: skip
            return out.stdout.split()

        wait_for(window, "its window is there")
        self.end(pid)

        # Not for the first time, when a page asks for a name before.
        (self.home / ".config/duologue/settings.toml").touch()
        with socket.create_server(("127.0.0.1", 0)) as listener:
            listener.settimeout(PATIENCE)
            pid = self.started("gio", "open", INVITE.format(listener.getsockname()[1]))
            listener.accept()[0].close()
        self.end(pid)

        self.run_in_home(script, "--uninstall")
        left = [path for path in files(self.home) if not path.startswith((".config", ".cache"))]
        self.assertEqual(left, before)

    def test_installed_from_the_sources_it_starts_by_its_entry_and_uninstalling_leaves_nothing(self):
        self.check(ROOT / "scripts/install.sh", DUOLOGUE_BIN=binary())

    def test_installed_from_the_archive_it_starts_by_its_entry_and_uninstalling_leaves_nothing(self):
        scratch = pathlib.Path(tempfile.mkdtemp(dir=self.desktop.home))
        self.run_in_home(ROOT / "scripts/archive.sh", DUOLOGUE_BIN=binary(), CARGO_TARGET_DIR=str(scratch))
        (archive,) = (scratch / "dist").iterdir()
        # Another folder, because nothing of the sources must be needed.
        unpacked = scratch / "unpacked here"
        unpacked.mkdir()
        self.run_in_home("tar", "-C", str(unpacked), "-xf", str(archive))
        (folder,) = unpacked.iterdir()
        self.assertEqual(f"{folder.name}.tar.gz", archive.name)
        self.check(folder / "install.sh")


def is_program(pid, path):
    try:
        return os.readlink(f"/proc/{pid}/exe") == str(path)
    except OSError:
        return False


if __name__ == "__main__":
    unittest.main()
