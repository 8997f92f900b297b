"""A program beside Duologue, from which files are dragged and copied.

    other_program.py drag X Y FILE...  a small window at this place; its button is dragged as these files
    other_program.py copy FILE...      copies the files, as a file manager does
    other_program.py bare FILE...      the same without a text, as a file manager of Windows does
    other_program.py picture FILE      copies the picture in the file, as a screenshot tool does

Prints "ready" once it is. Runs until it is killed.
"""

import pathlib
import sys

import gi

gi.require_version("Gdk", "3.0")
gi.require_version("Gtk", "3.0")
from gi.repository import Gdk, GdkPixbuf, Gtk  # noqa: E402

SIZE = (200, 60)


def ready():
    print("ready", flush=True)


def drag(addresses):
    window = Gtk.Window(title="files to drag")
    window.set_default_size(*SIZE)
    window.set_accept_focus(False)
    window.set_keep_above(True)
    button = Gtk.Button(label="files")
    target = Gtk.TargetEntry.new("text/uri-list", 0, 0)
    button.drag_source_set(Gdk.ModifierType.BUTTON1_MASK, [target], Gdk.DragAction.COPY)
    button.connect("drag-data-get", lambda _button, _context, data, _info, _time: data.set_uris(addresses))
    window.add(button)
    window.show_all()
    window.move(int(sys.argv[2]), int(sys.argv[3]))
    window.connect("map-event", lambda *_: ready())


def copy(addresses, with_text):
    clipboard = Gtk.Clipboard.get(Gdk.SELECTION_CLIPBOARD)
    window = Gtk.Invisible()

    def get(_clipboard, data, info, _owner):
        if info == 0:
            data.set_uris(addresses)
        else:
            data.set_text("\n".join(addresses), -1)

    targets = [Gtk.TargetEntry.new("text/uri-list", 0, 0)]
    if with_text:
        targets += [Gtk.TargetEntry.new(kind, 0, 1) for kind in ("UTF8_STRING", "text/plain")]
    # PyGObject has no gtk_clipboard_set_with_data, so the window owns the clipboard by itself.
    Gtk.selection_add_targets(window, Gdk.SELECTION_CLIPBOARD, targets)
    window.connect("selection-get", lambda _window, data, info, _time: get(clipboard, data, info, None))
    Gtk.selection_owner_set(window, Gdk.SELECTION_CLIPBOARD, Gdk.CURRENT_TIME)
    ready()
    return window


def picture(path):
    clipboard = Gtk.Clipboard.get(Gdk.SELECTION_CLIPBOARD)
    clipboard.set_image(GdkPixbuf.Pixbuf.new_from_file(path))
    ready()


def main():
    what, *files = sys.argv[1:]
    kept = None
    if what == "drag":
        drag([pathlib.Path(file).as_uri() for file in files[2:]])
    elif what in ("copy", "bare"):
        kept = copy([pathlib.Path(file).as_uri() for file in files], with_text=what == "copy")
    else:
        picture(*files)
    Gtk.main()
    return kept


if __name__ == "__main__":
    main()
