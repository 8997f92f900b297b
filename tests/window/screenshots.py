"""Screenshots of every state of the window, in both languages and both themes.

    screenshots.py DIRECTORY [SCENE…] every state, or those of these scenes, into this directory
    screenshots.py --readme FILE      two windows in conversation, side by side
    screenshots.py --first-start FILE two windows that were never opened before, side by side
"""

import contextlib
import functools
import os
import pathlib
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time

from desktop import (
    Atspi, BUTTON, CHECK_BOX, COMBO_BOX, DIALOG, ENTRY, LABEL, PATIENCE, ROOT, SAFETY_NUMBER, SCREEN, TOGGLE, Desktop, Program, WaitError, free_port, wait_for,
)  # fmt: skip
from line import Line

SIZE = (640, 560)
# The smallest size of the window.
SMALL = (320, 360)
# Whose window it is.
NAME = {"en": "Jun", "ko": "준호"}
# Where files are received. It is shown, so it is the same each time.
DOWNLOADS = pathlib.Path("/tmp/duologue-downloads")
ACCEPT = {"en": re.compile(r"^Accept: "), "ko": re.compile(r"^수락: ")}
# In this order, one window at a time.
LOOKS = [(lang, theme) for lang in ("en", "ko") for theme in ("light", "dark")]
LONG = (
    "공유기 설정은 그대로 두었습니다. 내일 아침에 다시 확인해 보고 알려 드릴게요. "
    "The cable in room 305 is the blue one, next to the window; the other two go to the printers."
)


def shoot(program, path):
    """A screenshot of the idle window, or after 1 s of a window that is never idle, such as with a spinner."""
    program.focus()
    # Nothing is to look hovered.
    program.desktop.run("xdotool", "mousemove", *map(str, SCREEN))
    pictures = []

    def at_rest():
        pictures.append(program.desktop.run_raw("import", "-window", str(program.window), "png:-"))
        return len(pictures) > 2 and pictures[-1] == pictures[-2]

    with contextlib.suppress(WaitError):
        wait_for(at_rest, "a window at rest", timeout=1)
    pathlib.Path(path).write_bytes(pictures[-1])
    print(path, flush=True)


class Stage:
    """Runs the scenes of one look."""

    def __init__(self, desktop, lang, theme, directory):
        self.desktop, self.lang, self.theme, self.directory = desktop, lang, theme, directory
        self.things = contextlib.ExitStack()

    def folder(self):
        return pathlib.Path(self.things.enter_context(tempfile.TemporaryDirectory()))

    def open(self, *args, settings=None, data=None, name=None, size=SIZE, **options):
        """A window with this look, unless the settings say otherwise."""
        data = data or self.folder()
        name = name or NAME[self.lang]
        (data / "settings.toml").write_text(settings or f'theme = "{self.theme}"\nname = "{name}"\n')
        program = Program(self.desktop, *args, lang=self.lang, data=data, **options)
        self.things.callback(program.kill)
        program.ready().place(40, 60, *size)
        return program

    def other(self, *args, name="Mina", data=None, **options):
        """The window of the other person, which is in no screenshot."""
        data = data or self.folder()
        (data / "settings.toml").write_text(f'name = "{name}"\naddress_row = "always"\n')
        program = Program(self.desktop, *args, data=data, **options)
        self.things.callback(program.kill)
        program.ready().place(40 + SIZE[0] + 10, 60, 560, SIZE[1])
        return program

    def wide(self, open_one, *args, port=None, **options):
        """One of these two, which listens on all addresses, and its port."""
        port = port or free_port()
        program = open_one("--listen", f"0.0.0.0:{port}", *args, **options)
        wait_for(lambda: program.button("stop"), "it listens", on=program)
        return program, port

    def plain_caller(self, port, host="127.0.0.1"):
        return self.things.enter_context(socket.create_connection((host, port)))

    def peer(self, *args, **options):
        """A window connected to a plain socket, and that socket."""
        server = self.things.enter_context(socket.create_server(("127.0.0.1", 0)))
        program = self.open("--plain", "--connect", f"127.0.0.1:{server.getsockname()[1]}", *args, **options)
        server.settimeout(PATIENCE)
        peer, _ = server.accept()
        self.things.enter_context(peer)
        wait_for(lambda: program.button("disconnect"), "it is connected", on=program)
        return program, peer

    def shoot(self, program, name):
        shoot(program, self.directory / f"{name}-{self.lang}-{self.theme}.png")

    def connect_to(self, host, port):
        """A window in which Connect was clicked for this address, and failed."""
        program = self.open()
        program.fill_address(host, port)
        program.press("connect")
        wait_for(lambda: program.button("connect"), "the end of the attempt", on=program)
        wait_for(lambda: program.find(CLOSE[self.lang]), "what went wrong", on=program)
        return program

    def listen_on(self, host, port, **options):
        """A window in which Listen was clicked for this address, and failed."""
        program = self.open(**options)
        program.fill_address(host, port)
        program.press("listen")
        wait_for(lambda: program.find(CLOSE[self.lang]), "what went wrong", on=program)
        return program


# The button on a banner.
CLOSE = {"en": "Close", "ko": "닫기"}


