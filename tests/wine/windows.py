"""The program for Windows in a real window, under Wine, on the desktop of tests/window.

Wine has no accessibility tree. So this window is driven by keys and by places in it, and what it does is read on the other
side, in a Linux window, or in its files.
"""

import atexit
import contextlib
import os
import pathlib
import shutil
import sqlite3
import subprocess
import sys
import tempfile

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "window"))

from desktop import DIALOG, PATIENCE, RIGHT, Program, WaitError, WindowTest, die_with_parent, free_port, wait_for  # noqa: E402, F401
from hangul import on_korean_keyboard  # noqa: E402, F401
from names import NAMES  # noqa: E402

# Where the middle of the composer is: from the left, and from the bottom of the window.
COMPOSER = (200, 40)
# The parts above and below the transcript, from the edges of the window.
HEADER, FOOTER = 60, 80
# What a button that is proposed is filled with, in the light theme.
PROPOSED = bytes((0x1D, 0x5F, 0xCC))
STORE = "duologue.db"


def from_environment(name):
    """The path in this variable, which scripts/wine.sh sets."""
    path = os.environ.get(name)
    if not path or not os.path.exists(path):
        raise RuntimeError(f"{name} is {path!r}, and nothing is there. Run scripts/wine.sh, which sets it.")
    return pathlib.Path(path)


def prefix():
    """The folder that Wine takes for a computer."""
    return from_environment("WINEPREFIX")


def windows_path(path):
    """How a program under Wine calls this file or folder."""
    return "Z:" + str(path).replace("/", "\\")


def environment(desktop):
    """What Wine is started with on this desktop."""
    prefix()
    wine = {name: value for name, value in os.environ.items() if name.startswith("WINE")}
    return {**desktop.environment, **wine}


_ends = set()


def end_wine(desktop):
    """Ends all that runs under Wine when this process ends, because the screen that it uses ends, too."""
    if desktop not in _ends:
        _ends.add(desktop)
        kill = ("wineserver", "--kill")
        atexit.register(lambda: subprocess.run(kill, env=environment(desktop), check=False, timeout=PATIENCE))


