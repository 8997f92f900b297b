"""A Windows window and a Linux window talk, encrypted; a Windows side that is killed loses nothing."""

import unittest

from windows import WineTest, free_port, on_korean_keyboard, wait_for

LATER = ["one", "two", "three"]
# Time limit for a call that is made again, in seconds: as in tests/window/test_delivery.py.
CALLED_AGAIN = 300


class Talk(WineTest):
    def setUp(self):
        super().setUp()
        self.port = free_port()
        self.ours, self.theirs = self.folder("Mina"), self.folder("Jun")

    def listen(self, **options):
        return self.open_left("--listen", f"127.0.0.1:{self.port}", data=self.ours, **options)

    def call(self, **options):
        return self.open_windows("--connect", f"127.0.0.1:{self.port}", data=self.theirs, **options)

    def meet_windows(self, **options):
        """A Linux window that listens, and a Windows window that has called it and was let in."""
        linux = self.listen(**options)
        windows = self.call(**options)
        linux.press("accept")
        self.wait_until_connected(linux)
        return linux, windows

    def tell(self, windows, linux, text):
        """Says this in the Windows window, and waits for it in the Linux one."""
        windows.say(text)
        wait_for(lambda: linux.heard()[-1:] == [text], f"{text!r} on the other side", on=(linux, windows))

    def test_words_go_both_ways_encrypted(self):
        linux, windows = pair = self.meet_windows()
        self.wait_until("not verified", linux)
        self.tell(windows, linux, "Hello from Windows")
        answer = "Hello from Linux"
        linux.say(answer)
        wait_for(lambda: linux.marked("delivered") == [answer], "the answer is there", on=pair)
        # Somebody looks at it.
        windows.focus()
        wait_for(lambda: linux.marked("read") == [answer], "the answer is read", on=pair)
        self.quit(windows)
        self.assertEqual(windows.messages(), [(True, "Hello from Windows"), (False, answer)])

    def test_korean_goes_both_ways_composed_by_the_input_method(self):
        linux, windows = pair = self.meet_windows(korean_input=True)
        heard = []
        # The key only toggles, and what it toggles shows in what is said.
        while heard[-1:] != ["ㅇ"]:
            self.assertLess(len(heard), 4, "the Hangul key has no effect")
            if heard:
                windows.key("Hangul")
            windows.say("d")
            heard = wait_for(lambda: (now := linux.heard()) > heard and now, "a letter", on=pair)
        text = "안녕하세요, 여기는 윈도우"
        # Enter follows while the last syllable is composed.
        windows.say(on_korean_keyboard(text))
        wait_for(lambda: linux.heard() == [*heard, text], f"{text!r} on the other side", on=pair)
        answer = "반갑습니다, 여기는 리눅스"
        linux.type_korean(answer)
        linux.key("Return")
        wait_for(lambda: linux.marked("delivered") == [answer], "the answer is there", on=pair)
        self.quit(windows)
        self.assertEqual(windows.messages()[-2:], [(True, text), (False, answer)])

    def test_what_waited_for_a_killed_windows_side_arrives_once(self):
        linux, windows = self.meet_windows()
        self.tell(windows, linux, "before")
        windows.kill()
        wait_for(lambda: not linux.button("disconnect"), "the end of the conversation", on=linux)
        for text in LATER:
            linux.say(text)
        wait_for(lambda: linux.marked("waiting") == LATER, "messages that wait", on=linux)
        windows = self.call()
        wait_for(
            lambda: linux.marked("delivered", "read") == LATER, "all of them there", on=(linux, windows), timeout=CALLED_AGAIN
        )
        # One that arrives twice would do so with the next message.
        self.tell(windows, linux, "after")
        self.quit(windows)
        self.assertEqual(windows.messages(), [(True, "before"), *((False, text) for text in LATER), (True, "after")])

    def test_what_a_killed_windows_side_had_not_sent_arrives_once(self):
        linux, windows = self.meet_windows()
        self.tell(windows, linux, "before")
        linux.kill()
        for text in LATER:
            windows.say(text)
        waiting = "SELECT count(*) FROM outbox"
        wait_for(lambda: windows.stored(waiting) == [(len(LATER),)], "messages that wait on its disk", on=windows)
        windows.kill()
        linux = self.listen()
        windows = self.call()
        wait_for(
            lambda: linux.heard() == ["before", *LATER], "all of them there", on=(linux, windows), timeout=CALLED_AGAIN
        )
        self.tell(windows, linux, "after")
        self.assertEqual(linux.heard(), ["before", *LATER, "after"])
        self.quit(windows)
        self.assertEqual(windows.stored(waiting), [(0,)])


if __name__ == "__main__":
    unittest.main()
