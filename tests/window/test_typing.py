"""Who writes is seen to write, unless they would rather not."""

import time
import unittest

from desktop import WindowTest, wait_for

# A side that said it writes and says nothing more has stopped.
STOPS = 8
# What would be told is told at once; so long is watched for what must not be.
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
        # Nothing left of it.
        self.clear()
        self.wait_until_gone("is writing", self.reader)
        # Writing, and then nothing more for long.
        began = time.monotonic()
        self.write("hmm")
        self.wait_until("is writing", self.reader)
        self.wait_until_gone("is writing", self.reader)
        self.assertGreater(time.monotonic() - began, STOPS - 2)
        self.assertLess(time.monotonic() - began, 3 * STOPS)
        # The message itself.
        self.write(" well")
        self.wait_until("is writing", self.reader)
        self.writer.key("Return")
        wait_for(lambda: self.reader.heard() == ["hmm well"], "the message", on=self.reader)
        self.assertFalse(self.reader.tells("is writing"))
        # The writer is told nothing of oneself.
        self.assertFalse(self.writer.tells("is writing"))

    def test_typing_is_not_sent_when_turned_off(self):
        self.write("hel")
        self.wait_until("is writing", self.reader)
        # In the middle of it.
        self.writer.tick("show typing", False)
        self.wait_until_gone("is writing", self.reader)
        self.write("lo")
        self.never(lambda: self.reader.tells("is writing"), WATCH, "word of writing", on=(self.writer, self.reader))
        # Remembered by the program, and taken back.
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
