"""A desktop that is not there, and hands and eyes for the program on it.

The hands are xdotool, so that what is typed takes the way of a real key: X server, input method, window. The eyes are
AT-SPI, so that the tests read what a screen reader reads. Every wait has an end and says what it waited for.
"""

import atexit
import contextlib
import ctypes
import itertools
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

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi, Gio, GLib  # noqa: E402

# What things are called in the window, by language.
NAMES = {
    "en": {
        "host": "Host",
        "port": "Port",
        "listen": "Listen",
        "stop": "Stop",
        "connect": "Connect",
        "cancel": "Cancel",
        "disconnect": "Disconnect",
        "message": "Message",
        "send": "Send",
        "menu": "Menu",
        "send as UTF-8": "Send as UTF-8",
        "me": "You",
        "left": " has left",
    },
    "ko": {
        "host": "호스트",
        "port": "포트",
        "listen": "대기",
        "stop": "중지",
        "connect": "연결",
        "cancel": "취소",
        "disconnect": "연결 끊기",
        "message": "메시지",
        "send": "보내기",
        "menu": "메뉴",
        "send as UTF-8": "UTF-8로 보내기",
        "me": "나",
        "left": "나갔습니다",
    },
}

# at-spi2-core 2.54 renamed it.
BUTTON = getattr(Atspi.Role, "BUTTON", None) or Atspi.Role.PUSH_BUTTON
ENTRY = Atspi.Role.ENTRY
LABEL = Atspi.Role.LABEL
LIST_ITEM = Atspi.Role.LIST_ITEM

# "NAME, TIME: TEXT"; the time has a colon of its own, and so may the text.
ROW = re.compile(r"(?P<who>[^,]+), (?P<time>[^,]*?\d{1,2}:\d{2}[^:]*): (?P<text>.*)", re.DOTALL)

SCREEN = (1280, 800)
ROOT = pathlib.Path(__file__).resolve().parents[2]
OUTPUT = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "window-tests"
TOOLS = ("Xvfb", "openbox", "xdotool", "import", "dbus-daemon")
INPUT_METHOD_TOOLS = ("ibus", "ibus-daemon")

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


# The usual Korean keyboard ("두벌식"): the keys of first consonants, vowels and last consonants, in Unicode's order.
FIRST = "r R s e E f a q Q t T d w W c z x v g".split()
VOWEL = "k o i O j p u P h hk ho hl y n nj np nl b m ml l".split()
LAST = ["", *"r R rt s sw sg e f fr fa fq ft fx fv fg a q qt t T d w c z x v g".split()]


def is_hangul(character):
    return "가" <= character <= "힣"


def on_korean_keyboard(text):
    """The keys that compose these syllables."""
    keys = ""
    for character in text:
        if is_hangul(character):
            syllable, last = divmod(ord(character) - ord("가"), len(LAST))
            first, vowel = divmod(syllable, len(VOWEL))
            character = FIRST[first] + VOWEL[vowel] + LAST[last]
        keys += character
    return keys


class WaitError(AssertionError):
    """What was waited for did not come."""


def wait_for(predicate, timeout, what, on=()):
    """The first true value of `predicate`, asked again and again for `timeout` seconds.

    What goes away while it is looked at is looked for again. The failure names `what`, and says what the programs `on`
    (one or several) showed instead.
    """
    deadline = time.monotonic() + timeout
    while True:
        last = trouble = None
        try:
            last = predicate()
            if last:
                return last
        except (GLib.Error, subprocess.CalledProcessError, LookupError) as error:
            trouble = error
        if time.monotonic() > deadline:
            break
        time.sleep(0.02)
    lines = [f"waited {timeout} s in vain: {what}", f"last answer: {last!r}"]
    if trouble:
        lines.append(f"last trouble: {trouble}")
    for program in [on] if isinstance(on, Program) else on:
        lines.append(program.report())
    raise WaitError("\n".join(lines))


