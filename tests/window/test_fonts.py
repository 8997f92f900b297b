"""Fonts: what no font has is shown as a box, even where the system has no font at all."""

import tempfile
import unittest
from pathlib import Path

from desktop import WindowTest, wait_for


class NoFonts(WindowTest):
    """Fontconfig reads one folder, which is empty."""

    def without_fonts(self):
        folder = tempfile.TemporaryDirectory(dir=self.desktop.home)
        self.addCleanup(folder.cleanup)
        empty = Path(folder.name, "fonts")
        empty.mkdir()
        settings = Path(folder.name, "fonts.conf")
        settings.write_text(f"<fontconfig><dir>{empty}</dir><cachedir>{folder.name}/cache</cachedir></fontconfig>")
        return ("env", f"FONTCONFIG_FILE={settings}")

    def test_a_character_that_no_font_has_ends_neither_the_program_nor_the_next_one(self):
        prefix, data = self.without_fonts(), self.folder()
        program, peer = self.open_with_peer(data=data, prefix=prefix)
        peer.sendall("漢\n".encode())
        wait_for(lambda: program.heard() == ["漢"], "the peer's message", on=program)
        peer.sendall("한글\n".encode())
        wait_for(lambda: program.heard() == ["漢", "한글"], "what comes after it", on=program)
        program.say("hello")
        self.quit(program)

        program = self.open(data=data, prefix=prefix)
        wait_for(lambda: program.heard() == ["漢", "한글"], "the kept messages", on=program)
        self.quit(program)


if __name__ == "__main__":
    unittest.main()
