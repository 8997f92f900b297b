"""A file goes from a Windows window to a Linux window, and one the other way."""

import filecmp
import os
import pathlib
import subprocess
import sys
import unittest

from windows import DIALOG, WineTest, die_with_parent, free_port, wait_for, windows_path

OTHER_PROGRAM = pathlib.Path(__file__).resolve().parents[1] / "window" / "other_program.py"


class Transfer(WineTest):
    def setUp(self):
        super().setUp()
        self.sent, self.received = self.folder(), self.folder() / "received"
        self.received.mkdir()
        port = free_port()
        self.linux = self.open_left("--listen", f"127.0.0.1:{port}", data=self.with_downloads("Mina", str(self.received)))
        data = self.with_downloads("Jun", windows_path(self.received))
        self.windows = self.open_windows("--connect", f"127.0.0.1:{port}", data=data)
        self.linux.press("accept")
        self.wait_until_connected(self.linux)

    def with_downloads(self, name, folder):
        """A data folder whose settings name the folder of received files."""
        data = self.folder(name)
        with open(data / "settings.toml", "a") as settings:
            settings.write(f"theme = 'light'\n[files]\nfolder = '{folder}'\n")
        return data

    def copy(self, kind, name, size):
        """Copies a file in another program. Returns its path."""
        path = self.sent / name
        path.write_bytes(os.urandom(size))
        other = subprocess.Popen(
            [sys.executable, OTHER_PROGRAM, kind, path], env=self.desktop.environment, stdout=subprocess.PIPE,
            preexec_fn=die_with_parent,
        )  # fmt: skip
        self.addCleanup(other.stdout.close)
        self.addCleanup(other.wait)
        self.addCleanup(other.kill)
        self.assertEqual(other.stdout.readline(), b"ready\n")
        return path

    def assert_arrived(self, path):
        """Fails unless it has arrived as it was, and nothing else is there."""
        self.assertEqual(os.listdir(self.received), [path.name])
        self.assertTrue(filecmp.cmp(self.received / path.name, path, shallow=False))

    def test_a_file_that_is_pasted_in_the_windows_window_arrives(self):
        linux, windows = pair = self.linux, self.windows
        # As Windows has it: without a text.
        path = self.copy("bare", "보고서 2026.pdf", 3_000_000)
        windows.enter_composer()
        # With the letter released first, and with Ctrl released first.
        self.desktop.run("xdotool", "keydown", "ctrl", "key", "v", "keyup", "ctrl")
        wait_for(windows.proposed, "the question", on=pair)
        windows.key("Escape")
        wait_for(lambda: not windows.proposed(), "no question", on=pair)
        self.desktop.run("xdotool", "keydown", "ctrl", "keydown", "v", "keyup", "ctrl", "keyup", "v")
        # The question shows itself in no other way than by its button.
        windows.press_proposed()
        linux.press("accept file", path.name)
        wait_for(lambda: linux.button("open file", path.name), "the file", on=pair)
        self.assert_arrived(path)

    def test_a_file_that_is_accepted_in_the_windows_window_arrives(self):
        linux, windows = pair = self.linux, self.windows
        path = self.copy("copy", "사진 2026.bin", 3_000_000)
        linux.enter("message")
        linux.key("ctrl+v")
        wait_for(lambda: linux.nodes(DIALOG), "the question", on=pair)
        linux.key("Return")
        wait_for(lambda: linux.tells("file offered"), "the offer", on=pair)
        windows.press_proposed()
        wait_for(lambda: linux.tells("file arrived there"), "that it has arrived", on=pair)
        self.assert_arrived(path)


if __name__ == "__main__":
    unittest.main()