def _die_with_parent():
    # However these tests end, they leave nothing running.
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


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
            "GSETTINGS_BACKEND": "memory",
            "LIBGL_ALWAYS_SOFTWARE": "1",
        }
        try:
            self._start_screen()
            self._start_bus()
            self._start("openbox")
            wait_for(self._window_manager_is_there, 10, "a window manager")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for program in list(self.programs):
            program.kill()
        for child in reversed(self.started):
            # The group, because the bus and the input method have started programs of their own.
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
                preexec_fn=_die_with_parent,
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
        # -r: a key that a busy computer lets go of late must not repeat.
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
        # libatspi looks both up in the environment of this process, once.
        os.environ["DISPLAY"] = self.display
        os.environ["DBUS_SESSION_BUS_ADDRESS"] = address
        os.environ.pop("AT_SPI_BUS_ADDRESS", None)
        bus = Gio.DBusConnection.new_for_address_sync(
            address,
            Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION,
            None,
            None,
        )
        # Before any program starts: that is when programs ask.
        bus.call_sync(
            "org.a11y.Bus",
            "/org/a11y/bus",
            "org.freedesktop.DBus.Properties",
            "Set",
            GLib.Variant("(ssv)", ("org.a11y.Status", "IsEnabled", GLib.Variant("b", True))),
            None,
            Gio.DBusCallFlags.NONE,
            10_000,
            None,
        )
        bus.close_sync(None)
        Atspi.init()
        Atspi.set_timeout(2000, 5000)
        # What was true a moment ago is of no use to a test.
        Atspi.get_desktop(0).set_cache_mask(Atspi.Cache.NONE)

    def _window_manager_is_there(self):
        # A property that the window manager sets; without one this fails.
        return self.run("xdotool", "get_num_desktops")

    def start_input_method(self):
        """The Korean input method, for programs started with `korean_input`. The second time does nothing."""
        if self.has_input_method:
            return
        missing = [tool for tool in INPUT_METHOD_TOOLS if not shutil.which(tool)]
        if missing:
            raise RuntimeError(f"Missing programs: {', '.join(missing)}. scripts/test.sh installs them.")
        self._start("ibus-daemon", "--xim", "--replace", "--panel", "disable")
        wait_for(lambda: self.run("ibus", "engine", "hangul") is not None, 20, "the Korean input method")
        self.has_input_method = True

    def run(self, *command, timeout=10):
        """What a tool on this desktop prints. Fails if it fails."""
        return self.run_raw(*command, timeout=timeout).decode().strip()

    def run_raw(self, *command, timeout=10):
        """The bytes that a tool on this desktop prints. Fails if it fails."""
        return subprocess.run(
            command, env=self.environment, stdin=subprocess.DEVNULL, capture_output=True, check=True, timeout=timeout
        ).stdout

    def type(self, text, delay):
        """Types into whatever has the keyboard, with `delay` milliseconds between keys."""
        self.run("xdotool", "type", "--delay", str(delay), "--", text, timeout=10 + len(text) * delay / 500)

    def key(self, *keys):
        """Presses keys one after the other, such as `Return` or `shift+Tab`."""
        self.run("xdotool", "key", "--delay", "20", "--", *keys)

    def keyboard_owner(self):
        """The window that has the keyboard, or None."""
        try:
            return self.run("xdotool", "getwindowfocus")
        except subprocess.CalledProcessError:
            return None

    def screenshot(self, path):
        """A picture of the whole screen."""
        self.run("import", "-window", "root", str(path))

    def shot_path(self, name):
        """Where a picture of a failure goes."""
        OUTPUT.mkdir(parents=True, exist_ok=True)
        return OUTPUT / f"{name}-{os.getpid()}-{next(self._shots)}.png"


_shared = None


def shared():
    """The one desktop of this process: libatspi speaks to one bus in its life."""
    global _shared
    if _shared is None:
        _shared = Desktop().__enter__()
        atexit.register(_shared.__exit__)
    return _shared


