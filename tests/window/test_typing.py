"""Typing is shown to the other side, unless that is turned off."""

import time
import unittest

from desktop import WindowTest, wait_for

# A typing line disappears after this time without news, in seconds.
STOPS = 8
# How long to watch for a typing line that must not appear, in seconds. It would appear at once.
WATCH = 2


class Typing(WindowTest):
    def setUp(self):
        super().setUp()
        self.writer, self.reader = self.open_left(data=self.folder("Mina")), self.open_right(data=self.folder("Jun"))
        self.connect(self.reader, self.writer)

    def write(self, text):
        before = self.writer.entry("message").text
        self.writer.enter("message")
        self.writer.key("End")
        self.writer.type(text)
        wait_for(lambda: self.writer.entry("message").text == before + text, "the text", on=self.writer)

    def clear(self):
        self.writer.enter("message")
        self.writer.key("ctrl+a", "BackSpace")
        wait_for(lambda: not self.writer.entry("message").text, "an empty composer", on=self.writer)

    def test_typing_is_shown_until_it_ends(self):
        self.assertFalse(self.reader.tells("is writing"))
        self.write("hel")
        said = wait_for(lambda: self.reader.tells("is writing"), "that one writes", on=(self.writer, self.reader))
        self.assertIn("Mina", said[1])
        # After everything was deleted.
        self.clear()
        self.wait_until_gone("is writing", self.reader)
        # After a long pause.
        began = time.monotonic()
        self.write("hmm")
        self.wait_until("is writing", self.reader)
        self.wait_until_gone("is writing", self.reader)
        self.assertGreater(time.monotonic() - began, STOPS - 2)
        self.assertLess(time.monotonic() - began, 3 * STOPS)
        # After the message was sent.
        self.write(" well")
        self.wait_until("is writing", self.reader)
        self.writer.key("Return")
        wait_for(lambda: self.reader.heard() == ["hmm well"], "the message", on=self.reader)
        self.assertFalse(self.reader.tells("is writing"))
        # One's own typing is not shown.
        self.assertFalse(self.writer.tells("is writing"))

    def test_typing_is_not_sent_when_turned_off(self):
        self.write("hel")
        self.wait_until("is writing", self.reader)
        # While typing.
        self.writer.tick("show typing", False)
        self.wait_until_gone("is writing", self.reader)
        self.write("lo")
        self.never(lambda: self.reader.tells("is writing"), WATCH, "word of writing", on=(self.writer, self.reader))
        # The setting is remembered and can be changed back.
        self.quit(self.writer)
        self.wait_until("left", self.reader)
        self.writer = self.open_left(data=self.writer.data)
        self.writer.press("connect")
        self.wait_until_connected(self.writer, self.reader)
        self.write("hel")
        self.never(lambda: self.reader.tells("is writing"), WATCH, "word of writing", on=(self.writer, self.reader))
        self.writer.tick("show typing", True)
        self.write("lo")
        self.wait_until("is writing", self.reader)


if __name__ == "__main__":
    unittest.main()
