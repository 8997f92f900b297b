"""Pictures of every state of the window, in both languages and both themes.

    screenshots.py DIRECTORY          every state, into this directory
    screenshots.py --readme FILE      two windows in conversation, side by side
"""

import contextlib
import os
import pathlib
import re
import socket
import subprocess
import sys
import tempfile

from desktop import SCREEN, WaitError, Desktop, Program, free_port, wait_for

SIZE = (640, 560)
# Gone through in this order, one window at a time.
LOOKS = [(lang, theme) for lang in ("en", "ko") for theme in ("light", "dark")]
LONG = (
    "공유기 설정은 그대로 두었습니다. 내일 아침에 다시 확인해 보고 알려 드릴게요. "
    "The cable in room 305 is the blue one, next to the window; the other two go to the printers."
)


def shoot(program, path):
    """A picture of the window at rest; one that never rests, such as with a spinner, as it is after a moment."""
    program.focus()
    # Nothing is to look as if pointed at.
    program.desktop.run("xdotool", "mousemove", *map(str, SCREEN))
    pictures = []

    def at_rest():
        pictures.append(program.desktop.run_raw("import", "-window", str(program.window), "png:-"))
        return len(pictures) > 2 and pictures[-1] == pictures[-2]

    with contextlib.suppress(WaitError):
        wait_for(at_rest, 1, "a window at rest")
    pathlib.Path(path).write_bytes(pictures[-1])
    print(path, flush=True)


class Stage:
    """Where the scenes of one look are played."""

    def __init__(self, desktop, lang, theme, directory):
        self.desktop, self.lang, self.theme, self.directory = desktop, lang, theme, directory
        self.things = contextlib.ExitStack()

    def open(self, *args, settings=None, **options):
        """A window of this look, unless the settings say otherwise."""
        data = pathlib.Path(self.things.enter_context(tempfile.TemporaryDirectory()))
        (data / "settings.toml").write_text(settings or f'theme = "{self.theme}"\n')
        program = Program(self.desktop, *args, lang=self.lang, data=data, **options)
        self.things.callback(program.kill)
        program.ready().place(40, 60, *SIZE)
        return program

    def peer(self, *args, **options):
        """A window connected to a plain socket, and that socket."""
        server = self.things.enter_context(socket.create_server(("127.0.0.1", 0)))
        program = self.open("--connect", f"127.0.0.1:{server.getsockname()[1]}", *args, **options)
        server.settimeout(10)
        peer, _ = server.accept()
        self.things.enter_context(peer)
        wait_for(lambda: program.button("disconnect"), 10, "it is connected", on=program)
        return program, peer

    def shoot(self, program, name):
        shoot(program, self.directory / f"{name}-{self.lang}-{self.theme}.png")

    def connect_to(self, host, port):
        """A window in which Connect was clicked for this address, and failed."""
        program = self.open()
        program.fill_address(host, port)
        program.press("connect")
        wait_for(lambda: program.button("connect"), 15, "the end of the attempt", on=program)
        wait_for(lambda: program.find(CLOSE[self.lang]), 15, "what went wrong", on=program)
        return program

    def listen_on(self, host, port, **options):
        """A window in which Listen was clicked for this address, and failed."""
        program = self.open(**options)
        program.fill_address(host, port)
        program.press("listen")
        wait_for(lambda: program.find(CLOSE[self.lang]), 15, "what went wrong", on=program)
        return program


# The button on a banner.
CLOSE = {"en": "Close", "ko": "닫기"}


def talk(program, peer):
    """A few lines from both sides."""
    peer.sendall("안녕하세요! 연결됐네요.\n".encode())
    wait_for(lambda: len(program.heard()) == 1, 5, "the first line", on=program)
    for text in ("Hi! Can you see the printer?", "It is the one on port 9100."):
        program.enter("message")
        program.type(text)
        program.key("Return")
        wait_for(lambda: program.said()[-1:] == [text], 5, "the sent line", on=program)
    peer.sendall(f"네, 보입니다.\n{LONG}\nAll good.\n".encode())
    wait_for(lambda: len(program.heard()) == 4, 5, "all lines", on=program)


