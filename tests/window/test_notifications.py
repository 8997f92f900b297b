"""Notifications, shown by a real notification service: one for one message, none in front, and a click opens it."""

import pathlib
import tempfile
import unittest

from desktop import PATIENCE, WindowTest, free_port, shared, wait_for
from hangul import on_korean_keyboard
from test_locked_store import locked

CONFIG = """
[global]
    monitor = 0
    mouse_left_click = do_action
    # The time of the last click or key must not end one early.
    idle_threshold = 0
    # Below the windows.
    origin = bottom-left
    offset = 10x10
[urgency_normal]
    timeout = 0
[note]
    script = {script}
"""

SCRIPT = """#!/bin/sh
printf '%s\\t%s\\n' "$2" "$3" >> "{log}"
"""


class Notifications(WindowTest):
    @classmethod
    def setUpClass(cls):
        """Starts dunst, which runs a script for each notification."""
        desktop = shared()
        folder = pathlib.Path(tempfile.mkdtemp(dir=desktop.home))
        cls.log = folder / "log"
        script = folder / "note"
        script.write_text(SCRIPT.format(log=cls.log))
        script.chmod(0o755)
        config = folder / "dunstrc"
        config.write_text(CONFIG.format(script=script))
        desktop._start("dunst", "-conf", str(config))
        wait_for(lambda: "org.freedesktop.Notifications" in cls.names_on_bus(), "a notification service")

    @classmethod
    def names_on_bus(cls):
        service = "org.freedesktop.DBus"
        listing = f"{service}.ListNames"
        return shared().run("gdbus", "call", "--session", "--dest", service, "--object-path", "/", "--method", listing)

    def setUp(self):
        super().setUp()
        # Of a test before.
        self.desktop.run("dunstctl", "close-all")
        self.log.write_text("")

    def noted(self):
        """Title and text of each notification so far."""
        return [line.split("\t") for line in self.log.read_text().splitlines()]

    def shown(self):
        """How many notifications are on the screen."""
        return int(self.desktop.run("dunstctl", "count", "displayed"))

    def pair(self):
        """Two windows in conversation, the left one behind."""
        left, right = self.open_pair()
        self.connect(left, right)
        right.focus()
        # The caller was announced too, if the left window was behind at that moment.
        wait_for(lambda: self.shown() == 0, "no notification", on=(left, right))
        self.log.write_text("")
        return left, right

    def test_one_message_is_one_notification_whose_click_opens_the_conversation(self):
        left, right = self.pair()
        right.say("Lunch? <b>now</b> & here")
        wait_for(lambda: self.noted(), "a notification", on=(left, right))
        wait_for(lambda: self.shown() == 1, "it on the screen")
        # Further ones would come at once: there is no timer.
        right.say("second")
        wait_for(lambda: len(self.noted()) == 2, "the notification changes", on=(left, right))
        (title, body), (second_title, second_body) = self.noted()
        self.assertTrue(second_title.startswith(title) and second_title.endswith("(2)"), second_title)
        self.assertEqual("Lunch? <b>now</b> & here", body)
        self.assertEqual(second_body, "second")
        self.assertEqual(self.shown(), 1, "one for the conversation")
        wait_for(lambda: left.title().startswith("(2) "), "the number in the title", on=left)
        self.desktop.screenshot(self.desktop.shot_path("notification"))

        window = self.desktop.run("xdotool", "search", "--onlyvisible", "--class", "Dunst").split()[0]
        self.desktop.run("xdotool", "mousemove", "--window", window, "20", "20", "click", "1")
        wait_for(lambda: self.desktop.keyboard_owner() == str(left.window), "the window in front", on=left)
        wait_for(lambda: self.shown() == 0, "no notification left", on=left)
        wait_for(lambda: not left.title().startswith("("), "no number in the title", on=left)

    def test_there_is_none_while_the_window_is_in_front(self):
        left, right = self.pair()
        right.say("behind")
        wait_for(lambda: self.shown() == 1, "a notification", on=(left, right))
        left.focus()
        wait_for(lambda: self.shown() == 0, "it is taken back", on=left)
        # The left window is in front now, the right one is behind.
        left.say("from the front")
        wait_for(lambda: len(self.noted()) == 2, "the notification of the other window", on=(left, right))
        self.assertEqual([body for _, body in self.noted()], ["behind", "from the front"])
        wait_for(lambda: right.title().startswith("(1) "), "the number in its title", on=right)
        self.check(not left.title().startswith("("), "a number in the title of the window in front", left)

    def test_a_muted_conversation_is_not_notified_of(self):
        left, right = self.pair()
        left.press("people")
        wait_for(left.list_rows, "the list", on=left)
        left.click(lambda: left.list_rows()[0], "the conversation", button="3")
        left.press("mute")
        wait_for(lambda: left.names["muted"] in left.list_rows()[0].name, "the row says muted", on=left)
        left.key("Escape")
        right.say("not now")
        wait_for(lambda: "not now" in left.heard(), "the message", on=(left, right))
        # The other window is notified: everything before that would have been shown by now.
        left.say("from the front")
        wait_for(lambda: self.noted(), "the notification of the other window", on=(left, right))
        self.assertEqual([body for _, body in self.noted()], ["from the front"])
        self.check(not left.title().startswith("("), "a number in the title", left)

    def notify(self, title):
        """Shows a notification of another program."""
        service = "org.freedesktop.Notifications"
        self.desktop.run(
            "gdbus", "call", "--session", "--dest", service, "--object-path", "/org/freedesktop/Notifications",
            "--method", f"{service}.Notify", "another", "0", "", title, "", "[]", "{}", "0",
        )  # fmt: skip
        wait_for(lambda: self.shown() > 0, "its notification")

    def test_a_syllable_is_finished_whatever_comes_meanwhile(self):
        data = self.folder()
        before = self.open(data=data)
        before.close()
        before.wait_for_end()
        with locked(data):
            program, peer = self.open_with_peer(data=data, korean_input=True)
            self.wait_until("store in use", program)
            peer.sendall("안녕\n".encode())
            wait_for(program.heard, "the greeting", on=program)
            program.enter("message")
            program.set_korean(True)
            program.type(on_korean_keyboard("한"))
            program.wait_until_written("한", "message", PATIENCE)
        # A toast, a message and a notification.
        self.wait_until("store well", program)
        peer.sendall(b"meanwhile\n")
        wait_for(lambda: "meanwhile" in program.heard(), "the message", on=program)
        self.notify("elsewhere")
        program.type(on_korean_keyboard("글"))
        program.wait_until_written("한글", "message", PATIENCE)
        program.key("BackSpace")
        program.wait_until_written("한그", "message", PATIENCE)
        program.type("f")
        program.wait_until_written("한글", "message", PATIENCE)
        # The focus leaves in the middle of the next syllable, and comes back.
        program.type(on_korean_keyboard("로"))
        program.wait_until_written("한글로", "message", PATIENCE)
        program.enter("host")
        program.enter("message")
        program.key("End", "Return")
        wait_for(lambda: program.said() == ["한글로"], "what was typed, once", on=program)
        self.assertEqual(program.entry("message").text, "")
        program.close()
        program.wait_for_end()
        received = b"".join(iter(lambda: peer.recv(4096), b""))
        self.assertEqual(received, "한글로\n".encode())

    def test_a_caller_is_announced_until_answered(self):
        left, right = self.open_pair()
        port = free_port()
        left.fill_address("127.0.0.1", port)
        left.press("listen")
        wait_for(lambda: left.button("stop"), "it listens", on=left)
        right.fill_address("127.0.0.1", port)
        right.focus()
        right.press("connect")
        wait_for(lambda: self.shown() == 1, "a notification", on=(left, right))
        (title, body), = self.noted()
        self.assertEqual((title, body), ("Someone wants to talk to you", ""))
        left.press("accept")
        self.wait_until_connected(left, right)
        wait_for(lambda: self.shown() == 0, "no notification left", on=left)

    def test_closing_the_window_takes_its_notification_away(self):
        left, right = self.pair()
        right.say("hello")
        wait_for(lambda: self.shown() == 1, "a notification", on=(left, right))
        self.desktop.run("wmctrl", "-i", "-c", str(left.window))
        left.wait_for_end(PATIENCE)
        wait_for(lambda: self.shown() == 0, "no notification left", on=right)


if __name__ == "__main__":
    unittest.main()
