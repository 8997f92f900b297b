"""A virtual desktop, and the means to operate and read the program on it.

Input comes from xdotool, so that keys take the real way: X server, input method, window. Output is read by AT-SPI, as
a screen reader does. Every wait has a limit and says what it waited for.
"""

import atexit
import contextlib
import ctypes
import itertools
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest

import gi

from hangul import is_hangul, on_korean_keyboard
from names import NAMES

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi, Gio, GLib  # noqa: E402

# at-spi2-core 2.54 renamed it.
BUTTON = getattr(Atspi.Role, "BUTTON", None) or Atspi.Role.PUSH_BUTTON
TOGGLE = Atspi.Role.TOGGLE_BUTTON
CHECK_BOX = Atspi.Role.CHECK_BOX
COMBO_BOX = Atspi.Role.COMBO_BOX
DIALOG = Atspi.Role.DIALOG
ENTRY = Atspi.Role.ENTRY
LABEL = Atspi.Role.LABEL
LIST_ITEM = Atspi.Role.LIST_ITEM

# "NAME, TIME: TEXT", with marks after the time, of which one may contain a time.
ROW = re.compile(r"(?P<who>[^,]+), (?P<time>\d{1,2}:\d{2} [AP]M|오[전후] \d{1,2}:\d{2})(?P<marks>(?:, .*?)?): (?P<text>.*)", re.DOTALL)

# The safety number, which two people compare.
SAFETY_NUMBER = re.compile(r"\d{5}( \d{5}){11}")

# A service that never starts.
NO_NOTIFICATIONS = "[D-BUS Service]\nName=org.freedesktop.Notifications\nExec=/bin/false\n"

SCREEN = (1280, 800)
# Two windows side by side: x, y, width, height.
HALF = SCREEN[0] // 2 - 20
LEFT = (5, 30, HALF, 600)
RIGHT = (HALF + 25, 30, HALF, 600)
ROOT = pathlib.Path(__file__).resolve().parents[2]
OUTPUT = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "window-tests"
TOOLS = ("Xvfb", "openbox", "xdotool", "import", "dbus-daemon")
INPUT_METHOD_TOOLS = ("ibus", "ibus-daemon", "xprop")

# Time limit for everything that must happen, in seconds. Far above what it takes on a busy computer, because a wait
# that succeeds ends at once.
PATIENCE = 100
# How long to wait for what was typed before it is typed once more.
TYPED_AGAIN = 6

# How long the pointer rests on a button before it clicks, in seconds. A question takes a click or a key only after it has
# stood still, under the pointer for a click, for 0.8 s.
REST = 0.05
REST_ON_QUESTION = 1
# On a button that has just got another meaning, too.
REST_ON_SLOT = 0.6
SLOTS = ("listen", "stop", "connect", "cancel", "disconnect")
ANSWERS = (
    "accept",
    "reject",
    "refuse unknown",
    "send held",
    "discard held",
    "take no more",
    "someone else",
    "new key for",
    "replace verified",
    "talk to",
    "connect in plain text",
    "call anyway",
)

# A state of a socket in /proc.
ESTABLISHED = "01"
PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)


def binary():
    """The program under test."""
    path = os.environ.get("DUOLOGUE_BIN")
    if not path:
        raise RuntimeError("Set DUOLOGUE_BIN to the program to test, or run scripts/test.sh.")
    if not os.access(path, os.X_OK):
        raise RuntimeError(f"DUOLOGUE_BIN is {path}, and there is no such program.")
    return path


