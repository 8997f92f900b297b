"""Messages that were kept can be searched, exported and erased."""

import pathlib
import unittest

from desktop import WindowTest, wait_for


class History(WindowTest):
    def test_a_search_finds_a_korean_word_and_jumps_to_it(self):
        program, peer = self.open_with_peer(korean_input=True)
        peer.sendall("안녕하세요\n".encode())
        wait_for(lambda: program.heard(), "the greeting", on=program)
        program.enter("message")
        lunch = "점심은 국수로 할까요?"
        program.type_korean(lunch)
        program.key("Return")
        wait_for(lambda: program.said() == [lunch], "the sent message", on=program)
        peer.sendall("".join(f"{number}번째 줄\n" for number in range(1, 41)).encode())
        wait_for(lambda: program.heard()[-1:] == ["40번째 줄"], "forty lines", on=program)
        self.assertEqual(program.said(), [], "it is scrolled out of view")
        program.key("ctrl+f")
        wait_for(lambda: (field := program.entry("search")) and field.is_focused, "the field", on=program)
        program.type_korean("국수", into="search")
        found = wait_for(lambda: program.tells("found"), "what was found", on=program)
        self.assertEqual(found[1], "1")
        program.key("Return")
        wait_for(lambda: program.said() == [lunch], "the message in view", on=program)
        program.key("Escape")
        wait_for(lambda: not program.entry("search"), "a closed search", on=program)

    def test_a_conversation_is_exported_and_erased(self):
        data = self.folder()
        program, peer = self.open_with_peer(data=data)
        peer.sendall(b"hello\n")
        wait_for(lambda: program.heard() == ["hello"], "the greeting", on=program)
        program.from_menu("settings")
        self.wait_until("on the disk", program)
        program.press("export as", "JSON")
        path = wait_for(lambda: program.tells("exported"), "where it was written", on=program)[1]
        self.assertIn('"hello"', pathlib.Path(path).read_text())
        program.press("close")
        program.from_menu("settings")
        program.press("clear conversation")
        program.press("erase", "127.0.0.1:" + str(peer.getsockname()[1]))
        wait_for(lambda: program.rows() == [], "an empty conversation", on=program)


if __name__ == "__main__":
    unittest.main()
