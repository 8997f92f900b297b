"""One picture with fifteen states of the window, each in both languages, both themes and three widths.

    contact_sheet.py FILE [STATE…]    all states, or these
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

from desktop import BUTTON, ROOT, Atspi, Desktop, wait_for
from line import Line
from screenshots import LOOKS, NAME, Stage, call, calling, others, shoot, talk, wait_until, wait_until_connected

# The widths of the window, and how high it is in each.
SIZES = [(320, 480), (640, 480), (1200, 480)]
# Of the pictures in the sheet, in percent.
SCALE = 45
# Where files are received. It is shown, so it is the same each time.
DOWNLOADS = pathlib.Path("/tmp/duologue-downloads")
ACCEPT = {"en": re.compile(r"^Accept: "), "ko": re.compile(r"^수락: ")}


def start(stage):
    return stage.open()


def waiting(stage):
    return stage.wide(stage.open)[0]


def to_be_accepted(stage):
    _, port = stage.wide(stage.other)
    program = stage.open()
    call(program, port)
    wait_until("waits", program)
    return program


def request(stage):
    program, port = stage.wide(stage.open)
    call(stage.other(), port)
    wait_until("asks", program)
    return program


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


def paste(window, text):
    """Puts a text into what has the keyboard."""
    clipboard = ["xclip", "-selection", "clipboard"]
    # It stays to serve the text, so it must not keep our pipes.
    subprocess.run(clipboard, input=text, text=True, env=window.desktop.environment, stdout=subprocess.DEVNULL, check=True)
    window.key("ctrl+v")
    wait_for(lambda: window.entry("message").text == text, "the pasted text", on=window)


def conversation(stage):
    program, other = pair(stage)
    lines = [
        (other, "Hi! Can you hear me?"),
        (program, "네, 잘 들려요. 한글도 그대로네요."),
        (program, "Which printer is it?"),
        (other, "The one at http://10.0.0.9:631, next to the **window**."),
        (other, "`lpstat -p` shows it."),
        (program, "찾았어요!"),
    ]
    for window, text in lines:
        window.enter("message")
        paste(window, text)
        window.key("Return")
        wait_for(lambda: not window.entry("message").text, "an empty composer", on=window)
    wait_for(lambda: len(program.heard()) == 3, "all lines", on=(program, other))
    return program


def plain_text(stage):
    program, peer = stage.peer()
    talk(program, peer)
    return program


def search(stage):
    program = conversation(stage)
    program.focus()
    program.key("ctrl+f")
    wait_for(lambda: (field := program.entry("search")) and field.is_focused, "the field", on=program)
    program.type("printer")
    wait_until("found", program)
    program.key("Return")
    return program


def selected(stage):
    program = conversation(stage)
    program.click(lambda: program.find("Which printer is it?"), "a message", button="3")
    program.press("select")
    wait_for(lambda: program.button("forward"), "what can be done with it", on=program)
    return program


def conversations(stage):
    program = stage.open("--listen", "127.0.0.1:0")
    wait_for(lambda: program.button("stop"), "it listens", on=program)
    other = others(stage, program, "Ara", "Jun", "Mina")
    program.open_conversation("Ara")
    other.enter("message")
    other.type("It does not answer.")
    other.key("Return")
    program.press("people")
    wait_for(lambda: program.listed("Mina"), "the list", on=program)
    return program


def settings(stage):
    program = stage.open()
    program.key("ctrl+comma")
    wait_until("on the disk", program)
    return program


def changed_key(stage):
    data = stage.folder()
    other, port = stage.wide(stage.other, data=data)
    program = stage.open()
    call(program, port)
    other.press("accept")
    wait_until_connected(program, other)
    other.close()
    other.wait_for_end()
    (data / "identity.key").unlink()
    stage.wide(stage.other, data=data, port=port)
    program.press("connect")
    wait_until("other key", program)
    return program


STATES = [
    start, waiting, calling, to_be_accepted, request, conversation, plain_text, search, selected, conversations,
    settings, changed_key, file_offered, file_moving, picture,
]  # fmt: skip
# How long a question must stand still before it can be answered, and a bit, in seconds.
STILL = 1.2


def strip(desktop, look, state, folder):
    """A picture of this state in all widths, side by side."""
    stage = Stage(desktop, *look, folder)
    pictures = []
    with stage.things:
        program = state(stage)
        for width, height in SIZES:
            program.place(40, 60, width, height)
            if state in (request, changed_key):
                # It can be answered only once it has stood still, and no picture changes until then.
                time.sleep(STILL)
            picture = folder / f"{state.__name__}-{'-'.join(look)}-{width}.png"
            shoot(program, picture)
            pictures.append(str(picture))
    joined = str(folder / f"{state.__name__}-{'-'.join(look)}.png")
    desktop.run("convert", "-background", "gray", *pictures, "+smush", "24", joined)
    return joined


def main():
    match sys.argv[1:]:
        case [file, *names] if not file.startswith("-"):
            wanted = [state for state in STATES if not names or state.__name__ in names]
        case _:
            sys.exit(__doc__)
    with Desktop() as desktop:
        folder = pathlib.Path(tempfile.mkdtemp(dir=desktop.home))
        strips = [strip(desktop, look, state, folder) for state in wanted for look in LOOKS]
        desktop.run(
            "montage", *strips, "-tile", "2x", "-geometry", f"{SCALE}%x+16+16", "-background", "gray",
            "-depth", "8", "-strip", "-define", "png:exclude-chunks=date,time", "-define", "png:compression-level=9", file,
        )  # fmt: skip
    print(file)


if __name__ == "__main__":
    main()
