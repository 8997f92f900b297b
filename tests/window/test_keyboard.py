"""Everything can be done by keyboard."""

import re
import unittest

from desktop import BUTTON, COMBO_BOX, ENTRY, LABEL, WindowTest, free_port, wait_for
from names import NAMES


class Keyboard(WindowTest):
    def walk_round(self, program, key):
        """Presses Tab for one round. Returns the focused elements in order."""
        seen = []
        for _ in range(40):
            now = program.step(key)
            if seen and now.identity == seen[0].identity:
                return seen
            seen.append(now)
        self.fail(f"40 times {key} did not come round: {[node.describe() for node in seen]}")

    def test_tab_reaches_every_control(self):
        fresh = self.open()
        talking, peer = self.open_with_peer(lang="ko")
        peer.sendall(b"hello\n")
        wait_for(talking.heard, "a greeting", on=talking)
        everywhere = ["host", "port", "listen", "menu", "message"]
        for program, wanted in (
            (fresh, [*everywhere, "encryption", "connect"]),
            (talking, [*everywhere, "disconnect", "send"]),
        ):
            with self.subTest(lang=program.lang):
                forth = self.walk_round(program, "Tab")
                names = [node.name for node in forth]
                for key in wanted:
                    self.assertEqual(names.count(program.names[key]), 1, f"{program.names[key]!r} in {names}")
                # The same backwards.
                back = [node.name for node in self.walk_round(program, "shift+Tab")]
                start = back.index(names[0])
                self.assertEqual(list(reversed(back[start + 1 :] + back[: start + 1])), names)

    def test_tab_follows_the_visual_order(self):
        program = self.open()
        order = [program.names[key] for key in ("host", "encryption", "port", "listen", "connect", "menu", "message")]
        names = [node.name for node in self.walk_round(program, "Tab")]
        start = names.index(order[0])
        names = names[start:] + names[:start]
        self.assertEqual([name for name in names if name in order], order)

    def test_every_focusable_control_has_a_name(self):
        program, peer = self.open_with_peer()
        for number in range(3):
            peer.sendall(b"line %d\n" % number)
        wait_for(lambda: len(program.heard()) == 3, "three lines", on=program)
        nameless = [node.describe() for node in self.walk_round(program, "Tab") if not node.name]
        self.assertEqual(nameless, [])

    def test_a_conversation_works_by_keyboard(self):
        listener, caller = self.open_pair()
        port = str(free_port())
        for program, button, key in ((listener, "listen", "space"), (caller, "connect", "Return")):
            program.walk_to(program.names["port"], ENTRY)
            program.key("ctrl+a")
            program.type(port)
            wait_for(lambda: program.entry("port").text == port, "the port in its field", on=program)
            program.walk_to(program.names[button], BUTTON)
            program.key(key)
            if program is listener:
                wait_for(lambda: listener.button("stop"), "it listens", on=listener)
        self.wait_until("asks", listener)
        listener.answer_by_key("accept")
        for program in (listener, caller):
            wait_for(lambda: program.button("disconnect"), "it is connected", on=(listener, caller))

        caller.walk_to(caller.names["message"], ENTRY)
        caller.type("by hand")
        caller.walk_to(caller.names["send"], BUTTON)
        caller.key("space")
        wait_for(lambda: listener.heard() == ["by hand"], "what was sent with the button", on=(listener, caller))
        wait_for(lambda: caller.entry("message").is_focused, "the keyboard back in the composer", on=caller)

        caller.walk_to(caller.names["disconnect"], BUTTON)
        caller.key("space")
        wait_for(lambda: listener.says(listener.names["left"]), "the end of the conversation", on=listener)

    def test_an_emoji_is_found_and_sent_by_keyboard(self):
        program, peer = self.open_with_peer()
        # It is answered in the encoding that it writes, and CP949 has no emoji.
        peer.sendall("안녕하세요, 반갑습니다 🍕\n".encode())
        wait_for(program.heard, "a greeting", on=program)
        program.enter("message")
        program.type("look")
        program.walk_to(program.names["emoji"], BUTTON)
        program.key("space")
        wait_for(lambda: program.entry("search emoji"), "the picker", on=program)
        wait_for(lambda: program.entry("search emoji").is_focused, "the keyboard in it", on=program)
        program.type("pizza")
        wait_for(lambda: program.find("pizza", LABEL), "what was found", on=program)
        program.key("Return")
        wait_for(lambda: program.entry("message").is_focused, "the keyboard back in the composer", on=program)
        wait_for(lambda: program.entry("message").text == "look🍕", "the emoji at the caret", on=program)
        program.key("Return")
        wait_for(lambda: program.said() == ["look🍕"], "the sent message", on=program)

    def test_enter_in_the_port_field_connects(self):
        listener = self.open("--listen", "127.0.0.1:0")
        port = wait_for(lambda: listener.says(r"port (\d+)"), "the port it listens on", on=listener)[1]
        caller = self.open()
        caller.walk_to(caller.names["port"], ENTRY)
        caller.key("ctrl+a")
        caller.type(port)
        caller.key("Return")
        self.wait_until("asks", listener)
        self.wait_until("waits", caller)

    def test_shift_enter_breaks_the_line_and_up_recalls_it(self):
        # With an input method between keyboard and window, as on a Korean computer.
        program, peer = self.open_with_peer(korean_input=True)
        program.enter("message")
        program.set_korean(False)
        program.type("one")
        program.key("shift+Return")
        program.type("two")
        wait_for(lambda: program.entry("message").text == "one\ntwo", "two lines in the composer", on=program)
        self.assertEqual(program.said(), [])
        # Both lines are visible: nothing covers the composer.
        _, top, _, height = program.entry("message").extents
        hint = wait_for(lambda: program.find(re.compile("2 lines")), "how many messages these will be", on=program)
        self.check(top >= hint.extents[1] + hint.extents[3], "the composer's top", program)
        self.check(top + height <= program.size()[1], "the composer's bottom", program)
        program.key("Return")
        wait_for(lambda: program.said() == ["one\ntwo"], "the row of the sent message", on=program)
        self.assertEqual(program.entry("message").text, "")

        # The composer is still focused.
        program.key("Up")
        wait_for(lambda: program.entry("message").text == "one\ntwo", "the last message, to be changed", on=program)
        program.type("!")
        program.key("Return")
        wait_for(lambda: program.said() == ["one\ntwo", "one\ntwo!"], "the changed message", on=program)

        # In an unfinished text, Up is an ordinary arrow key.
        program.type("new")
        program.key("Up")
        program.type("a ")
        wait_for(lambda: program.entry("message").text == "a new", "the caret at the start", on=program)

    def test_escape_closes_the_menu_and_the_settings_change_the_language(self):
        program = self.open()
        at_rest = len(program.nodes())
        program.walk_to(program.names["menu"], BUTTON)
        program.key("space")
        wait_for(lambda: len(program.nodes()) > at_rest, "an open menu", on=program)
        program.key("Escape")
        wait_for(lambda: len(program.nodes()) == at_rest, "a closed menu", on=program)

        program.key("ctrl+comma")
        program.walk_to("Language", COMBO_BOX)
        program.key("space")
        wait_for(lambda: program.find(re.compile("한국어")), "Korean in the list", on=program)
        for _ in range(10):
            if "한국어" in program.step().name:
                break
        program.key("space")
        korean = NAMES["ko"]["listen"]
        wait_for(lambda: program.find(NAMES["ko"]["close"], BUTTON), "Korean settings", on=program)
        program.key("Escape")
        wait_for(lambda: program.find(korean, BUTTON), "a Korean window", on=program)


if __name__ == "__main__":
    unittest.main()