def free_port():
    """A port of this computer that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class WaitError(AssertionError):
    """What was waited for did not happen."""


def wait_for(predicate, what, on=(), timeout=PATIENCE):
    """The first true value of `predicate`, which is called repeatedly for `timeout` seconds.

    Things that disappear while they are read are looked for again. The failure names `what` and shows the programs `on`
    (one or several).
    """
    deadline = time.monotonic() + timeout
    while True:
        last = trouble = None
        asked = time.monotonic()
        try:
            last = predicate()
            if last:
                return last
        except (GLib.Error, subprocess.CalledProcessError, LookupError) as error:
            trouble = error
        now = time.monotonic()
        if now > deadline:
            break
        # Without a pause the program would do nothing but answer.
        time.sleep(max(0.02, now - asked))
    lines = [f"waited {timeout} s in vain: {what}", f"last answer: {last!r}"]
    if trouble:
        lines.append(f"last trouble: {trouble}")
    for program in [on] if isinstance(on, Program) else on:
        lines.append(program.report())
    raise WaitError("\n".join(lines))


def die_with_parent():
    # Leaves nothing running, however these tests end.
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


# Otherwise the input method would change the keyboard to a Korean one at some time, and a Hangul key that is pressed
# meanwhile would get lost. The keyboard of the screen has such a key already.
SETTINGS = """
[org/freedesktop/ibus/general]
use-system-keyboard-layout=true
"""


def minute_of_day(time):
    """2:03 PM and 오후 2:03 as minutes since midnight."""
    hour, minute = map(int, re.search(r"(\d+):(\d+)", time).groups())
    is_afternoon = "PM" in time or "오후" in time
    return (hour % 12 + 12 * is_afternoon) * 60 + minute


class Desktop:
    """A screen, a window manager, a session bus with accessibility on, and perhaps the Korean input method."""

    def __init__(self):
        self.started = []
        self.programs = []
        self.display = None
        self.has_input_method = False
        self._shots = itertools.count(1)

    def __enter__(self):
        missing = [tool for tool in TOOLS if not shutil.which(tool)]
        if missing:
            raise RuntimeError(f"Missing programs: {', '.join(missing)}. scripts/test.sh installs them.")
        binary()
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="duologue-window-"))
        for name in ("config", "data", "state", "cache", "runtime", "logs"):
            (self.home / name).mkdir(mode=0o700)
        self.environment = {
            "HOME": str(self.home),
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "XDG_CONFIG_HOME": str(self.home / "config"),
            "XDG_DATA_HOME": str(self.home / "data"),
            "XDG_STATE_HOME": str(self.home / "state"),
            "XDG_CACHE_HOME": str(self.home / "cache"),
            "XDG_RUNTIME_DIR": str(self.home / "runtime"),
            "XDG_SESSION_TYPE": "x11",
            "GSETTINGS_BACKEND": "keyfile",
            "LIBGL_ALWAYS_SOFTWARE": "1",
        }
        settings = self.home / "config" / "glib-2.0" / "settings" / "keyfile"
        settings.parent.mkdir(parents=True)
        settings.write_text(SETTINGS)
        # The bus would start a notification service of this computer, whose notifications would lie over the windows.
        services = self.home / "data" / "dbus-1" / "services"
        services.mkdir(parents=True)
        (services / "notifications.service").write_text(NO_NOTIFICATIONS)
        try:
            self._start_screen()
            self._start_bus()
            self._start("openbox")
            wait_for(self._window_manager_is_there, "a window manager")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for program in list(self.programs):
            program.kill()
        for child in reversed(self.started):
            # The whole group, because the bus and the input method have started other programs.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGTERM)
            try:
                child.wait(3)
            except subprocess.TimeoutExpired:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()
        self.started.clear()
        shutil.rmtree(self.home, ignore_errors=True)

    def _start(self, *command, **options):
        with open(self.home / "logs" / pathlib.Path(command[0]).name, "ab") as log:
            child = subprocess.Popen(
                command,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=die_with_parent,
                **options,
            )
        self.started.append(child)
        return child

    def _start_telling(self, *command):
        """Starts a program that writes one line to the descriptor `{}` once it is ready."""
        reader, writer = os.pipe()
        try:
            self._start(*(part.format(writer) for part in command), pass_fds=[writer])
        finally:
            os.close(writer)
        with open(reader) as pipe:
            line = pipe.readline().strip()
        if not line:
            log = self.home / "logs" / pathlib.Path(command[0]).name
            raise RuntimeError(f"{command[0]} did not start: {log.read_text(errors='replace')}")
        return line

    def _start_screen(self):
        width, height = SCREEN
        # -r: a key that is released late on a busy computer must not repeat.
        number = self._start_telling(
            "Xvfb", "-displayfd", "{}", "-screen", "0", f"{width}x{height}x24", "-noreset", "-nolisten", "tcp", "-r"
        )
        self.display = f":{number}"
        self.environment["DISPLAY"] = self.display

    def _start_bus(self):
        address = self._start_telling(
            "dbus-daemon", "--session", "--nofork", "--nopidfile", f"--address=unix:dir={self.home / 'runtime'}",
            "--print-address={}",
        )  # fmt: skip
        self.environment["DBUS_SESSION_BUS_ADDRESS"] = address
        # libatspi reads both from the environment of this process, once.
        os.environ["DISPLAY"] = self.display
        os.environ["DBUS_SESSION_BUS_ADDRESS"] = address
        os.environ.pop("AT_SPI_BUS_ADDRESS", None)
        bus = Gio.DBusConnection.new_for_address_sync(
            address,
            Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION,
            None,
            None,
        )
        # Before any program starts, because programs ask at their start.
        bus.call_sync(
            "org.a11y.Bus",
            "/org/a11y/bus",
            "org.freedesktop.DBus.Properties",
            "Set",
            GLib.Variant("(ssv)", ("org.a11y.Status", "IsEnabled", GLib.Variant("b", True))),
            None,
            Gio.DBusCallFlags.NONE,
            PATIENCE * 1000,
            None,
        )
        bus.close_sync(None)
        Atspi.init()
        Atspi.set_timeout(PATIENCE * 1000, PATIENCE * 1000)
        # A test needs the current state, not a cached one.
        Atspi.get_desktop(0).set_cache_mask(Atspi.Cache.NONE)

    def _window_manager_is_there(self):
        # This fails without a window manager, which sets the property.
        return self.run("xdotool", "get_num_desktops")

    def start_input_method(self):
        """Starts the Korean input method, for programs started with `korean_input`. Does nothing the second time."""
        if self.has_input_method:
            return
        missing = [tool for tool in INPUT_METHOD_TOOLS if not shutil.which(tool)]
        if missing:
            raise RuntimeError(f"Missing programs: {', '.join(missing)}. scripts/test.sh installs them.")
        self._start("ibus-daemon", "--xim", "--replace", "--panel", "disable")
        wait_for(lambda: self.run("ibus", "engine", "hangul") is not None, "the Korean input method")
        # It is a process of its own. A program that starts earlier does not use it.
        wait_for(lambda: "@server=ibus" in self.run("xprop", "-root", "XIM_SERVERS"), "its way to the programs")
        self.has_input_method = True

    def run(self, *command, timeout=PATIENCE):
        """The output of a tool on this desktop. Fails if the tool fails."""
        return self.run_raw(*command, timeout=timeout).decode().strip()

    def run_raw(self, *command, timeout=PATIENCE):
        """The output of a tool on this desktop in bytes. Fails if the tool fails."""
        return subprocess.run(
            command, env=self.environment, stdin=subprocess.DEVNULL, capture_output=True, check=True, timeout=timeout
        ).stdout

    def type(self, text, delay):
        """Types into the focused window, with `delay` milliseconds between keys."""
        self.run("xdotool", "type", "--delay", str(delay), "--", text, timeout=PATIENCE + len(text) * delay / 500)

    def key(self, *keys):
        """Presses keys one after the other, such as `Return` or `shift+Tab`."""
        self.run("xdotool", "key", "--delay", "20", "--", *keys)

    def keyboard_owner(self):
        """The focused window, or None."""
        try:
            return self.run("xdotool", "getwindowfocus")
        except subprocess.CalledProcessError:
            return None

    def screenshot(self, path):
        """Takes a screenshot of the whole screen."""
        self.run("import", "-window", "root", str(path))

    def shot_path(self, name):
        """The path for a screenshot of a failure."""
        OUTPUT.mkdir(parents=True, exist_ok=True)
        return OUTPUT / f"{name}-{os.getpid()}-{next(self._shots)}.png"


def bare_screen(test, *options):
    """A screen with nothing on it, not even a window manager, until the end of this test. Returns its name."""
    reader, writer = os.pipe()
    screen = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writer), "-noreset", "-nolisten", "tcp", *options],
        pass_fds=[writer], stderr=subprocess.DEVNULL, preexec_fn=die_with_parent,
    )  # fmt: skip
    test.addCleanup(screen.wait)
    test.addCleanup(screen.kill)
    os.close(writer)
    with open(reader) as pipe:
        return f":{pipe.readline().strip()}"


_shared = None


def shared():
    """The only desktop of this process, because libatspi uses one bus per process."""
    global _shared
    if _shared is None:
        _shared = Desktop().__enter__()
        atexit.register(_shared.__exit__)
    return _shared


class Node:
    """One element of a window, as a screen reader sees it."""

    def __init__(self, accessible):
        self.accessible = accessible

    @property
    def name(self):
        return self.accessible.get_name() or ""

    @property
    def role(self):
        return self.accessible.get_role()

    @property
    def role_name(self):
        return self.accessible.get_role_name()

    @property
    def holds_text(self):
        return "Text" in self.accessible.get_interfaces()

    @property
    def text(self):
        """The text of an entry."""
        return Atspi.Text.get_text(self.accessible, 0, Atspi.Text.get_character_count(self.accessible))

    def has(self, state):
        return self.accessible.get_state_set().contains(state)

    @property
    def identity(self):
        """Identifies it in its window, as long as nothing moves."""
        return self.role, self.name, self.extents if "Component" in self.accessible.get_interfaces() else None

    @property
    def is_focused(self):
        return self.has(Atspi.StateType.FOCUSED)

    @property
    def is_enabled(self):
        return self.has(Atspi.StateType.ENABLED)

    @property
    def extents(self):
        """(x, y, width, height) in the window."""
        rect = Atspi.Component.get_extents(self.accessible, Atspi.CoordType.WINDOW)
        return rect.x, rect.y, rect.width, rect.height

    def children(self):
        for index in range(self.accessible.get_child_count()):
            child = self.accessible.get_child_at_index(index)
            if child is not None:
                yield Node(child)

    def walk(self):
        """This element and all below it, in reading order."""
        yield self
        for child in self.children():
            yield from child.walk()

    def describe(self):
        words = [f"{self.role_name} {self.name!r}"]
        if self.holds_text:
            words.append(f"text={self.text!r}")
        if "Component" in self.accessible.get_interfaces():
            words.append("at=%d,%d %dx%d" % self.extents)
        states = ("FOCUSED", "CHECKED", "SELECTED", "EXPANDED")
        words += [name.lower() for name in states if self.has(getattr(Atspi.StateType, name))]
        if not self.is_enabled:
            words.append("disabled")
        return " ".join(words)


class Program:
    """The program running on a desktop. `prefix` is a command that executes the program, such as setpriv."""

    def __init__(self, desktop, *args, lang="en", data=None, korean_input=False, prefix=(), is_new=False):
        self.desktop = desktop
        self.lang = lang
        self.names = NAMES[lang]
        self.scratch = pathlib.Path(tempfile.mkdtemp(prefix="run-", dir=desktop.home))
        self.data = pathlib.Path(data) if data else self.scratch / "data"
        if not is_new and not self.data.exists():
            # Without settings, the program would ask what it asks at its first start of all.
            self.data.mkdir(mode=0o700)
            (self.data / "settings.toml").touch(mode=0o600)
        self.environment = dict(desktop.environment)
        # In any program, keys that an input method returns within one frame may swap (ibus#1713).
        self.typing_delay = 150 if korean_input else 20
        if korean_input:
            desktop.start_input_method()
            self.environment["XMODIFIERS"] = "@im=ibus"
        self.output = self.scratch / "output"
        with open(self.output, "wb") as output:
            self.process = subprocess.Popen(
                [*prefix, binary(), "--data-dir", str(self.data), "--lang", lang, *args],
                env=self.environment,
                cwd=self.scratch,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                preexec_fn=die_with_parent,
            )
        self.window = None
        desktop.programs.append(self)

    # Start and end

    @property
    def pid(self):
        return self.process.pid

    @property
    def printed(self):
        """Its standard output and error."""
        return self.output.read_text(errors="replace")

    @property
    def is_running(self):
        return self.process.poll() is None

    def ready(self):
        """Waits until the window is there, painted and readable. Returns itself."""
        wait_for(self._find_window, "the window of the program", on=self)
        wait_for(lambda: self.entry("message"), "the accessibility tree of the window", on=self)
        return self

    def _find_window(self):
        if not self.is_running:
            raise WaitError(f"the program ended with {self.process.returncode}, no window: {self.printed}")
        search = ("xdotool", "search", "--all", "--onlyvisible", "--pid", str(self.pid), "--class", "duologue")
        self.window = int(self.desktop.run(*search).split()[0])
        return self.window

    def close(self):
        """Closes the window as its user would. Returns the time before that (monotonic seconds)."""
        self.focus()
        asked = time.monotonic()
        self.desktop.key("alt+F4")
        return asked

    def wait_for_end(self, timeout=PATIENCE):
        """Waits until the process has ended. Returns its exit code."""
        try:
            return self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise WaitError(f"the program still runs after {timeout} s\n{self.report()}") from None

    def kill(self):
        """Kills it, if it still runs."""
        if self.is_running:
            self.process.kill()
        self.process.wait()
        if self in self.desktop.programs:
            self.desktop.programs.remove(self)

    # Window

    def title(self):
        """The title of the window."""
        (frame,) = self.nodes(Atspi.Role.FRAME)
        return frame.name

    def size(self):
        """(width, height) of what is inside the window's frame."""
        shell = self.desktop.run("xdotool", "getwindowgeometry", "--shell", str(self.window))
        values = dict(line.split("=") for line in shell.splitlines())
        return int(values["WIDTH"]), int(values["HEIGHT"])

    def place(self, x, y, width, height):
        """Moves and resizes the window."""
        self.desktop.run("xdotool", "windowsize", str(self.window), str(width), str(height))
        self.desktop.run("xdotool", "windowmove", str(self.window), str(x), str(y))
        wait_for(lambda: self.size() == (width, height), f"a window of {width} x {height}", on=self)
        return self

    def focus(self):
        """Raises and focuses the window."""
        window = str(self.window)
        if self.desktop.keyboard_owner() != window:
            self.desktop.run("xdotool", "windowactivate", window)
            wait_for(lambda: self.desktop.keyboard_owner() == window, "the keyboard in the window", on=self)
        return self

    def minimize(self):
        self.desktop.run("xdotool", "windowminimize", str(self.window))
        search = ("xdotool", "search", "--onlyvisible", "--pid", str(self.pid))

        def is_hidden():
            answer = subprocess.run(search, env=self.environment, capture_output=True, text=True, timeout=PATIENCE)
            return str(self.window) not in answer.stdout.split()

        wait_for(is_hidden, "a minimised window", on=self)

    def screenshot(self, path):
        """Takes a screenshot of the window, which must not be covered."""
        self.desktop.run("import", "-window", str(self.window), str(path))

    # Reading

    def root(self):
        """The window in the accessibility tree."""
        desktop = Atspi.get_desktop(0)
        for index in range(desktop.get_child_count()):
            application = desktop.get_child_at_index(index)
            if application is not None and application.get_process_id() == self.pid:
                return Node(application)
        raise LookupError(f"no program with the process id {self.pid} has an accessibility tree")

    def nodes(self, role=None):
        """All elements of the window, or all of one role."""
        return [node for node in self.root().walk() if role is None or node.role == role]

    def find(self, name, role=None):
        """The only element with this accessible name (text or pattern), or None."""
        if isinstance(name, str):
            found = [node for node in self.nodes(role) if node.name == name]
        else:
            found = [node for node in self.nodes(role) if name.search(node.name)]
        if len(found) > 1:
            raise LookupError(f"{len(found)} things are called {name!r}: {[node.describe() for node in found]}")
        return found[0] if found else None

    def entry(self, key):
        return self.find(self.names[key], ENTRY)

    def quoted(self, name):
        """A name that somebody has chosen for themselves, as the window shows it."""
        return self.names["quoted"].format(name)

    def button(self, key, *whom):
        """A button. `whom` is a name, which stands in quotes until the person has given or verified it."""
        words = self.names[key]
        chosen = [self.quoted(name) for name in whom]
        return self.find(words.format(*whom), BUTTON) or (chosen and self.find(words.format(*chosen), BUTTON)) or None

    def in_dialog(self, key):
        """A button of the open dialog, where the window has a button of the same name."""
        dialog = next((node for node in self.nodes(DIALOG) if node.name), None)
        found = dialog and [node for node in dialog.walk() if (node.role, node.name) == (BUTTON, self.names[key])]
        return found[0] if found else None

    def focused(self):
        """The focused element of the window, or None."""
        return next((node for node in self.nodes() if node.role != Atspi.Role.FRAME and node.is_focused), None)

    def texts(self):
        """All texts in the window: names and entries."""
        words = []
        for node in self.nodes():
            words.append(node.name)
            if node.holds_text:
                words.append(node.text)
        return words

    def says(self, pattern):
        """The first text in the window that matches, or None."""
        return next((match for text in self.texts() if (match := re.search(pattern, text))), None)

    def tells(self, key):
        """The first text in the window that matches this pattern of the names, or None."""
        return self.says(self.names[key])

    def notes(self):
        """The rows of the transcript that are not messages, oldest first."""
        return [node.name for node in self.nodes(LIST_ITEM) if not ROW.fullmatch(node.name)]

    def rows(self):
        """The visible messages: (who, text), oldest first."""
        matches = [ROW.fullmatch(node.name) for node in self.nodes(LIST_ITEM)]
        return [(match["who"], match["text"]) for match in matches if match]

    def timed(self):
        """The visible messages with their times: (who, minute of the day, text)."""
        matches = [ROW.fullmatch(node.name) for node in self.nodes(LIST_ITEM)]
        return [(match["who"], minute_of_day(match["time"]), match["text"]) for match in matches if match]

    def marked(self, *keys):
        """The messages with one of these marks."""
        matches = [ROW.fullmatch(node.name) for node in self.nodes(LIST_ITEM)]
        marks = {self.names[key] for key in keys}
        return [match["text"] for match in matches if match and marks & set(match["marks"].split(", "))]

    def message_menu(self, text):
        """Opens the menu of the message with this text."""
        self.click(lambda: self.find(text, LABEL), f"the message {text!r}", button="3")
        wait_for(lambda: self.find(self.names["copy"], BUTTON), "its menu", on=self)

    def heard(self):
        """The messages of the other side."""
        return [text for who, text in self.rows() if who != self.names["me"]]

    def said(self):
        """The messages of this side."""
        return [text for who, text in self.rows() if who == self.names["me"]]

    def dump(self):
        """The accessibility tree as text."""
        lines = []

        def add(node, depth):
            lines.append("  " * depth + node.describe())
            for child in node.children():
                add(child, depth + 1)

        try:
            add(self.root(), 0)
        except (GLib.Error, LookupError) as error:
            lines.append(f"({error})")
        return "\n".join(lines)

    def report(self):
        """The current state of the window, for a failed test."""
        lines = [f"--- program {self.pid} ({self.lang}), data in {self.data}"]
        if self.is_running:
            path = self.desktop.shot_path("failure")
            try:
                self.desktop.screenshot(path)
                lines.append(f"screenshot: {path}")
            except (subprocess.SubprocessError, OSError) as error:
                lines.append(f"no screenshot: {error}")
            lines.append(self.dump())
        else:
            lines.append(f"it has ended with {self.process.returncode}")
        lines.append(f"it printed: {self.printed or 'nothing'}")
        return "\n".join(lines)

    # Operating

    def click(self, find, what="a thing to click", rest=REST, button="1"):
        """Clicks on what `find` finds, when it is there, enabled and does not move."""
        self.focus()
        before = None

        def settled():
            nonlocal before
            node = find()
            place = node and node.is_enabled and node.extents
            if place and place[1] + place[3] > self.size()[1]:
                # Further down in a page that scrolls.
                Atspi.Component.scroll_to(node.accessible, Atspi.ScrollType.ANYWHERE)
            unmoved, before = place and place == before, place
            return unmoved and place

        x, y, width, height = wait_for(settled, what, on=self)
        at = (str(x + width // 2), str(y + height // 2))
        # A person pauses before a click, and the program sees the pointer.
        self.desktop.run("xdotool", "mousemove", "--window", str(self.window), *at, "sleep", str(rest), "click", button)

    def press(self, key, *whom):
        """Clicks on a button."""
        rest = REST_ON_QUESTION if key in ANSWERS else REST_ON_SLOT if key in SLOTS else REST
        self.click(lambda: self.button(key, *whom), f"the button {self.names[key].format(*whom)!r}", rest)

    def list_rows(self):
        """The rows of the list of conversations, if it is shown."""
        shown = self.find(self.names["people"], Atspi.Role.LIST)
        return [node for node in shown.walk() if node.role == LIST_ITEM] if shown else []

    def listed(self, whom):
        """The row of this person in the list of conversations, or None."""
        names = "|".join(re.escape(name) for name in (whom, self.quoted(whom)))
        # The name is followed by what else is said of them.
        return next((row for row in self.list_rows() if re.match(rf"(?:{names})[,:] ", row.name)), None)

    def show_waiting(self):
        """Shows how others can connect, unless that is in the window already."""
        if not self.button("copy invite"):
            chip = re.compile(self.names["waiting on port"])
            self.click(lambda: self.find(chip, BUTTON), "what says that it waits")

    def copy_invite(self):
        """Copies an invite."""
        self.show_waiting()
        self.press("copy invite")

    def open_conversation(self, whom):
        """Chooses this person in the list of conversations."""
        self.press("people")
        self.click(lambda: self.listed(whom), f"{whom} in the list")

    def show_details(self, whom):
        """Shows what is known of this person, from the menu of their row."""
        self.press("people")
        self.click(lambda: self.listed(whom), f"{whom} in the list", button="3")
        self.press("details")

    def close_details(self):
        """Closes what is known of a person, which leads back to the list, and that too."""
        self.key("Escape")
        wait_for(self.list_rows, "the list", on=self)
        self.key("Escape")
        wait_for(lambda: not self.in_dialog("close"), "no dialog", on=self)

    def show_own_details(self):
        """Shows the own name and key."""
        self.press("people")
        own = re.compile(self.names["own row"])
        self.click(lambda: self.find(own, BUTTON), "the own name below the list")

    def answer_by_key(self, key, press="space"):
        """Answers a question by keyboard."""
        self.walk_to(self.names[key], BUTTON)
        time.sleep(REST_ON_QUESTION)
        self.key(press)

    def enter(self, key):
        """Focuses an entry by a click."""
        self.click(lambda: self.entry(key), f"the entry {self.names[key]!r}")
        wait_for(lambda: self.entry(key).is_focused, f"the keyboard in {self.names[key]!r}", on=self)

    def type(self, text):
        """Types into the focused element of the window."""
        self.focus()
        self.desktop.type(text, self.typing_delay)

    def key(self, *keys):
        """Presses keys in the window, one after the other."""
        self.focus()
        self.desktop.key(*keys)

    def fill(self, key, text):
        """Replaces the text of an entry."""
        for last in (False, False, True):
            self.enter(key)
            self.key("ctrl+a")
            self.type(text)
            timeout = PATIENCE if last else TYPED_AGAIN
            try:
                self.wait_until_written(text, key, timeout)
                return
            except WaitError:
                # On a busy machine the input method may swap two keys (ibus#1713), so it is typed again.
                if last:
                    raise

    def step(self, key="Tab"):
        """Presses Tab, waits until another element is focused, and returns it."""
        before = self.focused()
        before = before and before.identity
        self.key(key)
        what = f"{key} leads on from {before}"
        return wait_for(lambda: (now := self.focused()) and now.identity != before and now, what, on=self)

    def walk_to(self, wanted, role):
        """Presses Tab until the element of this name (text or pattern) is focused."""
        seen = []
        for _ in range(30):
            now = self.step()
            seen.append(now.name)
            if now.role == role and re.fullmatch(wanted, now.name):
                return
        raise WaitError(f"30 times Tab did not lead to {wanted!r}, but to {seen}")

    def encryption(self):
        """How Connect will talk: "encrypted" or "plain text"."""
        self.click(lambda: self.find(self.names["encryption"], COMBO_BOX), "the choice of encryption")
        options = ("encrypted", "plain text")

        def chosen():
            nodes = {key: self.find(self.names[key], TOGGLE) for key in options}
            return [key for key in options if nodes[key] and nodes[key].has(Atspi.StateType.PRESSED)]

        (answer,) = wait_for(chosen, "an open choice of encryption", on=self)
        self.key("Escape")
        wait_for(lambda: not self.nodes(TOGGLE), "a closed choice of encryption", on=self)
        return answer

    def choose(self, key):
        """Chooses how Connect will talk: "encrypted" or "plain text"."""
        self.click(lambda: self.find(self.names["encryption"], COMBO_BOX), "the choice of encryption")
        self.click(lambda: self.find(self.names[key], TOGGLE), f"the option {self.names[key]!r}")
        wait_for(lambda: not self.nodes(TOGGLE), "a closed choice of encryption", on=self)

    def tick(self, key, wanted):
        """Turns a check box in the settings on or off."""
        self.from_menu("settings")
        node = wait_for(lambda: self.find(self.names[key], CHECK_BOX), f"{self.names[key]!r} in the settings", on=self)
        if node.has(Atspi.StateType.CHECKED) != wanted:
            self.click(lambda: self.find(self.names[key], CHECK_BOX), f"the box {self.names[key]!r}")
        self.key("Escape")
        wait_for(lambda: not self.nodes(CHECK_BOX), "closed settings", on=self)

    def from_menu(self, key):
        """Clicks on something in the menu."""
        self.press("menu")
        self.press(key)

    def copied(self):
        """The text in the clipboard, by pasting it into the composer and removing it."""
        self.enter("message")
        self.key("ctrl+a", "ctrl+v")
        text = wait_for(lambda: self.entry("message").text, "what was copied", on=self)
        self.key("ctrl+a", "BackSpace")
        wait_for(lambda: not self.entry("message").text, "an empty composer", on=self)
        return text

    def say(self, text):
        """Types a message and sends it with Enter."""
        self.enter("message")
        self.type(text)
        wait_for(lambda: self.entry("message").text == text, f"{text!r} in the composer", on=self)
        self.key("Return")
        wait_for(lambda: not self.entry("message").text, "an empty composer", on=self)
        wait_for(lambda: self.said()[-1:] == [text], "the row of the sent message", on=self)

    def fill_address(self, host, port):
        self.fill("host", host)
        self.fill("port", str(port))

    def type_korean(self, text, into="message"):
        """Types Korean and Latin text into an empty entry, switching the input method."""
        for last in (False, False, True):
            try:
                written = ""
                for korean, part in itertools.groupby(text, is_hangul):
                    self.set_korean(korean, into)
                    part = "".join(part)
                    self.type(on_korean_keyboard(part))
                    written += part
                    # The unfinished syllable is shown already.
                    self.wait_until_written(written, into, PATIENCE if last else TYPED_AGAIN)
                return
            except WaitError:
                # As in `fill`.
                if last:
                    raise
                self.key("ctrl+a", "BackSpace")
                wait_for(lambda: not self.entry(into).text, "an empty entry", on=self)

    def wait_until_written(self, text, into, timeout):
        what = f"{text!r} in {self.names[into]!r}"
        wait_for(lambda: self.entry(into).text == text, what, on=self, timeout=timeout)

    def set_korean(self, wanted, entry="message"):
        """Presses the Hangul key until the entry takes Korean, or Latin. Leaves the text as it was."""
        # The key only toggles, and the input method, which shares its state between windows, does not tell it.
        for _ in range(4):
            before = self.entry(entry).text
            self.type("d")
            after = wait_for(
                lambda: (text := self.entry(entry).text) != before and text, "a letter in the entry", on=self
            )
            self.key("BackSpace")
            wait_for(lambda: self.entry(entry).text == before, "the letter taken back", on=self)
            if (after == before + "ㅇ") == wanted:
                return
            self.key("Hangul")
        raise WaitError(f"the Hangul key has no effect\n{self.report()}")

    def sockets(self):
        """The states of its TCP and UDP sockets, as the system numbers them."""
        inodes = set()
        for descriptor in pathlib.Path(f"/proc/{self.pid}/fd").iterdir():
            with contextlib.suppress(FileNotFoundError):
                target = str(descriptor.readlink())
                if target.startswith("socket:["):
                    inodes.add(target[len("socket:[") : -1])
        states = []
        for table in ("tcp", "tcp6", "udp", "udp6"):
            lines = pathlib.Path(f"/proc/{self.pid}/net/{table}").read_text().splitlines()[1:]
            states += [fields[3] for fields in map(str.split, lines) if fields[9] in inodes]
        return states

    def connections(self):
        """How many connections it has."""
        return self.sockets().count(ESTABLISHED)

    def cpu_ticks(self):
        """The processor time it has used so far, in clock ticks, of all its threads."""
        stat = pathlib.Path(f"/proc/{self.pid}/stat").read_text()
        # The name in parentheses may contain anything. utime and stime are the 14th and 15th field.
        fields = stat.rpartition(")")[2].split()
        return int(fields[11]) + int(fields[12])

    def wakeups(self):
        """How often its main thread, the one that paints, has gone to sleep so far."""
        status = pathlib.Path(f"/proc/{self.pid}/task/{self.pid}/status").read_text()
        return int(re.search(r"^voluntary_ctxt_switches:\s*(\d+)", status, re.MULTILINE)[1])


class WindowTest(unittest.TestCase):
    """A test on the shared desktop. The programs that it starts end with it."""

    def setUp(self):
        self.desktop = shared()
        self.numbers = itertools.count(1)

    def start(self, *args, **options):
        """Starts the program without waiting for its window."""
        program = Program(self.desktop, *args, **options)
        self.addCleanup(self._finish, program)
        return program

    def open(self, *args, **options):
        """Starts the program and waits for its window."""
        return self.start(*args, **options).ready()

    def folder(self, name=None, **settings):
        """A data folder that lasts as long as the test, with a name in the settings."""
        folder = tempfile.TemporaryDirectory(dir=self.desktop.home)
        self.addCleanup(folder.cleanup)
        if name:
            settings["name"] = name
        lines = [f"{key} = {json.dumps(value)}\n" for key, value in settings.items()]
        pathlib.Path(folder.name, "settings.toml").write_text("".join(lines))
        return pathlib.Path(folder.name)

    def open_left(self, *args, **options):
        """A window on the left half of the screen."""
        return self.open(*args, **options).place(*LEFT)

    def open_right(self, *args, lang="ko", **options):
        """A window on the right half of the screen, in Korean."""
        return self.open(*args, lang=lang, **options).place(*RIGHT)

    def open_pair(self, **options):
        """Two windows side by side, the left one English, the right one Korean."""
        left, right = self.start(**options), self.start(lang="ko", **options)
        return left.ready().place(*LEFT), right.ready().place(*RIGHT)

    def connect(self, listener, caller):
        """Connects the two, encrypted, by clicks, as strangers unless they share a data folder. Returns the port."""
        port = free_port()
        listener.fill_address("127.0.0.1", port)
        listener.press("listen")
        wait_for(lambda: listener.says(rf"\b{port}\b") and listener.button("stop"), "it listens", on=listener)
        self.call(caller, port)
        if listener.data != caller.data:
            listener.press("accept")
        self.wait_until_connected(listener, caller)
        return port

    def listen_wide(self, data, port=None, lang="en"):
        """A window on the left that listens on all addresses, and its port."""
        port = port or free_port()
        program = self.open_left("--listen", f"0.0.0.0:{port}", data=data, lang=lang)
        wait_for(lambda: program.button("stop"), "it listens", on=program)
        return program, port

    def call(self, caller, port, host="127.0.0.1"):
        """Fills in the address and clicks Connect."""
        caller.fill_address(host, port)
        caller.press("connect")

    def let_in(self, listener, caller):
        """Accepts the caller."""
        listener.press("accept")
        self.wait_until_connected(listener, caller)

    def meet(self, listener, caller, port, host="127.0.0.1"):
        """Calls as a stranger, who is accepted."""
        self.call(caller, port, host)
        self.let_in(listener, caller)

    def wait_until(self, key, *programs):
        """Waits until each of these windows shows this."""
        for program in programs:
            wait_for(lambda: program.tells(key), f"{program.names[key]!r} in the window", on=programs)

    def wait_until_gone(self, key, *programs):
        """Waits until none of these windows shows this."""
        for program in programs:
            wait_for(lambda: not program.tells(key), f"no {program.names[key]!r} in the window", on=programs)

    def wait_until_connected(self, *programs):
        for program in programs:
            wait_for(lambda: program.button("disconnect"), "it is connected", on=programs)

    def disconnect(self, program, *others):
        """Ends the conversation and waits until all of these know."""
        program.press("disconnect")
        for one in (program, *others):
            wait_for(lambda: not one.button("disconnect"), "the end of the conversation", on=(program, *others))

    def quit(self, program):
        """Closes the window and waits for the end of the program."""
        program.close()
        self.assertEqual(program.wait_for_end(), 0)

    def assert_talking(self, *pair):
        """Fails unless messages of both arrive."""
        for speaker, listener in (pair, pair[::-1]):
            text = f"number {next(self.numbers)}"
            speaker.say(text)
            wait_for(lambda: listener.heard()[-1:] == [text], f"{text!r} on the other side", on=pair)

    def check(self, holds, what, *programs):
        """Fails and shows the programs, unless this is true."""
        if not holds:
            self.fail("\n".join([what, *(program.report() for program in programs)]))

    def never(self, predicate, seconds, what, on=()):
        """Fails if this becomes true within this time."""
        with contextlib.suppress(WaitError):
            wait_for(predicate, what, timeout=seconds)
            reports = [program.report() for program in ([on] if isinstance(on, Program) else on)]
            self.fail("\n".join([f"this must not be: {what}", *reports]))

    def open_with_peer(self, **options):
        """The program connected to a plain socket, and that socket."""
        with socket.create_server(("127.0.0.1", 0)) as server:
            server.settimeout(PATIENCE)
            program = self.start("--plain", "--connect", f"127.0.0.1:{server.getsockname()[1]}", **options)
            peer, _ = server.accept()
        self.addCleanup(peer.close)
        peer.settimeout(PATIENCE)
        program.ready()
        self.wait_until_connected(program)
        return program, peer

    def own_key(self, program):
        """The fingerprint of a window's own key."""
        program.show_own_details()
        key = wait_for(lambda: program.says(r"\A[0-9a-f]{4}( [0-9a-f]{4}){7}\Z"), "the own key", on=program)[0]
        self.close_dialog(program)
        return key

    def close_dialog(self, program):
        """Closes the open dialog."""
        program.key("Escape")
        wait_for(lambda: not program.in_dialog("close"), "a closed dialog", on=program)

    def _finish(self, program):
        program.kill()
        self.assertNotIn("panicked", program.printed)
