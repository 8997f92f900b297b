"""Two people talk: one listens, the other connects, both send messages, and one closes the window."""

import re
import time
import unittest

from desktop import WindowTest, wait_for

HELLO = "안녕하세요"
THANKS = "감사합니다"
# Time limit for closing the window, in seconds. The program waits for at most 0.8 s, and never for the other side.
CLOSING = 15
SYLLABLE = re.compile("[가-힣]")


class Conversation(WindowTest):
    def test_two_windows_talk_korean_and_latin_until_one_closes(self):
        left, right = self.open_pair(korean_input=True)
        self.connect(left, right)

        # Korean, with an unfinished last syllable when Enter is pressed.
        left.enter("message")
        left.type_korean(HELLO)
        wait_for(lambda: SYLLABLE.search(left.entry("message").text), "a syllable in the composer", on=left)
        left.key("Return")
        wait_for(lambda: right.heard(), "the Korean message on the other side", on=(left, right))
        self.assertEqual(right.heard(), [HELLO])
        self.assertEqual(left.said(), [HELLO])
        self.assertEqual(left.entry("message").text, "")

        # Latin, from the other window.
        right.enter("message")
        right.type_korean("Good morning!")
        right.key("Return")
        wait_for(lambda: left.heard(), "the Latin message on the other side", on=(left, right))
        self.assertEqual(left.heard(), ["Good morning!"])
        self.assertEqual(right.said(), ["Good morning!"])

        # Both in one line.
        left.enter("message")
        mixed = "OK, " + THANKS
        left.type_korean(mixed)
        left.key("Return")
        wait_for(lambda: len(right.heard()) > 1, "the mixed message on the other side", on=(left, right))
        self.assertEqual(right.heard(), [HELLO, mixed])
        self.assertEqual(left.said(), [HELLO, mixed])
        self.assertEqual(left.entry("message").text, "")
        self.assertEqual(left.heard(), ["Good morning!"])

        # One leaves. The other shows that and can be closed.
        asked = right.close()
        self.assertEqual(right.wait_for_end(), 0)
        self.assertLess(time.monotonic() - asked, CLOSING, "seconds from the request to the end of the process")
        wait_for(lambda: left.says(left.names["left"]), "a word about the other's leaving", on=left)
        wait_for(lambda: left.button("connect").is_enabled, "Connect can be clicked again", on=left)
        asked = left.close()
        self.assertEqual(left.wait_for_end(), 0)
        self.assertLess(time.monotonic() - asked, CLOSING, "seconds from the request to the end of the process")

    def test_korean_in_plain_text_asks_for_the_encoding_once(self):
        program, peer = self.open_with_peer(korean_input=True)
        program.enter("message")
        program.type_korean(HELLO)
        wait_for(lambda: SYLLABLE.search(program.entry("message").text), "a syllable in the composer", on=program)
        program.key("Return")
        # The other side has sent nothing yet, so it may be a program that reads only CP949.
        program.press("send as UTF-8")
        wait_for(lambda: program.said() == [HELLO], "the row of the sent message", on=program)
        self.assertEqual(program.entry("message").text, "")
        # Not asked about again.
        program.enter("message")
        program.type_korean(THANKS)
        program.key("Return")
        wait_for(lambda: program.said() == [HELLO, THANKS], "the second sent message", on=program)
        program.close()
        program.wait_for_end()
        self.assertEqual(self.read_to_end(peer), (HELLO + THANKS).encode())

    def test_korean_to_a_peer_that_wrote_first_is_sent_without_a_question(self):
        program, peer = self.open_with_peer(korean_input=True)
        peer.sendall("반갑습니다\n".encode())
        wait_for(lambda: program.heard() == ["반갑습니다"], "the greeting", on=program)
        program.enter("message")
        program.type_korean(HELLO)
        program.key("Return")
        wait_for(lambda: program.said(), "the row of the sent message", on=program)
        program.close()
        program.wait_for_end()
        self.assertEqual(self.read_to_end(peer), (HELLO + "\n").encode())

    def test_closing_the_window_closes_the_socket_in_order(self):
        program, peer = self.open_with_peer()
        program.enter("message")
        program.type("bye")
        program.key("Return")
        wait_for(lambda: program.said() == ["bye"], "the row of the sent message", on=program)
        # Unread when the window closes: a careless close would send a reset and destroy "bye".
        peer.sendall(b"x" * 1000)
        asked = program.close()
        received = self.read_to_end(peer)
        self.assertEqual(program.wait_for_end(), 0)
        self.assertLess(time.monotonic() - asked, CLOSING, "seconds from the request to the end of the process")
        self.assertEqual(received, b"bye")

    def test_disconnect_ends_the_conversation_and_keeps_the_window(self):
        program, peer = self.open_with_peer()
        peer.sendall(b"hello\n")
        wait_for(lambda: program.heard() == ["hello"], "the greeting", on=program)
        program.press("disconnect")
        self.assertEqual(self.read_to_end(peer), b"")
        wait_for(lambda: program.button("connect").is_enabled, "Connect can be clicked again", on=program)
        self.assertEqual(program.heard(), ["hello"])

    def read_to_end(self, peer):
        """Everything up to the end. A reset fails the test."""
        received = b""
        try:
            while chunk := peer.recv(4096):
                received += chunk
        except ConnectionResetError:
            self.fail(f"the connection was reset instead of closed, after {received!r}")
        return received


if __name__ == "__main__":
    unittest.main()
