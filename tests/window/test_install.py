"""Installing for one user, starting from the desktop entry, and uninstalling without a trace."""

import os
import pathlib
import subprocess
import tempfile
import unittest

from desktop import PATIENCE, WindowTest, binary, wait_for

ROOT = pathlib.Path(__file__).resolve().parents[2]


def files(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


class Install(WindowTest):
    def test_the_desktop_entry_starts_it_and_uninstalling_leaves_nothing(self):
        # A path with a space, which the desktop entry has to quote.
        home = pathlib.Path(tempfile.mkdtemp(prefix="a home ", dir=self.desktop.home))
        (home / ".local/share/applications").mkdir(parents=True)
        (home / ".local/share/applications/other.desktop").write_text("")
        before = files(home)
        environment = {**self.desktop.environment, "HOME": str(home), "DUOLOGUE_BIN": binary()}
        for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"):
            environment.pop(name, None)

        def script(*args):
            command = [ROOT / "scripts/install.sh", *args]
            subprocess.run(command, env=environment, check=True, capture_output=True, timeout=PATIENCE)

        script()
        entry = home / ".local/share/applications/duologue.desktop"
        subprocess.run(["desktop-file-validate", str(entry)], check=True)
        for size in (16, 24, 32, 48, 64, 128, 256, 512):
            self.assertTrue((home / f".local/share/icons/hicolor/{size}x{size}/apps/duologue.png").is_file())
        self.assertTrue((home / ".local/share/icons/hicolor/scalable/apps/duologue.svg").is_file())

        installed = home / ".local/bin/duologue"
        subprocess.run(["gio", "launch", str(entry)], env=environment, check=True, timeout=PATIENCE)
        found = []

        def started():
            found[:] = [pid for pid in os.listdir("/proc") if pid.isdigit() and is_program(pid, installed)]
            return bool(found)

        wait_for(started, "the entry starts the installed program")
        (pid,) = map(int, found)
        self.addCleanup(lambda: is_program(pid, installed) and os.kill(pid, 9))

        def window():
            out = subprocess.run(
                ["xdotool", "search", "--onlyvisible", "--pid", str(pid)],
                env=self.desktop.environment, capture_output=True, text=True, timeout=PATIENCE,
            )  # fmt: skip
            return out.stdout.split()

        wait_for(window, "its window is there")
        os.kill(pid, 15)
        wait_for(lambda: not is_program(pid, installed), "it has ended")

        script("--uninstall")
        left = [path for path in files(home) if not path.startswith((".config", ".cache"))]
        self.assertEqual(left, before)


def is_program(pid, path):
    try:
        return os.readlink(f"/proc/{pid}/exe") == str(path)
    except OSError:
        return False


if __name__ == "__main__":
    unittest.main()
