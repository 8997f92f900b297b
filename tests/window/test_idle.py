"""An idle window costs nothing, and a minimised one still receives messages."""

import time
import unittest

from desktop import WindowTest, wait_for

# The caret blinks for 10 s after the last key.
REST = 11
# A program that has not woken up for this time is idle.
QUIET = 2
MEASURE = 10
# An encrypted side sends a ping after 15 s of silence.
WITH_PINGS = 20
# Of 10 ms each.
MOST_TICKS = 2
# No frame can be painted without waking the main thread.
MOST_WAKEUPS = 5


class Idle(WindowTest):
    def measure(self, programs, seconds):
        """Waits until the programs are idle, then counts what they do in this time."""
        # Nothing is waited for here: idle time is what is measured.
        time.sleep(REST)
        # On a busy computer the last frames come later.
        wait_for(lambda: self.are_quiet(programs.values()), "programs at rest", on=programs.values())
        before = {state: (program.cpu_ticks(), program.wakeups()) for state, program in programs.items()}
        time.sleep(seconds)
        after = {state: (program.cpu_ticks(), program.wakeups()) for state, program in programs.items()}
        for state in programs:
            ticks, wakeups = (now - then for now, then in zip(after[state], before[state]))
            print(f"{state}: {ticks} ticks, {wakeups} wake-ups in {seconds} s; ", end="", flush=True)
            with self.subTest(state=state):
                self.assertLessEqual(ticks, MOST_TICKS, "clock ticks")
                self.assertLessEqual(wakeups, MOST_WAKEUPS, "times the main thread woke up")

    def are_quiet(self, programs):
        before = [program.wakeups() for program in programs]
        time.sleep(QUIET)
        return [program.wakeups() for program in programs] == before

    def test_an_idle_window_costs_nothing(self):
        idle = self.open()
        listening = self.open("--listen", "127.0.0.1:0")
        wait_for(lambda: listening.button("stop"), "it listens", on=listening)
        ended, gone = self.open_with_peer()
        gone.close()
        wait_for(lambda: ended.says(ended.names["left"]), "the end of the conversation", on=ended)
        connected, peer = self.open_with_peer()
        peer.sendall(b"hello\n")
        wait_for(lambda: connected.heard() == ["hello"], "the greeting", on=connected)
        # With the caret in it and the mouse over it.
        connected.enter("message")
        connected.type("draft")
        wait_for(lambda: connected.entry("message").text == "draft", "a draft", on=connected)

        # An earlier conversation with a waiting message.
        data = self.folder()
        kept, other = self.open(data=data), self.open()
        self.connect(other, kept)
        self.assert_talking(other, kept)
        self.disconnect(other, kept)
        kept.say("later")
        other.kill()
        kept.kill()
        kept = self.open(data=data)
        wait_for(lambda: kept.marked("waiting") == ["later"], "the last conversation", on=kept)

        programs = {"idle": idle, "listening": listening, "ended": ended, "connected": connected, "kept": kept}
        self.measure(programs, MEASURE)

    def test_an_idle_encrypted_conversation_costs_nothing(self):
        listener, caller = self.open_pair()
        self.connect(listener, caller)
        self.assert_talking(listener, caller)
        self.measure({"listener": listener, "caller": caller}, WITH_PINGS)
        # Both were silent for longer than the time after which a ping is sent.
        self.assert_talking(listener, caller)

    def test_a_minimised_window_receives_messages(self):
        program, peer = self.open_with_peer()
        program.minimize()
        # Far more than the system's buffers hold, so that it can be sent only if the other side reads.
        for number in range(1, 3001):
            peer.sendall(b"%d %s\n" % (number, b"x" * 5000))
        peer.sendall(b"the newest\n")
        program.focus()
        wait_for(lambda: program.heard()[-1:] == ["the newest"], "the newest row", on=program)
        self.assertRegex(program.heard()[-2], r"\A3000 x+")


if __name__ == "__main__":
    unittest.main()