def talk(program, peer):
    """A few lines from both sides."""
    peer.sendall("안녕하세요! 연결됐네요.\n".encode())
    wait_for(lambda: len(program.heard()) == 1, "the first line", on=program)
    for text in ("Hi! Can you see the printer?", "It is the one on port 9100."):
        program.enter("message")
        program.type(text)
        program.key("Return")
        wait_for(lambda: program.said()[-1:] == [text], "the sent line", on=program)
    peer.sendall(f"네, 보입니다.\n{LONG}\nAll good.\n".encode())
    wait_for(lambda: len(program.heard()) == 4, "all lines", on=program)


# The scenes. Two states have none, because nothing from outside causes them: a crashed and a busy worker.


def idle(stage):
    stage.shoot(stage.open(), "idle")


def field_error(stage):
    program = stage.open()
    program.fill_address("not a host", "50000")
    program.press("connect")
    stage.shoot(program, "field-error")


def listening(stage):
    program = stage.open("--listen", "127.0.0.1:0")
    wait_for(lambda: program.button("stop"), "it listens", on=program)
    stage.shoot(program, "listening-here")
    program = stage.open("--listen", "0.0.0.0:0")
    wait_for(lambda: program.button("stop"), "it listens", on=program)
    stage.shoot(program, "listening-wide")


def calling(stage):
    """A window that calls somebody who never answers."""
    # The queue of callers is full, so the next one gets no answer.
    server = stage.things.enter_context(socket.socket())
    server.bind(("127.0.0.1", 0))
    server.listen(0)
    for _ in range(2):
        caller = stage.things.enter_context(socket.socket())
        caller.setblocking(False)
        caller.connect_ex(server.getsockname())
    program = stage.open()
    call(program, server.getsockname()[1])
    wait_for(lambda: program.button("cancel"), "it is connecting", on=program)
    return program


def connecting(stage):
    program = calling(stage)
    stage.shoot(program, "connecting")
    wait_for(lambda: program.find(CLOSE[stage.lang]), "that nobody answers", on=program)
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
    # Not closed, because unread data would cause a reset.
    peer.shutdown(socket.SHUT_WR)
    wait_for(lambda: program.says(program.names["stopped sending"]), "that nothing more comes", on=program)
    stage.shoot(program, "stopped-sending")


