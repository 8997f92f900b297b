"""When both call each other, they have one conversation, whoever was faster."""

import itertools
import re
import time
import unittest

from desktop import BUTTON, WindowTest, free_port, wait_for

# Between the two clicks, in seconds.
DELAYS = (0, 0.02, 0.1)
# How long a program waits for a call that crossed its own, in seconds.
CROSSED = 10


class Crossing(WindowTest):
    def open_both(self, *names):
        """Two windows that listen and have each other's address in their fields."""
        ports = free_port(), free_port()
        programs = []
        for open_one, own, other, name in ((self.open_left, 0, 1, names[0]), (self.open_right, 1, 0, names[1])):
            program = open_one("--listen", f"0.0.0.0:{ports[own]}", data=self.folder(name))
            wait_for(lambda: program.button("stop"), "it listens", on=program)
            program.fill_address("127.0.0.1", ports[other])
            programs.append(program)
        return programs

    def both_connect(self, one, other, delay):
        """Presses Space on Connect in one window and clicks on it in the other, almost at the same time."""
        for program in (one, other):
            wait_for(lambda: program.button("connect").is_enabled, "Connect can be clicked", on=program)
        one.enter("port")
        one.walk_to(one.names["connect"], BUTTON)
        x, y, width, height = other.button("connect").extents
        at = (str(x + width // 2), str(y + height // 2))
        wait = ("sleep", str(delay)) if delay else ()
        # The pointer is there shortly before.
        move = ("mousemove", "--window", str(other.window), *at, "sleep", "0.2")
        self.desktop.run("xdotool", *move, "key", "space", *wait, "click", "1")

    def assert_one_conversation(self, one, other):
        both = (one, other)
        self.wait_until_connected(*both)
        for program in both:
            # If the other call was answered first, the Space is in the composer.
            program.enter("message")
            program.key("ctrl+a", "BackSpace")
            wait_for(lambda: not program.entry("message").text, "an empty composer", on=program)
        self.assert_talking(*both)
        # The other connection may take half a second to end.
        counts = [lambda program=program: program.connections() == 1 for program in both]
        wait_for(lambda: all(count() for count in counts), "one connection", on=both)
        for program in both:
            self.check(not program.button("accept"), "a question left over", *both)
            # Nothing else was shown.
            end = "|".join(program.names[key] for key in ("left", "disconnected"))
            notes = reversed(program.notes())
            begun = list(itertools.takewhile(lambda note: not re.search(end, note), notes))
            self.assertEqual(len(begun), 1, begun)

    def test_strangers_who_call_each_other_have_one_conversation(self):
        for delay in (DELAYS[0], DELAYS[-1]):
            for turned in (False, True):
                with self.subTest(delay=delay, turned=turned):
                    pair = self.open_both("Mina", "Jun")
                    self.both_connect(*(pair[::-1] if turned else pair), delay)
                    self.assert_one_conversation(*pair)
                    for program in pair:
                        program.kill()

    def test_contacts_who_call_each_other_have_one_conversation(self):
        pair = self.open_both("Mina", "Jun")
        self.both_connect(*pair, 0)
        self.assert_one_conversation(*pair)
        for delay in DELAYS:
            for turned in (False, True):
                with self.subTest(delay=delay, turned=turned):
                    self.disconnect(*pair)
                    self.both_connect(*(pair[::-1] if turned else pair), delay)
                    self.assert_one_conversation(*pair)
        # Nothing is left over that would end when its time is up.
        time.sleep(CROSSED + 1)
        for program in pair:
            self.check(program.button("disconnect"), "the conversation is over", *pair)
            self.check(not program.button("close"), "a sentence about the other call", *pair)
        self.assert_talking(*pair)

    def test_calling_back_instead_of_answering_accepts_the_call(self):
        # Which key is larger is random, and decides which call stays.
        for round in range(4):
            with self.subTest(round=round):
                one, other = self.open_both("Mina", "Jun")
                keys = [(program.data / "identity.key").read_bytes()[-32:] for program in (one, other)]
                larger = round % 2 == 0
                if (keys[0] > keys[1]) != larger:
                    one, other = other, one
                one.press("connect")
                self.wait_until("asks", other)
                other.press("connect")
                self.assert_one_conversation(one, other)
                for program in (one, other):
                    program.kill()


if __name__ == "__main__":
    unittest.main()
