"""A link opens in the program that the person has chosen for it, by a click and not otherwise."""

import os
import socket
import unittest

from desktop import LEFT, PATIENCE, Atspi, WindowTest, wait_for

# It comes first on the path, and notes what it is asked to open.
XDG_OPEN = """#!/bin/sh
printf '%s\\n' "$#" "$@" >> "{log}"
"""


class Links(WindowTest):
    def setUp(self):
        super().setUp()
        folder = self.folder()
        self.log = folder / "opened"
        self.log.touch()
        script = folder / "xdg-open"
        script.write_text(XDG_OPEN.format(log=self.log))
        script.chmod(0o755)
        path = self.desktop.environment["PATH"]
        self.desktop.environment["PATH"] = f"{folder}{os.pathsep}{path}"
        self.addCleanup(self.desktop.environment.update, PATH=path)

    def opened(self):
        """The arguments of all calls, each call after their number."""
        return self.log.read_text().splitlines()

    def test_a_click_opens_the_link_and_nothing_else_does(self):
        server = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(server.close)
        server.settimeout(PATIENCE)
        port = server.getsockname()[1]
        program = self.open("--plain", "--connect", f"127.0.0.1:{port}", data=self.folder()).place(*LEFT)
        peer, _ = server.accept()
        self.addCleanup(peer.close)
        peer.sendall("file:///etc/passwd\nhttp://한국.kr/b?c=d&e=f에서 봤어요\n".encode())
        wait_for(lambda: len(program.heard()) == 2, "both messages", on=program)
        (link,) = program.nodes(Atspi.Role.LINK)
        self.assertEqual(link.name, "http://한국.kr/b?c=d&e=f (xn--3e0b707e.kr)")
        self.assertEqual(self.opened(), [])
        program.focus()
        x, y, width, height = link.extents
        at = ("mousemove", "--window", str(program.window), str(x + width // 2), str(y + height // 2))
        self.desktop.run("xdotool", *at, "click", "1")
        wait_for(lambda: len(self.opened()) >= 2, "the browser", on=program)
        self.assertEqual(self.opened(), ["1", "http://xn--3e0b707e.kr/b?c=d&e=f"])


if __name__ == "__main__":
    unittest.main()
