"""What the program for Windows prints where it was typed: in a console, into a file, into a pipe."""

import os
import pty
import re
import select
import signal
import time
import unittest

from windows import PATIENCE, WineTest, die_with_parent, end_wine, environment, from_environment, windows_path

# Positions, colours and the cursor of a terminal.
CONTROL = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x07]*\x07|\r")
VERSION = r"duologue \d+\.\d+\.\d+"


class Console(WineTest):
    def console(self, command):
        """What a console shows while `cmd` runs this."""
        end_wine(self.desktop)
        pid, terminal = pty.fork()
        if pid == 0:
            die_with_parent()
            wine = {**environment(self.desktop), "TERM": "xterm"}
            os.execvpe("wine", ["wine", "cmd", "/c", command], wine)
        shown, deadline = b"", time.monotonic() + PATIENCE
        try:
            while select.select([terminal], [], [], max(0, deadline - time.monotonic()))[0]:
                try:
                    piece = os.read(terminal, 1 << 16)
                except OSError:
                    # The other end is closed.
                    break
                if not piece:
                    break
                shown += piece
            else:
                os.kill(pid, signal.SIGKILL)
                self.fail(f"{command} did not end within {PATIENCE} s: {shown!r}")
        finally:
            os.close(terminal)
            os.waitpid(pid, 0)
        return CONTROL.sub(b"", shown).decode()

    def typed(self):
        """What somebody types to start it, without the ending."""
        return windows_path(from_environment("DUOLOGUE_EXE").with_suffix(""))

    def test_help_and_version_print_in_the_console_in_which_they_were_typed(self):
        self.assertRegex(self.console(f"{self.typed()} --version"), VERSION)
        shown = self.console(f"{self.typed()} --help")
        for option in ("--listen", "--connect", "--plain", "--data-dir", "--lang"):
            self.assertIn(option, shown)

    def test_an_error_prints_in_the_console_too(self):
        self.assertIn("--nonsense", self.console(f"{self.typed()} --nonsense"))

    def test_the_version_goes_into_a_pipe_and_into_a_file(self):
        done = self.wine("cmd", "/c", f"{self.typed()} --version")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout.decode(), rf"\A{VERSION}\r?\n\Z")
        self.assertEqual(self.wine("cmd", "/c", f"{self.typed()} --nonsense").returncode, 2)
        file = self.desktop.home / "version.txt"
        self.wine("cmd", "/c", f"{self.typed()} --version > {windows_path(file)}")
        self.assertRegex(file.read_text(), rf"\A{VERSION}\r?\n\Z")


if __name__ == "__main__":
    unittest.main()