# The scenes. Two states have none, because nothing from outside brings them about: a crashed and a busy worker.


def idle(stage):
    stage.shoot(stage.open(), "idle")


def field_error(stage):
    program = stage.open()
    program.fill_address("not a host", "50000")
    program.press("connect")
    stage.shoot(program, "field-error")


def listening(stage):
    program = stage.open("--listen", "127.0.0.1:0")
    wait_for(lambda: program.button("stop"), 5, "it listens", on=program)
    stage.shoot(program, "listening-here")
    program = stage.open("--listen", "0.0.0.0:0")
    wait_for(lambda: program.button("stop"), 5, "it listens", on=program)
    stage.shoot(program, "listening-wide")


def connecting(stage):
    # A queue of callers that is full: the next one gets no answer.
    server = stage.things.enter_context(socket.socket())
    server.bind(("127.0.0.1", 0))
    server.listen(0)
    for _ in range(2):
        caller = stage.things.enter_context(socket.socket())
        caller.setblocking(False)
        caller.connect_ex(server.getsockname())
    program = stage.open()
    program.fill_address("127.0.0.1", server.getsockname()[1])
    program.press("connect")
    wait_for(lambda: program.button("cancel"), 5, "it is connecting", on=program)
    stage.shoot(program, "connecting")
    wait_for(lambda: program.find(CLOSE[stage.lang]), 20, "that nobody answers", on=program)
    stage.shoot(program, "problem-no-answer")


def conversation(stage):
    program, peer = stage.peer()
    talk(program, peer)
    stage.shoot(program, "connected")
    program.enter("message")
    program.type("one")
    program.key("shift+Return")
    program.type("two")
    stage.shoot(program, "several-lines")
    program.key("ctrl+a", "BackSpace")
    # Not closed: what it has not read would make a reset of that.
    peer.shutdown(socket.SHUT_WR)
    wait_for(lambda: program.says(program.names["left"]), 5, "the end of the conversation", on=program)
    stage.shoot(program, "ended")