def links(stage):
    program, peer = stage.peer()
    peer.sendall("여기요: https://ko.wikipedia.org/wiki/한국에서 보거나 mina@example.kr로 물어보세요.\n".encode())
    wait_for(lambda: program.heard(), "the links", on=program)
    program.enter("message")
    program.type("I found http://example.org/a_(b).")
    program.key("Return")
    wait_for(lambda: program.said(), "the sent link", on=program)
    stage.shoot(program, "links")
    x, y, width, height = program.nodes(Atspi.Role.LINK)[0].extents
    at = (str(x + width // 2), str(y + height // 2))
    stage.desktop.run("xdotool", "mousemove", "--window", str(program.window), *at, "click", "3")
    wait_for(lambda: program.find(COPY_LINK[stage.lang]), "the menu of the link", on=program)
    stage.shoot(program, "link-menu")


# In the menu of a message with a link.
COPY_LINK = {"en": "Copy link", "ko": "링크 복사"}


def scrolled(stage):
    program, peer = stage.peer()
    for number in range(40):
        peer.sendall(f"{number + 1}번째 줄\n".encode())
    wait_for(lambda: program.heard()[-1:] == ["40번째 줄"], "forty lines", on=program)
    at = (str(SIZE[0] // 2), str(SIZE[1] // 2))
    stage.desktop.run("xdotool", "mousemove", "--window", str(program.window), *at, "click", "--repeat", "5", "4")
    wait_for(lambda: "40번째 줄" not in program.heard(), "older lines in view", on=program)
    for _ in range(3):
        peer.sendall("새 소식!\n".encode())
    wait_for(lambda: program.find(re.compile("^↓.*3")), "the button to the newest line", on=program)
    stage.shoot(program, "scrolled")


def long_message(stage):
    program, peer = stage.peer()
    peer.sendall((LONG * 40 + "\n").encode())
    wait_for(lambda: program.heard(), "the long line", on=program)
    stage.shoot(program, "long-message")


def offer(stage):
    program, _ = stage.peer(korean_input=True)
    program.enter("message")
    program.type_korean("안녕하세요")
    program.key("Return")
    wait_for(lambda: program.button("send as UTF-8"), "the offer", on=program)
    stage.shoot(program, "offer")


def unencodable(stage):
    program, _ = stage.peer("--encoding-out", "shift_jis", korean_input=True)
    program.enter("message")
    program.type_korean("안녕")
    program.key("Return")
    wait_for(lambda: program.button("send as UTF-8"), "the offer", on=program)
    stage.shoot(program, "unencodable")


def problems(stage):
    with socket.create_server(("127.0.0.1", 0)) as other:
        stage.shoot(stage.listen_on("127.0.0.1", other.getsockname()[1]), "problem-port-in-use")
    stage.shoot(stage.listen_on("192.0.2.1", 50000), "problem-not-our-address")
    stage.shoot(stage.listen_on("no-such-host.invalid", 50000), "problem-listen-unknown-host")
    # Without this capability not even root may.
    unprivileged = ("setpriv", "--bounding-set", "-net_bind_service") if os.geteuid() == 0 else ()
    stage.shoot(stage.listen_on("127.0.0.1", 80, prefix=unprivileged), "problem-no-permission")
    stage.shoot(stage.connect_to("127.0.0.1", free_port()), "problem-refused")
    # A system cannot connect to a broadcast address in any network.
    stage.shoot(stage.connect_to("255.255.255.255", 50000), "problem-unreachable")
    stage.shoot(stage.connect_to("no-such-host.invalid", 50000), "problem-unknown-host")


def damaged_settings(stage):
    # The theme is lost with the file, so both themes give the same screenshot.
    stage.shoot(stage.open(settings="theme = 7\n"), "damaged-settings")


def menu(stage):
    program, peer = stage.peer()
    talk(program, peer)
    at_rest = len(program.nodes())
    program.press("menu")
    wait_for(lambda: len(program.nodes()) > at_rest, "an open menu", on=program)
    stage.shoot(program, "menu")


def call(program, port, host="127.0.0.1"):
    program.fill_address(host, port)
    program.press("connect")


def wait_until(key, program):
    wait_for(lambda: program.tells(key), f"{program.names[key]!r} in the window", on=program)


def wait_until_connected(*programs):
    for program in programs:
        # A covered window is not painted.
        program.focus()
        wait_for(lambda: program.button("disconnect"), "it is connected", on=programs)


def hang_up(program, other):
    other.press("disconnect")
    wait_for(lambda: not program.button("disconnect"), "the end of the conversation", on=program)


def told_address(program, port):
    """An address of this computer other than 127.0.0.1."""
    program.show_waiting()
    return wait_for(lambda: program.says(rf"\A([\d.]+):{port}\Z"), "an address to tell", on=program)[1]


def ask(stage):
    program, port = stage.wide(stage.open)
    other = stage.other()
    call(other, port)
    wait_until("asks", program)
    stage.shoot(program, "ask-encrypted")
    # From another address, because one address is asked about once a minute.
    stage.plain_caller(port, told_address(program, port)).sendall(b"hello\n")
    wait_until("asks in plain text", program)
    stage.shoot(program, "ask-several")
    other.press("cancel")
    wait_for(lambda: len([node for node in program.nodes() if node.name == program.names["accept"]]) == 1, "one")
    stage.shoot(program, "ask-plain")


def ask_with_warning(stage):
    program, port = stage.wide(stage.open)
    other = stage.other()
    told = told_address(program, port)
    call(other, port, told)
    program.press("accept")
    wait_until_connected(program, other)
    hang_up(program, other)
    stage.plain_caller(port, told)
    wait_until("encrypted before", program)
    stage.shoot(program, "ask-plain-warning")
    program.press("accept")
    wait_until_connected(program)
    stage.shoot(program, "connected-plain-warning")


def namesake(stage):
    program, port = stage.wide(stage.open)
    mina = stage.other()
    call(mina, port)
    program.press("accept")
    wait_until_connected(program, mina)
    hang_up(program, mina)
    mina.kill()
    stranger = stage.other()
    call(stranger, port)
    program.press("accept")
    wait_until_connected(program, stranger)
    wait_until("namesake", program)
    stage.shoot(program, "namesake")


def waiting_to_be_let_in(stage):
    other, port = stage.wide(stage.other)
    program = stage.open()
    call(program, port)
    wait_until("waits", program)
    stage.shoot(program, "waiting-to-be-let-in")
    other.press("reject")
    wait_until("was rejected", program)
    stage.shoot(program, "problem-rejected")


def encrypted(stage):
    other, port = stage.wide(stage.other)
    program = stage.open()
    call(program, port)
    other.press("accept")
    wait_until_connected(program, other)
    other.say("Hi! Can you see the printer?")
    program.say("It is the one on port 9100.")
    wait_for(lambda: len(program.rows()) == 2, "both lines", on=program)
    stage.shoot(program, "encrypted-not-verified")
    other.enter("message")
    other.type("And")
    wait_until("is writing", program)
    stage.shoot(program, "typing")
    program.press("verify")
    wait_for(lambda: program.says(SAFETY_NUMBER), "the numbers", on=program)
    stage.shoot(program, "verify")
    program.press("they differ")
    wait_until("differ means", program)
    stage.shoot(program, "verify-differ")
    program.key("Escape")
    program.press("verify")
    wait_for(lambda: program.says(SAFETY_NUMBER), "the numbers", on=program)
    program.press("they are the same")
    wait_until("verified", program)
    stage.shoot(program, "encrypted-verified")
    program.show_details("Mina")
    program.press("verify whom", "Mina")
    wait_for(lambda: program.button("no longer verified"), "the dialog", on=program)
    wait_for(lambda: program.says(SAFETY_NUMBER), "the numbers", on=program)
    stage.shoot(program, "verify-already")
    # Back in the list of people first.
    program.key("Escape")
    wait_for(lambda: program.button("verify whom", "Mina"), "the list", on=program)
    program.key("Escape")
    wait_for(lambda: not program.in_dialog("close"), "no dialog", on=program)
    hang_up(program, other)
    stage.shoot(program, "encrypted-ended")


def changes(stage):
    other, port = stage.wide(stage.other)
    program = stage.open()
    call(program, port)
    other.press("accept")
    wait_until_connected(program, other)
    other.say("Hi! Can you see the printer?")
    program.say("It is the one on port 9100.")
    program.say("Or on 9101, I am not sure, and the cable is the blue one next to the window.")
    other.say("Which room?")
    wait_for(lambda: len(program.rows()) == 4, "the lines", on=program)
    other.message_menu("It is the one on port 9100.")
    other.press("react with", "👍")
    wait_for(lambda: program.find(program.names["reacted"].format("👍"), TOGGLE), "the reaction", on=program)
    program.message_menu("Which room?")
    stage.shoot(program, "message-menu")
    program.press("reply")
    wait_for(lambda: program.says("Which room"), "the bar", on=program)
    program.enter("message")
    program.type("Room 305")
    stage.shoot(program, "replying")
    program.key("Return")
    wait_for(lambda: len(other.rows()) == 5, "the answer", on=other)
    other.message_menu("Room 305")
    other.press("react with", "🙏")
    program.enter("message")
    program.key("Up")
    wait_for(lambda: program.entry("message").text == "Room 305", "the text to edit", on=program)
    program.type(", upstairs")
    stage.shoot(program, "editing")
    program.key("Return")
    wait_for(lambda: program.marked("edited"), "the edit", on=program)
    other.message_menu("Which room?")
    other.press("reply")
    other.enter("message")
    other.type("Thanks, found it.")
    other.key("Return")
    wait_for(lambda: len(program.rows()) == 6, "her answer", on=program)
    program.message_menu("Or on 9101, I am not sure, and the cable is the blue one next to the window.")
    program.press("delete further")
    wait_for(lambda: program.button("delete for both"), "the question", on=program)
    stage.shoot(program, "delete-question")
    program.press("delete for both")
    wait_for(lambda: program.tells("you deleted"), "the sentence", on=program)
    wait_for(lambda: program.marked("read"), "the mark", on=program)
    stage.shoot(program, "changes")
    program.press("show earlier texts")
    wait_for(lambda: program.find("Room 305"), "the earlier text", on=program)
    stage.shoot(program, "earlier-texts")
    program.key("Escape")
    program.message_menu("Thanks, found it.")
    program.press("more emoji")
    wait_for(lambda: program.in_dialog("close"), "the picker", on=program)
    stage.shoot(program, "pick-reaction")


def invites(stage):
    program, port = stage.wide(stage.open)
    program.copy_invite()
    wait_until("invite copied", program)
    stage.shoot(program, "invite-copied")
    other = stage.other()
    for window in (other, stage.open()):
        window.enter("host")
        window.key("ctrl+a", "ctrl+v")
        wait_for(lambda: window.entry("host").text.startswith("duologue:"), "the invite", on=window)
    stage.shoot(window, "invite-in-the-field")
    window.key("BackSpace")
    window.press("connect")
    wait_until("half an invite", window)
    stage.shoot(window, "invite-incomplete")
    window.kill()
    other.press("connect")
    wait_until_connected(program, other)
    other.say("Thanks for the invite!")
    wait_for(program.heard, "the line", on=program)
    stage.shoot(program, "encrypted-invited")
    # Another person calls meanwhile.
    stage.plain_caller(port).sendall(b"hello\n")
    wait_until("turned away", program)
    stage.shoot(program, "turned-away")


def invite_of_another(stage):
    other, port = stage.wide(stage.other)
    other.copy_invite()
    wait_until("invite copied", other)
    program = stage.open()
    program.enter("host")
    program.key("ctrl+a", "ctrl+v")
    wait_for(lambda: program.entry("host").text.startswith("duologue:"), "the invite", on=program)
    other.close()
    other.wait_for_end()
    stage.wide(stage.other, port=port)
    program.press("connect")
    wait_until("not who invited", program)
    stage.shoot(program, "problem-not-who-invited")


def other_key(stage):
    data = stage.folder()
    other, port = stage.wide(stage.other, data=data)
    program = stage.open()
    call(program, port)
    other.press("accept")
    wait_until_connected(program, other)
    other.close()
    other.wait_for_end()
    (data / "identity.key").unlink()
    other, _ = stage.wide(stage.other, data=data, port=port)
    program.press("connect")
    wait_until("other key", program)
    stage.shoot(program, "problem-other-key")
    program.place(40, 60, *SMALL)
    stage.shoot(program, "small-problem-other-key")


def replaced_key(stage):
    """A verified contact with another key, and what waited for the old one."""
    data = stage.folder()
    other, port = stage.wide(stage.other, data=data)
    program = stage.open()
    call(program, port)
    other.press("accept")
    wait_until_connected(program, other)
    program.press("verify")
    wait_for(lambda: program.says(SAFETY_NUMBER), "the numbers", on=program)
    program.press("they are the same")
    other.close()
    other.wait_for_end()
    for text in ("Are you coming tomorrow?", "The room is 305."):
        program.say(text)
    (data / "identity.key").unlink()
    other, _ = stage.wide(stage.other, data=data, port=port)
    program.press("connect")
    wait_until("other key", program)
    stage.shoot(program, "problem-verified-key")
    program.press("replace verified", "Mina")
    wait_until("not compared", program)
    stage.shoot(program, "replace-verified-key")
    program.press("replace the key")
    wait_until_connected(program, other)
    program.focus()
    wait_until("held", program)
    stage.shoot(program, "held")
    program.press("people")
    wait_for(lambda: program.in_dialog("close"), "the list of people", on=program)
    stage.shoot(program, "people-held")
    program.key("Escape")
    program.place(40, 60, *SMALL)
    stage.shoot(program, "small-held")


def address_of_another(stage):
    """Somebody known at the address of a contact."""
    mina, port = stage.wide(stage.other)
    data = stage.folder()
    ara, aras_port = stage.wide(stage.other, name="Ara", data=data)
    program = stage.open()
    for other, at in ((mina, port), (ara, aras_port)):
        call(program, at)
        other.press("accept")
        wait_until_connected(program, other)
        hang_up(program, other)
        other.close()
        other.wait_for_end()
    stage.wide(stage.other, name="Ara", data=data, port=port)
    call(program, port)
    wait_until("somebody known", program)
    stage.shoot(program, "problem-somebody-known")
    program.place(40, 60, *SMALL)
    stage.shoot(program, "small-problem-somebody-known")


def contact_in_plain(stage):
    """A contact whose address answers in plain text, or not encrypted."""
    other, port = stage.wide(stage.other)
    program = stage.open()
    call(program, port)
    other.press("accept")
    wait_until_connected(program, other)
    hang_up(program, other)
    other.close()
    other.wait_for_end()
    server = stage.things.enter_context(socket.create_server(("127.0.0.1", port)))
    server.settimeout(PATIENCE)
    for says, sentence, name in (
        (b"hello\n", "contact in plain text", "problem-contact-in-plain-text"),
        (b"", "no encrypted answer", "problem-contact-not-encrypted"),
    ):
        program.press("connect")
        peer, _ = server.accept()
        peer.sendall(says)
        peer.close()
        wait_until(sentence, program)
        stage.shoot(program, name)
        program.place(40, 60, *SMALL)
        stage.shoot(program, f"small-{name}")
        program.place(40, 60, *SIZE)
        program.click(lambda: program.find(CLOSE[stage.lang]), "Close")
    program.choose("plain text")
    wait_until("plain to a contact", program)
    stage.shoot(program, "plain-text-to-a-contact")


def plain_servers(stage):
    for sentence, name in (
        ("answers in plain text", "problem-answers-in-plain-text"),
        ("no encrypted answer", "problem-no-encrypted-answer"),
    ):
        server = stage.things.enter_context(socket.create_server(("127.0.0.1", 0)))
        server.settimeout(PATIENCE)
        program = stage.open()
        call(program, server.getsockname()[1])
        peer, _ = server.accept()
        if sentence == "answers in plain text":
            peer.sendall(b"hello\n")
        peer.close()
        wait_until(sentence, program)
        stage.shoot(program, name)
        program.kill()


def busy_and_own_key(stage):
    other, port = stage.wide(stage.other)
    third = stage.other(name="Ara")
    call(third, port)
    other.press("accept")
    wait_until_connected(other, third)
    third.say("hello")
    program = stage.open()
    call(program, port)
    wait_for(lambda: program.find(CLOSE[stage.lang]), "what went wrong", on=program)
    stage.shoot(program, "problem-busy")
    program.kill()
    program, port = stage.wide(stage.open)
    call(program, port)
    wait_until("own key", program)
    stage.shoot(program, "problem-own-key")


def damaged_key(stage):
    data = stage.folder()
    (data / "identity.key").write_bytes(b"no key")
    program = stage.open(data=data)
    wait_until("damaged key", program)
    stage.shoot(program, "problem-damaged-key")
    program.show_own_details()
    stage.shoot(program, "own-details-no-key")


def choice(stage):
    program = stage.open()
    program.click(lambda: program.find(program.names["encryption"], COMBO_BOX))
    wait_for(lambda: program.nodes(TOGGLE), "an open choice", on=program)
    stage.shoot(program, "choice-of-encryption")


def own_name(stage):
    program = stage.open()
    program.press("change your name")
    wait_for(lambda: program.entry("your name").is_focused, "the field", on=program)
    stage.shoot(program, "own-name")
    program.key("Escape")
    program.press("people")
    wait_until("nobody", program)
    stage.shoot(program, "people-nobody")
    program.key("Escape")
    program.show_own_details()
    stage.shoot(program, "own-details")


@functools.cache
def folder_with_people(desktop):
    """A folder with several contacts, each in a different state."""
    look = Stage(desktop, "en", "light", None)
    folder = look.folder()
    with look.things:
        names = ("Mina", "민지", "Guest", "A name that is just as long as it may be", "Eve")
        home, port = look.wide(look.open, data=folder)
        told = told_address(home, port)
        for name in names:
            if name == "Guest":
                home.copy_invite()
                invite = home.copied()
                other = look.other(invite, name=name)
            else:
                other = look.other(name=name)
                call(other, port, told)
                home.press("accept")
            wait_until_connected(home, other)
            if name == "Mina":
                home.press("verify")
                wait_for(lambda: home.says(SAFETY_NUMBER), "the numbers", on=home)
                home.press("they are the same")
                wait_until("verified", home)
            hang_up(home, other)
            if name == "Mina":
                # She is called, too, and so has an address where she answers.
                other.fill_address("0.0.0.0", free_port())
                other.press("listen")
                wait_for(lambda: other.button("stop"), "it listens", on=other)
                call(home, other.entry("port").text, told)
                wait_until_connected(home, other)
                hang_up(home, other)
            other.kill()
        home.show_details("Eve")
        home.press("block", "Eve")
        home.press("block whom", "Eve")
        wait_for(lambda: home.button("unblock", "Eve"), "that one is blocked", on=home)
        home.key("Escape")
        home.close()
        home.wait_for_end()
        kept = pathlib.Path(tempfile.mkdtemp(dir=desktop.home))
        return shutil.copytree(folder, kept, dirs_exist_ok=True)


def people(stage):
    known = shutil.copytree(folder_with_people(stage.desktop), stage.folder(), dirs_exist_ok=True)
    program = stage.open(data=known)
    program.press("people")
    wait_for(lambda: program.listed("Mina"), "the list", on=program)
    stage.shoot(program, "people")
    program.key("Escape")
    program.place(40, 60, SIZE[0], 700)
    program.show_details("민지")
    program.press("rename", "민지")
    wait_for(lambda: any(node.is_focused for node in program.nodes(ENTRY)), "the field", on=program)
    stage.shoot(program, "people-rename")
    program.type("Minji")
    program.key("Return")
    wait_for(lambda: program.button("rename", "Minji"), "the new name", on=program)
    program.press("forget", "Minji")
    wait_for(lambda: program.button("keep"), "the question", on=program)
    stage.shoot(program, "people-forget")
    program.press("keep")
    program.place(40, 60, *SMALL)
    stage.shoot(program, "small-people")


def others(stage, program, *names):
    """These people call one after the other. The last one stays connected."""
    port = program.tells("waiting on port")[1]
    for name in names:
        other = stage.other(name=name)
        call(other, port)
        program.press("accept")
        wait_until_connected(program, other)
        other.say("Hi! Can you see the printer?")
        program.say("It is the one on port 9100.")
        if name != names[-1]:
            hang_up(program, other)
            other.kill()
    return other


def kept(stage):
    program = stage.open("--listen", "127.0.0.1:0")
    wait_for(lambda: program.button("stop"), "it listens", on=program)
    other = others(stage, program, "Ara", "Mina")
    program.open_conversation("Ara")
    wait_for(lambda: program.find(program.quoted("Ara"), LABEL), "the other conversation", on=program)
    stage.shoot(program, "another-conversation")
    for text in ("It does not answer.", "Not at all."):
        other.enter("message")
        other.type(text)
        other.key("Return")
        wait_for(lambda: other.said()[-1:] == [text], "the sent line", on=other)
    program.focus()
    stage.shoot(program, "unread")
    program.press("people")
    wait_for(lambda: program.listed("Mina"), "the list", on=program)
    stage.shoot(program, "people-unread")
    program.click(lambda: program.listed("Mina"), "Mina in the list")
    wait_for(lambda: len(program.heard()) == 3, "the conversation", on=program)
    stage.shoot(program, "unread-line")
    hang_up(program, other)
    for text in ("Then I will have a look.", "Until tomorrow!"):
        program.say(text)
    wait_for(lambda: len(program.marked("waiting")) == 2, "messages that wait", on=program)
    stage.shoot(program, "waiting")
    program.key("ctrl+f")
    wait_for(lambda: (field := program.entry("search")) and field.is_focused, "the field", on=program)
    program.type("port")
    wait_until("found", program)
    stage.shoot(program, "search")
    program.key("ctrl+a")
    program.type("nothing of the kind")
    wait_for(lambda: not program.tells("found"), "nothing", on=program)
    stage.shoot(program, "search-nothing")
    program.key("Escape")
    program.from_menu("settings")
    wait_until("on the disk", program)
    stage.shoot(program, "history")
    program.press("clear conversation")
    wait_for(lambda: program.button("erase", "Mina"), "the question", on=program)
    stage.shoot(program, "history-clear")
    program.key("Escape")
    program.close()
    wait_until("not delivered", program)
    stage.shoot(program, "closing")
    program.press("keep open")
    program.place(40, 60, *SMALL)
    stage.shoot(program, "small-waiting")
    program.close()
    wait_until("not delivered", program)
    stage.shoot(program, "small-closing")


def reconnecting(stage):
    other = stage.other("--listen", "127.0.0.1:0")
    wait_for(lambda: other.button("stop"), "it listens", on=other)
    program = stage.open()
    call(program, other.tells("waiting on port")[1])
    other.press("accept")
    wait_until_connected(program, other)
    other.say("Hi! Can you see the printer?")
    wait_for(program.heard, "the line", on=program)
    other.kill()
    wait_until("calls again", program)
    program.say("Are you still there?")
    wait_for(lambda: program.button("try now"), "a moment until the next call", on=program)
    stage.shoot(program, "reconnecting")
    program.place(40, 60, *SMALL)
    wait_for(lambda: program.button("try now"), "a moment until the next call", on=program)
    stage.shoot(program, "small-reconnecting")


def paste(window, text):
    """Puts a text into what has the keyboard."""
    clipboard = ["xclip", "-selection", "clipboard"]
    # It stays to serve the text, so it must not keep our pipes.
    subprocess.run(clipboard, input=text, text=True, env=window.desktop.environment, stdout=subprocess.DEVNULL, check=True)
    window.key("ctrl+v")
    wait_for(lambda: window.entry("message").text == text, "the pasted text", on=window)


def pair(stage, rate=None):
    """In conversation with Mina, encrypted, over a line that may be slow."""
    data = stage.folder()
    program = stage.open("--listen", "127.0.0.1:0", data=data, settings=settings_of(stage))
    wait_for(lambda: program.button("stop"), "it listens", on=program)
    other = stage.other()
    port = program.tells("waiting on port")[1]
    if rate:
        line = Line(int(port), rate)
        stage.things.callback(line.cut)
        port = line.port
    call(other, port)
    program.press("accept")
    wait_until_connected(program, other)
    return program, other


def settings_of(stage):
    """The look, and a folder for received files whose name is the same each time."""
    DOWNLOADS.mkdir(exist_ok=True)
    stage.things.callback(shutil.rmtree, DOWNLOADS, ignore_errors=True)
    lines = [f'theme = "{stage.theme}"', f'name = "{NAME[stage.lang]}"', "[files]", f'folder = "{DOWNLOADS}"', ""]
    return "\n".join(lines)


def send_file(stage, window, name, content):
    """Offers a file, by its path."""
    path = stage.folder() / name
    path.write_bytes(content)
    window.enter("message")
    paste(window, str(path))
    window.press("send as file")


def file_offered(stage):
    program, other = pair(stage)
    other.say("Here are the plans.")
    send_file(stage, other, "건물 도면 – ground floor and both upper floors, final version 2026.pdf", bytes(4_321_000))
    wait_for(lambda: program.find(ACCEPT[stage.lang], BUTTON), "the offer", on=(program, other))
    return program


def file_moving(stage):
    program, other = pair(stage, rate=1_500_000)
    send_file(stage, program, "film.mkv", os.urandom(90_000_000))
    other.click(lambda: other.find(ACCEPT["en"], BUTTON), "the offer")
    send_file(stage, other, "회의 녹음.opus", os.urandom(40_000_000))
    program.click(lambda: program.find(ACCEPT[stage.lang], BUTTON), "the other offer")
    wait_for(lambda: len(moving(program)) == 2, "both move", on=(program, other))
    return program


def moving(program):
    """The progress bars of files of which something has moved."""
    bars = program.nodes(Atspi.Role.PROGRESS_BAR)
    return [bar for bar in bars if Atspi.Value.get_current_value(bar.accessible) > 0]


def picture(stage):
    program, other = pair(stage)
    other.say("This is how it looks now.")
    send_file(stage, other, "window.png", (ROOT / "assets" / "screenshot.png").read_bytes())
    program.click(lambda: program.find(ACCEPT[stage.lang], BUTTON), "the offer")
    wait_for(lambda: [node for node in program.nodes(Atspi.Role.IMAGE) if node.name == "window.png"], "the picture", on=program)
    return program


def files(stage):
    program = file_offered(stage)
    stage.shoot(program, "file-offered")
    program.place(40, 60, *SMALL)
    stage.shoot(program, "small-file-offered")
    program.kill()
    program = file_moving(stage)
    stage.shoot(program, "file-moving")
    program.place(40, 60, *SMALL)
    stage.shoot(program, "small-file-moving")
    program.kill()
    program = picture(stage)
    stage.shoot(program, "picture")
    program.click(lambda: program.find("window.png", Atspi.Role.IMAGE), "the picture")
    wait_for(lambda: program.nodes(DIALOG), "the large picture", on=program)
    stage.shoot(program, "picture-large")
    program.key("Escape")
    program.key("ctrl+comma")
    wait_for(lambda: program.button("change downloads"), "the settings of files", on=program)
    # A click scrolls there.
    program.press("change downloads")
    wait_until("no folder dialog", program)
    stage.shoot(program, "settings-files")
    program.place(40, 60, *SMALL)
    program.press("change downloads")
    stage.shoot(program, "small-settings-files")


def small(stage):
    program, port = stage.wide(stage.open, size=SMALL)
    stage.shoot(program, "small-listening")
    other = stage.other()
    call(other, port)
    wait_until("asks", program)
    stage.shoot(program, "small-ask")
    program.press("accept")
    wait_until_connected(program, other)
    other.say("Hi! Can you see the printer?")
    wait_for(program.heard, "the line", on=program)
    stage.shoot(program, "small-encrypted")
    program.press("verify")
    wait_for(lambda: program.says(SAFETY_NUMBER), "the numbers", on=program)
    stage.shoot(program, "small-verify")


def limits(stage):
    data = stage.folder()
    program = stage.open("--listen", "127.0.0.1:0", data=data)
    wait_for(lambda: program.button("stop"), "it listens", on=program)
    other = others(stage, program, "Mina")
    with contextlib.closing(sqlite3.connect(data / "duologue.db", timeout=10)) as store:
        store.execute("UPDATE conversations SET taken = 200 * 1000 * 1000, taken_since = ?", [time.time() * 1000 // 1])
        store.commit()
    other.say("And the other one?")
    program.focus()
    wait_for(lambda: program.button("take no more"), "the question", on=program)
    time.sleep(1)
    stage.shoot(program, "take-more")
    program.place(40, 60, *SMALL)
    stage.shoot(program, "small-take-more")
    program.place(40, 60, 620, SIZE[1])
    program.from_menu("settings")
    wait_until("on the disk", program)
    program.click(lambda: program.find(program.names["keep history"], CHECK_BOX), "the box")
    wait_for(lambda: program.button("from now on"), "the question", on=program)
    stage.shoot(program, "keep-no-more")
    program.key("Escape")
    program.place(40, 60, *SMALL)
    program.from_menu("settings")
    wait_until("on the disk", program)
    program.click(lambda: program.find(program.names["keep history"], CHECK_BOX), "the box")
    wait_for(lambda: program.button("from now on"), "the question", on=program)
    stage.shoot(program, "small-keep-no-more")


SCENES = [
    idle, field_error, listening, connecting, conversation, links, scrolled, long_message, offer, unencodable, problems,
    damaged_settings, menu, ask, ask_with_warning, namesake, waiting_to_be_let_in, encrypted, changes, invites,
    invite_of_another, other_key, replaced_key, address_of_another, contact_in_plain, plain_servers, busy_and_own_key,
    damaged_key, choice, own_name, people, kept, reconnecting, files, small,
    limits,
]  # fmt: skip


def every_state(directory, wanted):
    directory.mkdir(parents=True, exist_ok=True)
    failed = []
    with Desktop() as desktop:
        for lang, theme in LOOKS:
            for scene in (scene for scene in SCENES if not wanted or scene.__name__ in wanted):
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
    width, height = 628, 500
    lines = [
        ("left", "Hi! Can you read this?"),
        ("right", "네, 잘 보여요. 한글도 그대로네요."),
        ("left", "Good. No account, no server in between."),
        ("right", "나중에 다시 볼 수 있나요?"),
        ("left", "Yes, what was said stays on your computer."),
    ]
    with Desktop() as desktop, contextlib.ExitStack() as things:
        programs = {}
        for side, lang, theme, name in (("left", "en", "light", "Mina"), ("right", "ko", "dark", "준호")):
            data = pathlib.Path(things.enter_context(tempfile.TemporaryDirectory()))
            (data / "settings.toml").write_text(f'theme = "{theme}"\nname = "{name}"\n')
            programs[side] = Program(desktop, lang=lang, data=data, korean_input=True)
            things.callback(programs[side].kill)
        for side, x in (("left", 4), ("right", 20 + width)):
            programs[side].ready().place(x, 40, width, height)
        left, right = programs.values()
        left.press("listen")
        wait_for(lambda: left.button("stop"), "it listens", on=left)
        right.press("connect")
        left.press("accept")
        for program in (left, right):
            wait_for(lambda: program.button("disconnect"), "it is connected", on=program)
        for side, text in lines:
            program = programs[side]
            program.enter("message")
            program.type_korean(text)
            program.key("Return")
            wait_for(lambda: program.said()[-1:] == [text], "the sent line", on=program)
        for program in (left, right):
            wait_for(lambda: len(program.rows()) == len(lines), "the whole conversation", on=program)
        side_by_side(desktop, programs.values(), file)


def first_start(file):
    """What is asked at the first start of all, in both languages."""
    with Desktop() as desktop, contextlib.ExitStack() as things:
        programs = [Program(desktop, lang=lang, is_new=True) for lang in ("en", "ko")]
        for number, program in enumerate(programs):
            things.callback(program.kill)
            program.ready().place(4 + number * 644, 40, 628, 500)
        programs[0].focus()
        programs[0].type("Mina")
        side_by_side(desktop, programs, file)


def side_by_side(desktop, programs, file):
    pictures = [desktop.home / f"{number}.png" for number, _ in enumerate(programs)]
    for program, picture in zip(programs, pictures):
        shoot(program, picture)
    # With metadata the same picture would be a different file every time.
    desktop.run(
        "convert", "-background", "none", *map(str, pictures), "+smush", "16", "-strip",
        "-define", "png:exclude-chunks=date,time", "-define", "png:compression-level=9", str(file),
    )  # fmt: skip
    print(file)


def main():
    match sys.argv[1:]:
        case ["--readme", file]:
            readme(pathlib.Path(file))
        case ["--first-start", file]:
            first_start(pathlib.Path(file))
        case [directory, *wanted] if not directory.startswith("-"):
            every_state(pathlib.Path(directory), wanted)
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main()
