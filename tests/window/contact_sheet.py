"""One picture with fifteen states of the window, each in both languages, both themes and three widths.

    contact_sheet.py FILE [STATE…]    all states, or these
"""

import pathlib
import sys
import tempfile
import time

from desktop import Desktop, wait_for
from screenshots import (
    LOOKS, Stage, call, calling, file_moving, file_offered, others, pair, paste, picture, shoot, talk, wait_until, wait_until_connected,
)  # fmt: skip

# The widths of the window, and how high it is in each.
SIZES = [(320, 480), (640, 480), (1200, 480)]
# Of the pictures in the sheet, in percent.
SCALE = 45


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
            "montage", *strips, "-tile", "2x", "-geometry", f"{SCALE}%x+16+16", "-background", "gray", "-depth", "8", file
        )
        # A third of the size, and nobody sees it.
        desktop.run(
            "convert", file, "-dither", "None", "-colors", "256", "-strip", "-define", "png:exclude-chunks=date,time",
            "-define", "png:compression-level=9", file,
        )  # fmt: skip
    print(file)


if __name__ == "__main__":
    main()