def scrolled(stage):
    program, peer = stage.peer()
    for number in range(40):
        peer.sendall(f"{number + 1}번째 줄\n".encode())
    wait_for(lambda: program.heard()[-1:] == ["40번째 줄"], 5, "forty lines", on=program)
    at = (str(SIZE[0] // 2), str(SIZE[1] // 2))
    stage.desktop.run("xdotool", "mousemove", "--window", str(program.window), *at, "click", "--repeat", "5", "4")
    wait_for(lambda: "40번째 줄" not in program.heard(), 5, "older lines in view", on=program)
    for _ in range(3):
        peer.sendall("새 소식!\n".encode())
    wait_for(lambda: program.find(re.compile("^↓.*3")), 5, "the button to the newest line", on=program)
    stage.shoot(program, "scrolled")


def long_message(stage):
    program, peer = stage.peer()
    peer.sendall((LONG * 40 + "\n").encode())
    wait_for(lambda: program.heard(), 5, "the long line", on=program)
    stage.shoot(program, "long-message")


def offer(stage):
    program, _ = stage.peer(korean_input=True)
    program.enter("message")
    program.type_korean("안녕하세요")
    program.key("Return")
    wait_for(lambda: program.button("send as UTF-8"), 5, "the offer", on=program)
    stage.shoot(program, "offer")


def unencodable(stage):
    program, _ = stage.peer("--encoding-out", "shift_jis", korean_input=True)
    program.enter("message")
    program.type_korean("안녕")
    program.key("Return")
    wait_for(lambda: program.button("send as UTF-8"), 5, "the offer", on=program)
    stage.shoot(program, "unencodable")


def problems(stage):
    with socket.create_server(("127.0.0.1", 0)) as other:
        stage.shoot(stage.listen_on("127.0.0.1", other.getsockname()[1]), "problem-port-in-use")
    stage.shoot(stage.listen_on("192.0.2.1", 50000), "problem-not-our-address")
    stage.shoot(stage.listen_on("no-such-host.invalid", 50000), "problem-listen-unknown-host")
    # Not even the administrator may, without this capability.
    unprivileged = ("setpriv", "--bounding-set", "-net_bind_service") if os.geteuid() == 0 else ()
    stage.shoot(stage.listen_on("127.0.0.1", 80, prefix=unprivileged), "problem-no-permission")
    stage.shoot(stage.connect_to("127.0.0.1", free_port()), "problem-refused")
    # The system has no way to a broadcast address, whatever network it is in.
    stage.shoot(stage.connect_to("255.255.255.255", 50000), "problem-unreachable")
    stage.shoot(stage.connect_to("no-such-host.invalid", 50000), "problem-unknown-host")


def damaged_settings(stage):
    # The theme is lost with the file, so both themes give the same picture.
    stage.shoot(stage.open(settings="theme = 7\n"), "damaged-settings")


def menu(stage):
    program, peer = stage.peer()
    talk(program, peer)
    at_rest = len(program.nodes())
    program.press("menu")
    wait_for(lambda: len(program.nodes()) > at_rest, 5, "an open menu", on=program)
    stage.shoot(program, "menu")


SCENES = [
    idle, field_error, listening, connecting, conversation, scrolled, long_message, offer, unencodable, problems,
    damaged_settings, menu,
]  # fmt: skip


def every_state(directory):
    directory.mkdir(parents=True, exist_ok=True)
    failed = []
    with Desktop() as desktop:
        for lang, theme in LOOKS:
            for scene in SCENES:
                stage = Stage(desktop, lang, theme, directory)
                with stage.things:
                    try:
                        scene(stage)
                    except (AssertionError, OSError, subprocess.SubprocessError) as error:
                        print(error, file=sys.stderr)
                        failed.append(f"{scene.__name__}-{lang}-{theme}")
    if failed:
        sys.exit(f"These scenes have no picture: {', '.join(failed)}")


def readme(file):
    width, height = 600, 500
    lines = [
        ("left", "Hi! Can you read this?"),
        ("right", "네, 잘 보여요. 한글도 그대로네요."),
        ("left", "Good. No account, no server in between."),
        ("right", "이제 창만 닫으면 끝인가요?"),
        ("left", "Yes, close the window and we are done."),
    ]
    with Desktop() as desktop, contextlib.ExitStack() as things:
        programs = {}
        for side, lang, theme in (("left", "en", "light"), ("right", "ko", "dark")):
            data = pathlib.Path(things.enter_context(tempfile.TemporaryDirectory()))
            (data / "settings.toml").write_text(f'theme = "{theme}"\n')
            programs[side] = Program(desktop, lang=lang, data=data, korean_input=True)
            things.callback(programs[side].kill)
        for side, x in (("left", 10), ("right", 30 + width)):
            programs[side].ready().place(x, 40, width, height)
        left, right = programs.values()
        left.press("listen")
        wait_for(lambda: left.button("stop"), 5, "it listens", on=left)
        right.press("connect")
        for program in (left, right):
            wait_for(lambda: program.button("disconnect"), 5, "it is connected", on=program)
        for side, text in lines:
            program = programs[side]
            program.enter("message")
            program.type_korean(text)
            before = len(program.said())
            program.key("Return")
            wait_for(
                lambda: len(program.said()) > before or program.button("send as UTF-8"), 5, "the line", on=program
            )
            if program.button("send as UTF-8"):
                program.press("send as UTF-8")
            wait_for(lambda: program.said()[-1:] == [text], 5, "the sent line", on=program)
        for program in (left, right):
            wait_for(lambda: len(program.rows()) == len(lines), 5, "the whole conversation", on=program)
        pictures = [desktop.home / f"{side}.png" for side in programs]
        for program, picture in zip(programs.values(), pictures):
            shoot(program, picture)
        # Metadata would make another file of the same picture every time.
        desktop.run(
            "convert", "-background", "none", *map(str, pictures), "+smush", "16", "-strip",
            "-define", "png:exclude-chunks=date,time", "-define", "png:compression-level=9", str(file),
        )  # fmt: skip
    print(file)


def main():
    match sys.argv[1:]:
        case ["--readme", file]:
            readme(pathlib.Path(file))
        case [directory] if not directory.startswith("-"):
            every_state(pathlib.Path(directory))
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main()