class Node:
    """One thing in a window, as a screen reader sees it."""

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
        """What stands in an entry."""
        return Atspi.Text.get_text(self.accessible, 0, Atspi.Text.get_character_count(self.accessible))

    def has(self, state):
        return self.accessible.get_state_set().contains(state)

    @property
    def identity(self):
        """Tells it from everything else in its window, while nothing moves."""
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
        """This one and all below it, in reading order."""
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
    """The program, running on a desktop. `prefix` is a command that becomes the program, such as setpriv."""

    def __init__(self, desktop, *args, lang="en", data=None, korean_input=False, prefix=()):
        self.desktop = desktop
        self.lang = lang
        self.names = NAMES[lang]
        self.scratch = pathlib.Path(tempfile.mkdtemp(prefix="run-", dir=desktop.home))
        self.data = pathlib.Path(data) if data else self.scratch / "data"
        self.environment = dict(desktop.environment)
        # Keys that come back from an input method within one frame change places (ibus#1713), in whatever program.
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
                preexec_fn=_die_with_parent,
            )
        self.window = None
        desktop.programs.append(self)

    # Life and death

    @property
    def pid(self):
        return self.process.pid

    @property
    def printed(self):
        """What it wrote to its standard output and error."""
        return self.output.read_text(errors="replace")

    @property
    def is_running(self):
        return self.process.poll() is None

    def ready(self, timeout=30):
        """Waits until the window is there, painted and readable. Returns itself."""
        wait_for(self._find_window, timeout, "the window of the program", on=self)
        wait_for(lambda: self.entry("message"), timeout, "the accessibility tree of the window", on=self)
        return self

    def _find_window(self):
        if not self.is_running:
            raise WaitError(f"the program ended with {self.process.returncode}, no window: {self.printed}")
        search = ("xdotool", "search", "--all", "--onlyvisible", "--pid", str(self.pid), "--class", "duologue")
        self.window = int(self.desktop.run(*search).split()[0])
        return self.window

    def close(self):
        """Asks the window to close, as its user would. Returns when that was asked (monotonic seconds)."""
        self.focus()
        asked = time.monotonic()
        self.desktop.key("alt+F4")
        return asked

    def wait_for_end(self, timeout=5):
        """Waits until the process has ended. Returns its exit code."""
        try:
            return self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise WaitError(f"the program still runs after {timeout} s\n{self.report()}") from None

    def kill(self):
        """Ends it the rude way, if it still runs."""
        if self.is_running:
            self.process.kill()
        self.process.wait()
        if self in self.desktop.programs:
            self.desktop.programs.remove(self)

    # Window

    def size(self):
        """(width, height) of what is inside the window's frame."""
        shell = self.desktop.run("xdotool", "getwindowgeometry", "--shell", str(self.window))
        values = dict(line.split("=") for line in shell.splitlines())
        return int(values["WIDTH"]), int(values["HEIGHT"])

    def place(self, x, y, width, height):
        """Moves and resizes the window."""
        self.desktop.run("xdotool", "windowsize", str(self.window), str(width), str(height))
        self.desktop.run("xdotool", "windowmove", str(self.window), str(x), str(y))
        wait_for(lambda: self.size() == (width, height), 5, f"a window of {width} x {height}", on=self)
        return self

    def focus(self):
        """Raises the window and gives it the keyboard."""
        window = str(self.window)
        if self.desktop.keyboard_owner() != window:
            self.desktop.run("xdotool", "windowactivate", window)
            wait_for(lambda: self.desktop.keyboard_owner() == window, 5, "the keyboard in the window", on=self)
        return self

    def minimize(self):
        self.desktop.run("xdotool", "windowminimize", str(self.window))
        search = ("xdotool", "search", "--onlyvisible", "--pid", str(self.pid))

        def is_hidden():
            answer = subprocess.run(search, env=self.environment, capture_output=True, text=True, timeout=5)
            return str(self.window) not in answer.stdout.split()

        wait_for(is_hidden, 5, "a minimised window", on=self)

    def screenshot(self, path):
        """A picture of the window. It must lie uncovered."""
        self.desktop.run("import", "-window", str(self.window), str(path))

    # Eyes

    def root(self):
        """The window in the accessibility tree."""
        desktop = Atspi.get_desktop(0)
        for index in range(desktop.get_child_count()):
            application = desktop.get_child_at_index(index)
            if application is not None and application.get_process_id() == self.pid:
                return Node(application)
        raise LookupError(f"no program with the process id {self.pid} has an accessibility tree")

    def nodes(self, role=None):
        """All that is in the window, or all of one role."""
        return [node for node in self.root().walk() if role is None or node.role == role]

    def find(self, name, role=None):
        """The one thing with this accessible name (text or pattern), or None."""
        if isinstance(name, str):
            found = [node for node in self.nodes(role) if node.name == name]
        else:
            found = [node for node in self.nodes(role) if name.search(node.name)]
        if len(found) > 1:
            raise LookupError(f"{len(found)} things are called {name!r}: {[node.describe() for node in found]}")
        return found[0] if found else None

    def entry(self, key):
        return self.find(self.names[key], ENTRY)

    def button(self, key):
        return self.find(self.names[key], BUTTON)

    def focused(self):
        """What has the keyboard within the window, or None."""
        return next((node for node in self.nodes() if node.role != Atspi.Role.FRAME and node.is_focused), None)

    def texts(self):
        """Every word in the window: names and entries."""
        words = []
        for node in self.nodes():
            words.append(node.name)
            if node.holds_text:
                words.append(node.text)
        return words

    def says(self, pattern):
        """What in the window matches, or None."""
        return next((match for text in self.texts() if (match := re.search(pattern, text))), None)

    def rows(self):
        """The messages in the log: (who, text), oldest first, as far as they are in view."""
        matches = [ROW.fullmatch(node.name) for node in self.nodes(LIST_ITEM)]
        return [(match["who"], match["text"]) for match in matches if match]

    def heard(self):
        """The messages of the other side."""
        return [text for who, text in self.rows() if who != self.names["me"]]

    def said(self):
        """The messages of this side."""
        return [text for who, text in self.rows() if who == self.names["me"]]

    def dump(self):
        """The accessibility tree, for people."""
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
        """What it looks like right now, for a failed test."""
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

    # Hands

    def click(self, find, what="a thing to click"):
        """Clicks on what `find` finds, once it is there, enabled and at rest."""
        self.focus()
        before = None

        def settled():
            nonlocal before
            node = find()
            place = node and node.is_enabled and node.extents
            unmoved, before = place and place == before, place
            return unmoved and place

        x, y, width, height = wait_for(settled, 10, what, on=self)
        at = (str(x + width // 2), str(y + height // 2))
        # Hands rest a moment before they click, and the program sees where they are.
        self.desktop.run("xdotool", "mousemove", "--window", str(self.window), *at, "sleep", "0.05", "click", "1")

    def press(self, key):
        """Clicks on a button."""
        self.click(lambda: self.button(key), f"the button {self.names[key]!r}")

    def enter(self, key):
        """Puts the keyboard into an entry, by a click."""
        self.click(lambda: self.entry(key), f"the entry {self.names[key]!r}")
        wait_for(lambda: self.entry(key).is_focused, 5, f"the keyboard in {self.names[key]!r}", on=self)

    def type(self, text):
        """Types into the window, wherever its keyboard is."""
        self.focus()
        self.desktop.type(text, self.typing_delay)

    def key(self, *keys):
        """Presses keys in the window, one after the other."""
        self.focus()
        self.desktop.key(*keys)

    def fill(self, key, text):
        """Replaces what stands in an entry."""
        for last in (False, False, True):
            self.enter(key)
            self.key("ctrl+a")
            self.type(text)
            try:
                wait_for(lambda: self.entry(key).text == text, 3, f"{text!r} in {self.names[key]!r}", on=self)
                return
            except WaitError:
                # On a busy machine the input method may let two keys change places (ibus#1713): type it again.
                if last:
                    raise

    def fill_address(self, host, port):
        self.fill("host", host)
        self.fill("port", str(port))

    def type_korean(self, text):
        """Types Korean and Latin as they come, turning the input method on and off."""
        for korean, part in itertools.groupby(text, is_hangul):
            self.set_korean(korean)
            self.type(on_korean_keyboard(part))

    def set_korean(self, wanted):
        """Presses the Hangul key until the composer takes Korean, or Latin. Leaves the composer as it was."""
        # The key only toggles, and where it stands is a secret of the input method, which shares it between windows.
        for _ in range(4):
            before = self.entry("message").text
            self.type("d")
            after = wait_for(
                lambda: (text := self.entry("message").text) != before and text, 5, "a letter in the composer", on=self
            )
            self.key("BackSpace")
            wait_for(lambda: self.entry("message").text == before, 5, "the letter taken back", on=self)
            if (after == before + "ㅇ") == wanted:
                return
            self.key("Hangul")
        raise WaitError(f"the Hangul key has no effect\n{self.report()}")

    def cpu_ticks(self):
        """The processor time it has used so far, in clock ticks, over all its threads."""
        stat = pathlib.Path(f"/proc/{self.pid}/stat").read_text()
        # The name in parentheses may hold anything; utime and stime are the 14th and 15th field.
        fields = stat.rpartition(")")[2].split()
        return int(fields[11]) + int(fields[12])

    def wakeups(self):
        """How often its main thread, the one that paints, has gone to sleep so far."""
        status = pathlib.Path(f"/proc/{self.pid}/task/{self.pid}/status").read_text()
        return int(re.search(r"^voluntary_ctxt_switches:\s*(\d+)", status, re.MULTILINE)[1])


class WindowTest(unittest.TestCase):
    """A test on the shared desktop. What it starts ends with it."""

    def setUp(self):
        self.desktop = shared()

    def start(self, *args, **options):
        """Starts the program without waiting for its window."""
        program = Program(self.desktop, *args, **options)
        self.addCleanup(self._finish, program)
        return program

    def open(self, *args, **options):
        """Starts the program and waits for its window."""
        return self.start(*args, **options).ready()

    def open_pair(self, **options):
        """Two windows side by side, the left one English, the right one Korean."""
        left, right = self.start(**options), self.start(lang="ko", **options)
        half = SCREEN[0] // 2 - 20
        left.ready().place(5, 30, half, 600)
        right.ready().place(half + 25, 30, half, 600)
        return left, right

    def connect(self, listener, caller):
        """Clicks the two into a conversation. Returns the port."""
        port = free_port()
        listener.fill_address("127.0.0.1", port)
        listener.press("listen")
        wait_for(lambda: listener.says(rf"\b{port}\b") and listener.button("stop"), 5, "it listens", on=listener)
        caller.fill_address("127.0.0.1", port)
        caller.press("connect")
        for program in (listener, caller):
            wait_for(lambda: program.button("disconnect"), 5, "it is connected", on=(listener, caller))
        return port

    def open_with_peer(self, **options):
        """The program connected to a plain socket, and that socket."""
        with socket.create_server(("127.0.0.1", 0)) as server:
            server.settimeout(30)
            program = self.start("--connect", f"127.0.0.1:{server.getsockname()[1]}", **options)
            peer, _ = server.accept()
        self.addCleanup(peer.close)
        peer.settimeout(20)
        program.ready()
        wait_for(lambda: program.button("disconnect"), 10, "it is connected", on=program)
        return program, peer

    def _finish(self, program):
        program.kill()
        self.assertNotIn("panicked", program.printed)
