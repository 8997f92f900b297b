"""Messages to a peer that is away are kept and arrive later: once, in order, with their time."""

import time
import unittest

from desktop import PATIENCE, WindowTest, free_port, wait_for
from line import CALLED_AGAIN, Cable

WRITTEN = ["one", "two", "three"]
# How long the line is down, in seconds. Either side notices after 45 s of silence, so both may not notice at all.
DOWN = 30


class Delivery(WindowTest):
    def said(self, speaker, listener):
        """The messages of one side with their times, as shown by that side and by the other side."""
        me, other = speaker.names["me"], listener.names["me"]
        theirs = [(when, text) for who, when, text in listener.timed() if who != other]
        return [(when, text) for who, when, text in speaker.timed() if who == me], theirs

    def wait_until_all_is_there(self, *pair, timeout=PATIENCE):
        """Waits until each side has the other's messages: once, in order, with the time when they were written."""
        for speaker, listener in (pair, pair[::-1]):

            def is_all():
                said, heard = self.said(speaker, listener)
                return said == heard and speaker.marked("delivered", "read") == [text for _, text in said]

            wait_for(is_all, "all that was said on the other side, and marked", on=pair, timeout=timeout)

    def assert_all_stays(self, *pair):
        # A message that arrives twice would do so with the next message.
        self.assert_talking(*pair)
        self.wait_until_all_is_there(*pair)

    def write_for_later(self, program):
        for text in WRITTEN:
            program.say(text)
        wait_for(lambda: program.marked("waiting") == WRITTEN, "messages that wait", on=program)

    def test_a_killed_listener_receives_messages_written_meanwhile(self):
        data, port = self.folder("Mina"), free_port()
        listens = ("--listen", f"127.0.0.1:{port}")
        listener = self.open_left(*listens, data=data)
        caller = self.open_right(data=self.folder("Jun"))
        self.meet(listener, caller, port)
        self.assert_talking(listener, caller)
        listener.kill()
        self.wait_until("calls again", caller)
        self.write_for_later(caller)
        # Without a click.
        listener = self.open_left(*listens, data=data)
        self.wait_until_all_is_there(listener, caller, timeout=CALLED_AGAIN)
        self.assertEqual(listener.heard()[-len(WRITTEN) :], WRITTEN)
        self.assert_all_stays(listener, caller)

    def test_a_killed_caller_receives_messages_written_meanwhile(self):
        listener = self.open_left(data=self.folder("Mina"))
        data = self.folder("Jun")
        caller = self.open_right(data=data)
        self.connect(listener, caller)
        self.assert_talking(listener, caller)
        caller.kill()
        wait_for(lambda: not listener.button("disconnect"), "the end of the conversation", on=listener)
        self.write_for_later(listener)
        caller = self.open_right(data=data)
        # Earlier messages are there, and nothing is called without a click.
        wait_for(lambda: len(caller.rows()) == 2, "what was said before", on=caller)
        self.assertEqual(caller.sockets(), [])
        caller.press("connect with", "Mina")
        self.wait_until_all_is_there(listener, caller, timeout=CALLED_AGAIN)
        self.assertEqual(caller.heard()[-len(WRITTEN) :], WRITTEN)
        self.assert_all_stays(listener, caller)

    def test_a_broken_line_loses_nothing(self):
        cable = Cable(self)
        port = free_port()
        listener = self.open_left("--listen", f"0.0.0.0:{port}", data=self.folder("Mina"), prefix=cable.at(0))
        caller = self.open_right(data=self.folder("Jun"), prefix=cable.at(1))
        self.meet(listener, caller, port, cable.ADDRESSES[0])
        self.assert_talking(listener, caller)
        cable.pull()
        began = time.monotonic()
        minute = time.localtime().tm_min
        for number in range(2):
            caller.say(f"from the caller {number}")
            listener.say(f"from the listener {number}")
        # The messages are written in another minute than they arrive in.
        wait_for(lambda: time.monotonic() - began >= DOWN and time.localtime().tm_min != minute, "another minute")
        self.assertEqual((len(listener.heard()), len(caller.heard())), (1, 1))
        cable.plug_in()
        self.wait_until_all_is_there(listener, caller, timeout=CALLED_AGAIN)
        self.assertEqual((len(listener.heard()), len(caller.heard())), (3, 3))
        self.assert_all_stays(listener, caller)

    def test_waiting_messages_survive_closing_the_window(self):
        ours, theirs = self.folder("Mina"), self.folder("Jun")
        left, right = self.open_left(data=ours), self.open_right(data=theirs)
        self.connect(left, right)
        self.assert_talking(left, right)
        self.disconnect(right, left)
        for program in (left, right):
            program.say("later")
            wait_for(lambda: program.marked("waiting") == ["later"], "a message that waits", on=program)
        left.enter("message")
        left.type("a draft")
        wait_for(lambda: left.entry("message").text == "a draft", "a draft", on=left)
        # Asked once, and the window can be kept open.
        left.close()
        asked = wait_for(lambda: left.tells("not delivered"), "the question", on=left)
        self.assertEqual(asked[1], "1")
        left.press("keep open")
        self.wait_until_gone("not delivered", left)
        for program in (left, right):
            program.close()
            program.press("close anyway")
            self.assertEqual(program.wait_for_end(), 0)

        left, right = self.open_left(data=ours), self.open_right(data=theirs)
        for program in (left, right):
            wait_for(lambda: len(program.rows()) == 3, "the last conversation", on=program)
            self.assertEqual(program.marked("waiting"), ["later"])
        wait_for(lambda: left.entry("message").text == "a draft", "the draft", on=left)
        self.never(lambda: left.sockets() + right.sockets(), 2, "a socket without a click", on=(left, right))
        left.press("listen")
        wait_for(lambda: left.button("stop"), "it listens", on=left)
        right.press("connect with", "Mina")
        self.wait_until_all_is_there(left, right, timeout=CALLED_AGAIN)
        self.assertEqual((left.heard()[-1:], right.heard()[-1:]), (["later"], ["later"]))
        self.assertEqual(left.entry("message").text, "a draft")


if __name__ == "__main__":
    unittest.main()