class Windows(Program):
    """The program for Windows, running on a desktop."""

    def __init__(self, desktop, *args, lang="en", data, korean_input=False, program=None):
        end_wine(desktop)
        self.desktop = desktop
        self.lang = lang
        self.names = NAMES[lang]
        # As in tests/window: an input method may swap keys that come close together.
        self.typing_delay = 150 if korean_input else 40
        self.scratch = pathlib.Path(tempfile.mkdtemp(prefix="run-", dir=desktop.home))
        self.data = pathlib.Path(data)
        self.environment = environment(desktop)
        if korean_input:
            desktop.start_input_method()
            self.environment["XMODIFIERS"] = "@im=ibus"
        self.output = self.scratch / "output"
        program = program or from_environment("DUOLOGUE_EXE")
        with open(self.output, "wb") as output:
            # The loader of Wine becomes the program, so a signal to this process reaches that one.
            self.process = subprocess.Popen(
                ["wine", str(program), "--data-dir", windows_path(self.data), "--lang", lang, *args],
                env=self.environment,
                cwd=self.scratch,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                preexec_fn=die_with_parent,
            )
        self.window = None
        desktop.programs.append(self)

    def ready(self):
        """Waits until the window is there and painted. Returns itself."""
        wait_for(self._find_window, "the window of the program for Windows", on=self)
        # Before that, Wine may still put it where it was at first.
        wait_for(self._is_painted, "a painted window", on=self)
        return self.place(*RIGHT)

    def place(self, x, y, width, height):
        """Moves and resizes the window."""
        held = 0

        def holds():
            nonlocal held
            at_x, at_y, *size = self._geometry()
            # The frame may count as part of the place.
            is_there = abs(at_x - x) < 40 and abs(at_y - y) < 40 and size == [width, height]
            held = held + 1 if is_there else 0
            if not is_there:
                self.desktop.run("xdotool", "windowsize", str(self.window), str(width), str(height))
                self.desktop.run("xdotool", "windowmove", str(self.window), str(x), str(y))
            return held > 10

        wait_for(holds, f"a window of {width} x {height} at {x}, {y}", on=self)
        return self

    def _geometry(self):
        shell = self.desktop.run("xdotool", "getwindowgeometry", "--shell", str(self.window))
        values = dict(line.split("=") for line in shell.splitlines())
        return [int(values[name]) for name in ("X", "Y", "WIDTH", "HEIGHT")]

    def _is_painted(self):
        # An empty window has one colour.
        shot = self.desktop.run_raw("import", "-window", str(self.window), "png:-")
        colours = subprocess.run(["identify", "-format", "%k", "-"], input=shot, capture_output=True, check=True)
        return int(colours.stdout) > 100

    def click_at(self, x, y, rest=0.05):
        """Clicks on a place in the window; a negative one counts from its right or bottom edge."""
        self.focus()
        width, height = self.size()
        at = (str(x % width), str(y % height))
        self.desktop.run("xdotool", "mousemove", "--window", str(self.window), *at, "sleep", str(rest), "click", "1")

    def press_proposed(self):
        """Clicks on the only button in the transcript that is proposed, when it is there and does not move."""
        before = None

        def settled():
            nonlocal before
            unmoved, before = before, self.proposed()
            return unmoved == before and before

        self.click_at(*wait_for(settled, "a button that is proposed", on=self))

    def proposed(self):
        """The middle of what has that colour in the transcript, or None."""
        width, height = self.size()
        pixels = self.desktop.run_raw("import", "-window", str(self.window), "-depth", "8", "rgb:-")
        found = [
            (at // 3 % width, at // 3 // width)
            for at in range(HEADER * width * 3, (height - FOOTER) * width * 3, 3)
            if pixels[at : at + 3] == PROPOSED
        ]
        if not found:
            return None
        columns, rows = zip(*found)
        return (min(columns) + max(columns)) // 2, (min(rows) + max(rows)) // 2

    def enter_composer(self):
        """Puts the caret into the field for messages."""
        x, y = COMPOSER
        self.click_at(x, -y)

    def say(self, text):
        """Types a message and sends it with Enter. What comes of it shows on the other side."""
        self.enter_composer()
        self.type(text)
        self.key("Return")

    def stored(self, sql, *values):
        """The rows that its store answers with; none if there is no such table yet.

        A copy is read: locks of programs under Wine and of others do not know each other.
        """
        with tempfile.TemporaryDirectory(dir=self.desktop.home) as folder:
            for ending in ("", "-wal"):
                with contextlib.suppress(FileNotFoundError):
                    shutil.copy(self.data / f"{STORE}{ending}", folder)
            with contextlib.closing(sqlite3.connect(pathlib.Path(folder, STORE))) as store:
                try:
                    return store.execute(sql, values).fetchall()
                except sqlite3.DatabaseError:
                    # It was copied while it was written.
                    return []

    def messages(self):
        """The stored messages: (whether it is its own, text), oldest first."""
        rows = self.stored("SELECT kind, text FROM messages WHERE kind < 2 ORDER BY id")
        return [(kind == 1, text) for kind, text in rows]


class WineTest(WindowTest):
    """A test with the program for Windows. What it starts ends with it."""

    def start_windows(self, *args, **options):
        """Starts the program for Windows without waiting for its window."""
        program = Windows(self.desktop, *args, **options)
        self.addCleanup(self._finish, program)
        return program

    def open_windows(self, *args, **options):
        """The program for Windows on the right half of the screen."""
        return self.start_windows(*args, **options).ready()

    def wine(self, *command, timeout=PATIENCE):
        """Runs a command under Wine to its end."""
        end_wine(self.desktop)
        return subprocess.run(
            ["wine", *command], env=environment(self.desktop), stdin=subprocess.DEVNULL, capture_output=True,
            timeout=timeout,
        )  # fmt: skip
