"""Files and pictures in two windows: dragged, pasted, accepted, watched, interrupted, opened."""

import filecmp
import os
import pathlib
import re
import subprocess
import sys
import unittest

from desktop import BUTTON, DIALOG, LEFT, Atspi, WindowTest, die_with_parent, free_port, wait_for
from disk import Disk
from line import CALLED_AGAIN, Cable, Line

IMAGE = Atspi.Role.IMAGE
PROGRESS_BAR = Atspi.Role.PROGRESS_BAR
OTHER_PROGRAM = pathlib.Path(__file__).resolve().parent / "other_program.py"
# Where the window stands from which files are dragged: below both.
BELOW = (300, 680)
# Takes longer than a person to click on Pause, in bytes.
LARGE = 1_000_000_000


class Files(WindowTest):
    def setUp(self):
        super().setUp()
        self.sent = self.folder()
        self.received = self.folder()

    def windows(self, *args, into=None, left=(), right=()):
        """Two windows. The right one, in Korean, receives into a folder of the test, or into this one. `args` are those of
        the left one; `left` and `right` are commands that execute the programs."""
        left = self.start(*args, data=self.with_folder("Mina", self.folder()), prefix=left)
        data = self.with_folder("Jun", into or self.received)
        right = self.start(lang="ko", data=data, prefix=right)
        return left.ready().place(*LEFT), right.ready().place(*self.right())

    def talking(self, over=None, **options):
        """Two such windows in conversation. `over` makes the line to a port."""
        left, right = self.windows(**options)
        if not over:
            self.port = self.connect(left, right)
            return left, right
        listening = free_port()
        left.fill_address("127.0.0.1", listening)
        left.press("listen")
        wait_for(lambda: left.button("stop"), "it listens", on=left)
        self.line = over(listening)
        self.addCleanup(self.line.cut)
        self.call(right, self.line.port)
        self.let_in(left, right)
        return left, right

    def right(self):
        x, y, width, height = LEFT
        return (x + width + 25, y, width, height)

    def with_folder(self, name, downloads):
        data = self.folder(name)
        with open(data / "settings.toml", "a") as settings:
            settings.write(f'\n[files]\nfolder = "{downloads}"\n')
        return data

    def file(self, name, size):
        path = self.sent / name
        path.write_bytes(os.urandom(size))
        return path

    def large_file(self, name):
        """A file that takes a while to move. Most of it are zeros, which take no time to make."""
        path = self.sent / name
        with open(path, "wb") as file:
            file.truncate(LARGE)
            for at in range(0, LARGE, LARGE // 50):
                file.seek(at)
                file.write(os.urandom(1000))
        return path

    def beside(self, *command):
        """Starts the program from which files are dragged and copied."""
        program = subprocess.Popen(
            [sys.executable, OTHER_PROGRAM, *map(str, command)],
            env=self.desktop.environment,
            stdout=subprocess.PIPE,
            preexec_fn=die_with_parent,
        )
        self.addCleanup(program.stdout.close)
        self.addCleanup(program.wait)
        self.addCleanup(program.kill)
        self.assertEqual(program.stdout.readline(), b"ready\n")
        return program

    def drop(self, onto, *files):
        """Drags these files over the window and drops them there. Takes a screenshot in between."""
        program = self.beside("drag", *BELOW, *files)
        x, y = BELOW
        self.move_to(x + 60, y + 40)
        self.desktop.run("xdotool", "mousedown", "1")
        # The drag begins after some points, and the window sees each step.
        at_x, at_y = LEFT[0] + LEFT[2] // 2, LEFT[1] + LEFT[3] // 2
        for step in range(1, 11):
            self.move_to(x + 60 + (at_x - x - 60) * step // 10, y + 40 + (at_y - y - 40) * step // 10)
        wait_for(lambda: onto.tells("drop to send"), "where to drop", on=onto)
        self.desktop.screenshot(self.desktop.shot_path("files-drop"))
        self.desktop.run("xdotool", "mouseup", "1")
        wait_for(lambda: not onto.tells("drop to send"), "dropped files", on=onto)
        program.kill()

    def move_to(self, x, y):
        self.desktop.run("xdotool", "mousemove", "--sync", str(x), str(y))

    def arrived(self, path):
        """Whether the file that has arrived is the one that was sent."""
        there = self.received / path.name
        return there.exists() and filecmp.cmp(there, path, shallow=False)

    def leftovers(self):
        return [path.name for path in self.received.iterdir() if path.name.startswith(".")]

    def test_a_dropped_file_is_accepted_and_arrives_whole(self):
        left, right = pair = self.talking()
        report = self.file("보고서 2026.pdf", 3_000_000)
        self.drop(left, report)
        wait_for(lambda: left.tells("file offered"), "the offer", on=pair)
        wait_for(lambda: right.button("accept file", report.name), "the question", on=pair)
        self.assertTrue(right.says(re.escape(str(self.received))), "where it goes")
        self.desktop.screenshot(self.desktop.shot_path("files-offer"))
        right.press("accept file", report.name)
        wait_for(lambda: right.button("open file", report.name), "the file", on=pair)
        wait_for(lambda: left.tells("file arrived there"), "that it has arrived", on=pair)
        self.assertTrue(self.arrived(report))
        self.assertEqual(self.leftovers(), [])
        self.desktop.screenshot(self.desktop.shot_path("files-arrived"))

        # The same again does not replace it.
        left.message_menu(report.name)
        left.press("send again")
        right.press("accept file", report.name)
        second = self.received / "보고서 2026 (2).pdf"
        wait_for(second.exists, "the second one", on=pair)
        self.assertEqual(second.read_bytes(), report.read_bytes())

    def test_a_folder_is_declined_and_another_one_received(self):
        left, right = pair = self.talking()
        folder = self.sent / "photos"
        (folder / "2026").mkdir(parents=True)
        for number in range(20):
            (folder / "2026" / f"{number}.bin").write_bytes(os.urandom(number * 1000))
        self.drop(left, folder)
        right.press("decline file", folder.name)
        wait_for(lambda: left.tells("file declined"), "that it was declined", on=pair)
        self.drop(left, folder)
        right.press("accept file", folder.name)
        wait_for(lambda: right.button("open file", folder.name), "the folder", on=pair)
        received = self.received / folder.name
        for path in sorted(folder.rglob("*.bin")):
            self.assertEqual((received / path.relative_to(folder)).read_bytes(), path.read_bytes())

    def test_a_transfer_goes_on_after_a_pause_and_after_the_receiver_was_killed(self):
        left, right = pair = self.talking()
        big = self.large_file("큰 파일.zip")
        self.drop(left, big)
        right.press("accept file", big.name)
        bar = wait_for(lambda: self.moving(right), "progress", on=pair)
        self.assertLessEqual(bar, 100)
        right.press("pause file", big.name)
        wait_for(lambda: right.tells("file paused"), "the pause", on=pair)
        wait_for(lambda: left.tells("file paused by them"), "the pause on the other side", on=pair)
        self.desktop.screenshot(self.desktop.shot_path("files-paused"))
        self.assertFalse(self.arrived(big))
        data = right.data
        right.kill()
        right = self.open_right(data=data)
        self.call(right, self.port)
        self.wait_until_connected(left, right)
        wait_for(lambda: right.tells("file paused"), "still paused", on=(left, right))
        right.press("resume file", big.name)
        wait_for(lambda: right.button("open file", big.name), "the file", on=(left, right))
        self.assertTrue(self.arrived(big))
        self.assertEqual(self.leftovers(), [])

    def test_a_transfer_goes_on_by_itself_when_the_network_is_back(self):
        left, right = pair = self.talking(over=lambda port: Line(port, rate=20_000_000))
        big = self.file("film.mkv", 60_000_000)
        self.drop(left, big)
        right.press("accept file", big.name)
        before = wait_for(lambda: self.moving(right), "progress", on=pair)
        self.line.cut()
        wait_for(lambda: right.tells("file continues"), "that it goes on later", on=pair)
        wait_for(lambda: left.tells("file continues"), "that it goes on later, on the other side", on=pair)
        self.desktop.screenshot(self.desktop.shot_path("files-cut"))
        self.assertFalse(self.arrived(big))
        self.line.mend()
        wait_for(lambda: right.button("open file", big.name), "the file", on=pair)
        self.assertTrue(self.arrived(big))
        self.assertEqual(self.leftovers(), [])
        self.assertGreater(before, 0)

    def test_a_transfer_goes_on_by_itself_after_the_cable_was_pulled(self):
        cable, port = Cable(self, rate="40mbit"), free_port()
        listens = ("--listen", f"0.0.0.0:{port}")
        left, right = pair = self.windows(*listens, left=cable.at(0), right=cable.at(1))
        self.meet(left, right, port, cable.ADDRESSES[0])
        big = self.file("film.mkv", 60_000_000)
        self.drop(left, big)
        right.press("accept file", big.name)
        before = wait_for(lambda: self.moving(right), "progress", on=pair)
        cable.pull()
        # Neither side gets an error, so at first the file only stands still.
        self.wait_until("file stands still", right, left)
        self.desktop.screenshot(self.desktop.shot_path("files-pulled"))
        self.wait_until("file continues", right, left)
        self.assertFalse(self.arrived(big))
        stood = self.moving(right)
        self.assertGreaterEqual(stood, before)
        cable.plug_in()
        wait_for(lambda: (self.moving(right) or 100) > stood, "more of it", on=pair, timeout=CALLED_AGAIN)
        wait_for(lambda: right.button("open file", big.name), "the file", on=pair)
        self.assertTrue(self.arrived(big))
        self.assertEqual(self.leftovers(), [])
        self.assert_talking(left, right)

    def test_a_disk_that_does_not_keep_up_holds_up_a_file_and_not_the_conversation(self):
        disk = Disk(self)
        options = {"into": disk.folder, "right": disk.prefix}
        left, right = pair = self.talking(over=lambda port: Line(port, rate=20_000_000), **options)
        self.received = disk.seen_from_outside
        big = self.file("film.mkv", 150_000_000)
        self.drop(left, big)
        right.press("accept file", big.name)
        wait_for(lambda: self.moving(right), "progress", on=pair)
        disk.freeze()
        self.wait_until("disk slow", right)
        # The other side notices, and waits with its file.
        self.wait_until("file stands still", left)
        self.desktop.screenshot(self.desktop.shot_path("files-disk-slow"))
        stood = self.moving(right)
        self.assert_talking(left, right)
        self.assertEqual(self.moving(right), stood)
        disk.thaw()
        wait_for(lambda: right.button("open file", big.name), "the file", on=pair)
        self.assertTrue(self.arrived(big))
        self.assertEqual(self.leftovers(), [])
        self.assertEqual(self.line.calls, 1, "the conversation went on over the same connection")

    def test_a_system_without_dialogs_says_what_to_do_instead(self):
        # There is neither a portal on this desktop nor zenity.
        left, right = pair = self.talking()
        left.press("attach")
        left.press("pick files")
        wait_for(lambda: left.tells("no file dialog"), "what to do instead", on=pair)
        self.desktop.screenshot(self.desktop.shot_path("files-no-dialog"))
        right.key("ctrl+comma")
        right.press("change downloads")
        wait_for(lambda: right.tells("no folder dialog"), "what to do instead", on=pair)
        self.desktop.screenshot(self.desktop.shot_path("files-no-folder-dialog"))

    def test_files_and_folders_are_picked_in_a_dialog(self):
        report, folder = self.file("보고서.txt", 1000), self.sent / "photos"
        folder.mkdir()
        tools = self.folder()
        # It answers as the dialog does when the person has picked these, or changed their mind.
        zenity = tools / "zenity"
        zenity.write_text(
            f'#!/bin/sh\nrm "{tools}/once" && exit 1\n'
            f'case "$*" in *--directory*) echo "{folder}";; *) echo "{report}|{self.file("b c.txt", 10)}";; esac\n'
        )
        zenity.chmod(0o755)
        (tools / "once").touch()
        left, right = pair = self.talking(left=("env", f"PATH={tools}:{os.environ['PATH']}"))
        for what in ("pick files", "pick files", "pick folder"):
            left.press("attach")
            left.press(what)
            wait_for(lambda: not (tools / "once").exists(), "an answer", on=pair)
        for path in (report, self.sent / "b c.txt"):
            right.press("accept file", path.name)
            wait_for(lambda path=path: self.arrived(path), path.name, on=pair)
        wait_for(lambda: right.button("accept file", folder.name), "the folder", on=pair)
        self.assertFalse(left.tells("no file dialog"))

    def moving(self, program):
        """How far the only file has come, in percent, once something of it has."""
        bars = program.nodes(PROGRESS_BAR)
        return bars and Atspi.Value.get_current_value(bars[0].accessible)

    def test_a_pasted_picture_is_seen_on_the_other_side(self):
        left, right = pair = self.talking()
        picture = pathlib.Path(__file__).resolve().parents[2] / "assets" / "icons" / "256.png"
        self.beside("picture", picture)
        left.enter("message")
        left.key("ctrl+v")
        wait_for(lambda: left.nodes(DIALOG), "the question", on=pair)
        self.desktop.screenshot(self.desktop.shot_path("files-paste"))
        left.key("Return")
        accept = re.compile(r"^수락: ")
        right.click(lambda: right.find(accept, BUTTON), "the question on the other side")
        wait_for(lambda: self.pictures(right), "the picture", on=pair)
        wait_for(lambda: self.pictures(left), "the picture on this side", on=pair)
        self.desktop.screenshot(self.desktop.shot_path("files-picture"))
        right.click(lambda: self.pictures(right)[0], "the picture")
        wait_for(lambda: right.nodes(DIALOG), "the large picture", on=pair)
        self.desktop.screenshot(self.desktop.shot_path("files-picture-large"))
        right.key("Escape")
        wait_for(lambda: not right.nodes(DIALOG), "closed", on=pair)

    def pictures(self, program):
        return [node for node in program.nodes(IMAGE) if node.name.endswith(".png")]

    def test_copied_files_are_sent_after_a_question(self):
        left, right = pair = self.talking()
        files = [self.file("one.txt", 10), self.file("둘.txt", 0)]
        self.beside("copy", *files)
        left.enter("message")
        left.key("ctrl+v")
        wait_for(lambda: left.nodes(DIALOG), "the question", on=pair)
        left.key("Return")
        for path in files:
            right.press("accept file", path.name)
            wait_for(lambda path=path: self.arrived(path), f"{path.name}", on=pair)
        self.assertEqual(left.entry("message").text, "")


if __name__ == "__main__":
    unittest.main()
