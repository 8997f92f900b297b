"""Measures how long programs take until a window of theirs is on a virtual screen, cold and warm, in turns.

bench-packages.py TURNS NAME=COMMAND...   as root, because it empties the system's cache of files
"""

import ctypes
import os
import pathlib
import select
import statistics
import subprocess
import sys
import tempfile
import time

SUBSTRUCTURE_NOTIFY = 1 << 19
MAP_NOTIFY = 19
# Some programs map small windows first, such as for an icon in the bar.
LEAST = 200  # pixels
LIMIT = 60  # seconds

x11 = ctypes.CDLL("libX11.so.6")
x11.XOpenDisplay.restype = ctypes.c_void_p
for name in ("XDefaultRootWindow", "XPending", "XConnectionNumber", "XSync"):
    getattr(x11, name).argtypes = [ctypes.c_void_p] + [ctypes.c_int] * (name == "XSync")
x11.XDefaultRootWindow.restype = ctypes.c_ulong
x11.XSelectInput.argtypes = [ctypes.c_void_p, ctypes.c_ulong, ctypes.c_long]
x11.XNextEvent.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
x11.XGetGeometry.argtypes = [ctypes.c_void_p, ctypes.c_ulong] + [ctypes.c_void_p] * 7
# A window may be gone before it is asked for its size.
ON_ERROR = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)(lambda *_: 0)
x11.XSetErrorHandler(ON_ERROR)


class MapEvent(ctypes.Structure):
    """XMapEvent, padded to the size of XEvent."""

    _fields_ = [
        ("type", ctypes.c_int),
        ("serial", ctypes.c_ulong),
        ("send_event", ctypes.c_int),
        ("display", ctypes.c_void_p),
        ("event", ctypes.c_ulong),
        ("window", ctypes.c_ulong),
        ("padding", ctypes.c_long * 24),
    ]


class Screen:
    """A virtual screen without a window manager, which would put each window into one of its own."""

    def __init__(self):
        reader, writer = os.pipe()
        self.server = subprocess.Popen(
            ["Xvfb", "-displayfd", str(writer), "-screen", "0", "1280x800x24", "-noreset", "-nolisten", "tcp"],
            pass_fds=[writer], stderr=subprocess.DEVNULL,
        )  # fmt: skip
        os.close(writer)
        with open(reader) as pipe:
            self.name = f":{pipe.readline().strip()}"
        self.display = x11.XOpenDisplay(self.name.encode())
        x11.XSelectInput(self.display, x11.XDefaultRootWindow(self.display), SUBSTRUCTURE_NOTIFY)
        x11.XSync(self.display, 0)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.terminate()
        self.server.wait()

    def width(self, window):
        values = [ctypes.c_ulong() for _ in range(7)]
        is_there = x11.XGetGeometry(self.display, window, *map(ctypes.byref, values))
        return values[3].value & 0xFFFFFFFF if is_there else 0

    def wait_for_window(self, deadline):
        """Waits until a window appears. Returns when that was, in seconds."""
        event = MapEvent()
        while True:
            while x11.XPending(self.display):
                x11.XNextEvent(self.display, ctypes.byref(event))
                now = time.monotonic()
                if event.type == MAP_NOTIFY and self.width(event.window) >= LEAST:
                    return now
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([x11.XConnectionNumber(self.display)], [], [], left)[0]:
                raise TimeoutError(f"no window within {LIMIT} s")

    def forget(self):
        """Forgets what has happened so far."""
        event = MapEvent()
        x11.XSync(self.display, 0)
        while x11.XPending(self.display):
            x11.XNextEvent(self.display, ctypes.byref(event))


def start(screen, command, home):
    """Milliseconds from the start of this program to its window. Ends it then."""
    environment = {"HOME": str(home), "PATH": os.environ["PATH"], "DISPLAY": screen.name, "LIBGL_ALWAYS_SOFTWARE": "1"}
    screen.forget()
    began = time.monotonic()
    program = subprocess.Popen(
        command.split(), env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        return (screen.wait_for_window(began + LIMIT) - began) * 1000
    finally:
        program.terminate()
        try:
            program.wait(10)
        except subprocess.TimeoutExpired:
            program.kill()
            program.wait()


def empty_cache():
    os.sync()
    pathlib.Path("/proc/sys/vm/drop_caches").write_text("3\n")


def main(turns, *programs):
    commands = dict(program.split("=", 1) for program in programs)
    found = {(name, how): [] for name in commands for how in ("cold", "warm")}
    with Screen() as screen, tempfile.TemporaryDirectory() as scratch:
        homes = {name: pathlib.Path(scratch, name) for name in commands}
        for name, command in commands.items():
            homes[name].mkdir()
            # What only the first start of all does is not measured.
            start(screen, command, homes[name])
        for _ in range(int(turns)):
            for name, command in commands.items():
                empty_cache()
                found[name, "cold"].append(start(screen, command, homes[name]))
                found[name, "warm"].append(start(screen, command, homes[name]))

    print("| from the start to a window | cold, median | lowest to highest | warm, median | lowest to highest |\n|---|---|---|---|---|")
    for name in commands:
        cells = [name]
        for how in ("cold", "warm"):
            times = found[name, how]
            cells += [f"{statistics.median(times):.0f} ms", f"{min(times):.0f} to {max(times):.0f} ms"]
        print(f"| {' | '.join(cells)} |")
    print(f"\n{turns} turns; load {os.getloadavg()[0]:.1f} at the end.")


if __name__ == "__main__":
    main(*sys.argv[1:])
