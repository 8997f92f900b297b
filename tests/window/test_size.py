"""The size of the window and of what is in it, from one start to the next."""

import os
import pathlib
import re
import subprocess
import tempfile
import tomllib
import unittest

from desktop import PATIENCE, SCREEN, WindowTest, bare_screen, binary, die_with_parent, wait_for


def saved(data):
    """The settings in a data folder."""
    return tomllib.loads((data / "settings.toml").read_text())


def place_of(run, window):
    """Where a window is on the screen, with its frame: left, top, right, bottom."""
    told = run("xwininfo", "-id", str(window))
    x, y, width, height = (
        int(re.search(rf"{what}: +(-?\d+)", told)[1])
        for what in ("Absolute upper-left X", "Absolute upper-left Y", "Width", "Height")
    )
    frame = re.findall(r"\d+", run("xprop", "-id", str(window), "_NET_FRAME_EXTENTS").partition("=")[2])
    left, right, top, bottom = map(int, frame or "0000")
    return x - left, y - top, x + width + right, y + height + bottom


def fits(place):
    left, top, right, bottom = place
    return min(left, top) >= 0 and right <= SCREEN[0] and bottom <= SCREEN[1]


class Size(WindowTest):
    def place_of(self, program):
        """Where the window is on the screen, with its frame: left, top, right, bottom."""
        return place_of(self.desktop.run, program.window)

    def maximize(self, program):
        """Maximises the window by a double click on its title, or makes it normal again."""
        left, top, right, _ = self.place_of(program)
        at = ((left + right) // 2, top + 8)
        self.desktop.run("xdotool", "mousemove", *map(str, at), "click", "--repeat", "2", "--delay", "50", "1")

    def test_zoom_and_size_are_kept(self):
        data = self.folder()
        program = self.open(data=data).place(20, 40, 800, 600)
        before = program.button("connect").extents[3]
        program.key("ctrl+plus", "ctrl+plus")
        wait_for(lambda: program.button("connect").extents[3] > before, "larger buttons", on=program)
        self.quit(program)
        for _ in range(3):
            self.assertEqual(saved(data)["zoom"], 120)
            self.assertEqual(saved(data)["window"], [800.0, 600.0])
            program = self.open(data=data)
            wait_for(lambda: program.size() == (800, 600), "the size from last time", on=program)
            self.assertGreater(program.button("connect").extents[3], before)
            self.quit(program)
        program = self.open(data=data)
        program.key("ctrl+0")
        wait_for(lambda: program.button("connect").extents[3] == before, "buttons of 100 %", on=program)
        self.quit(program)
        self.assertEqual((saved(data)["zoom"], saved(data)["window"]), (100, [800.0, 600.0]))

    def test_a_maximised_window_is_maximised_again_and_keeps_its_former_size(self):
        data = self.folder()
        program = self.open(data=data).place(20, 40, 777, 555)
        self.maximize(program)
        wait_for(lambda: program.size()[0] == SCREEN[0], "a maximised window", on=program)
        self.quit(program)
        self.assertEqual(saved(data)["window_state"], "maximized")
        program = self.open(data=data)
        wait_for(lambda: program.size()[0] == SCREEN[0], "a maximised window again", on=program)
        self.maximize(program)
        wait_for(lambda: program.size() == (777, 555), "the former size", on=program)
        self.quit(program)
        self.assertEqual((saved(data)["window_state"], saved(data)["window"]), ("normal", [777.0, 555.0]))

    def test_a_window_fits_the_screen_with_its_frame(self):
        for size in ([5000.0, 5000.0], [1280.0, 800.0], [700.0, 799.0], [-3.0, 1e30]):
            for zoom in (100, 9999):
                with self.subTest(size=size, zoom=zoom):
                    program = self.open(data=self.folder(window=size, zoom=zoom))
                    wait_for(lambda: fits(self.place_of(program)), "a window on the screen", on=program)
                    program.kill()


class WithoutWindowManager(unittest.TestCase):
    def test_a_window_fits_the_screen(self):
        display = bare_screen(self, "-screen", "0", f"{SCREEN[0]}x{SCREEN[1]}x24")
        for size in ("[5000.0, 5000.0]", "[inf, nan]", "[1280.0, 800.0]", "[640, 480]"):
            with self.subTest(size=size), tempfile.TemporaryDirectory() as home:
                pathlib.Path(home, "settings.toml").write_text(f"window = {size}\n")
                environment = {"HOME": home, "PATH": os.environ["PATH"], "DISPLAY": display}

                def run(*command):
                    return subprocess.run(
                        command, env=environment, capture_output=True, check=True, text=True, timeout=PATIENCE
                    ).stdout

                program = subprocess.Popen(
                    [binary(), "--data-dir", home], env=environment, preexec_fn=die_with_parent
                )  # fmt: skip
                try:
                    search = ("xdotool", "search", "--onlyvisible", "--class", "duologue")
                    window = wait_for(lambda: run(*search).split(), "a window")[0]
                    place = wait_for(lambda: fits(place := place_of(run, window)) and place, "a window on the screen")
                    if size == "[640, 480]":
                        self.assertEqual((place[2] - place[0], place[3] - place[1]), (640, 480))
                finally:
                    program.kill()
                    program.wait()


if __name__ == "__main__":
    unittest.main()
