"""The installer: silent, for one user; what it installs opens from a link; uninstalling leaves the person's data."""

import contextlib
import re
import subprocess
import unittest

from windows import PATIENCE, WaitError, WineTest, die_with_parent, environment, from_environment, prefix, wait_for

LINKS = r"HKCU\Software\Classes\duologue\shell\open\command"
UNINSTALL = r"HKCU\Software\Microsoft\Windows\CurrentVersion\Uninstall\Duologue"
# How the installer ends if the program is open.
IS_OPEN = 2


class Installer(WineTest):
    def setUp(self):
        super().setUp()
        self.home = next((prefix() / "drive_c" / "users").glob("*/AppData")).parent
        self.programs = self.home / "AppData" / "Local" / "Programs" / "Duologue"
        self.entry = self.home / "AppData/Roaming/Microsoft/Windows/Start Menu/Programs/Duologue.lnk"
        self.data = self.home / "AppData" / "Roaming" / "Duologue"

    def install(self):
        return self.wine(str(from_environment("DUOLOGUE_INSTALLER")), "/S").returncode

    def registered(self, key):
        """Whether Windows has this key."""
        return self.wine("reg", "query", key).returncode == 0

    def files(self, folder):
        return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))

    def windows(self):
        """The windows of the installed program."""
        search = ["xdotool", "search", "--onlyvisible", "--class", "duologue.exe"]
        done = subprocess.run(search, env=environment(self.desktop), capture_output=True, text=True, timeout=PATIENCE)
        return done.stdout.split()

    def test_it_installs_opens_links_and_leaves_the_data(self):
        self.assertFalse(self.programs.exists() or self.data.exists(), "an earlier test has left something")
        self.assertEqual(self.install(), 0)
        self.assertIn("duologue.exe", self.files(self.programs))
        self.assertTrue(self.entry.exists())
        self.assertTrue(self.registered(LINKS) and self.registered(UNINSTALL))

        # As by a click on a link in the browser. Wine 8 has no way to it: of the registered schemes it knows only those of all
        # users, and Windows those of this one too.
        linux, _ = self.listen_wide(self.folder("Mina"))
        linux.copy_invite()
        self.wait_until("invite copied", linux)
        command = self.wine("reg", "query", LINKS, "/ve").stdout.decode()
        program = re.search(r'REG_SZ\s+"(.+)" -- "%1"', command)[1]
        opened = subprocess.Popen(
            ["wine", program, "--", linux.copied()], env=environment(self.desktop), stdin=subprocess.DEVNULL,
            preexec_fn=die_with_parent,
        )  # fmt: skip
        self.addCleanup(opened.wait)
        self.addCleanup(opened.kill)
        (window,) = wait_for(self.windows, "the window of the installed program", on=linux)

        def is_started():
            # The first page asks for a name, which can be empty. Until it is painted, a key is lost.
            keys = ["xdotool", "windowactivate", "--sync", window, "key", "Return"]
            subprocess.run(keys, env=environment(self.desktop), check=False, timeout=PATIENCE)
            with contextlib.suppress(WaitError):
                return wait_for(lambda: linux.button("disconnect"), "it is connected", on=linux, timeout=20)

        wait_for(is_started, "the invited program is connected", on=linux)
        self.wait_until("invited", linux)
        self.assertEqual(self.install(), IS_OPEN)

        opened.kill()
        opened.wait()
        kept = self.files(self.data)
        self.assertTrue(any(name.endswith("duologue.db") for name in kept), kept)
        self.assertEqual(self.wine(str(self.programs / "uninstall.exe"), "/S").returncode, 0)
        # It goes on in a copy of itself, so that it can remove itself.
        wait_for(lambda: not self.programs.exists(), "no program")
        wait_for(lambda: not self.registered(UNINSTALL), "no entry in the list of programs")
        self.assertFalse(self.entry.exists() or self.registered(LINKS))
        self.assertEqual(self.files(self.data), kept)


if __name__ == "__main__":
    unittest.main()
