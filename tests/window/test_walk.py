"""Somebody who sees nothing: two people do everything with the keyboard, and know only what the accessibility tree says."""

import time
import unittest

from desktop import (
    BUTTON, COMBO_BOX, ENTRY, REST_ON_QUESTION, REST_ON_SLOT, SAFETY_NUMBER, Atspi, GLib, WindowTest, free_port, wait_for,
)  # fmt: skip


class Walk(WindowTest):
    def press_by_key(self, program, key, rest=0.0):
        program.walk_to(program.names[key], BUTTON)
        time.sleep(rest)
        program.key("space")

    def fill_by_key(self, program, key, text):
        program.walk_to(program.names[key], ENTRY)
        program.key("ctrl+a")
        program.type(text)
        program.wait_until_written(text, key, 100)

    def say_by_key(self, program, text):
        wait_for(lambda: (entry := program.entry("message")) and entry.is_focused, "the keyboard in the composer", on=program)
        program.type(text)
        program.wait_until_written(text, "message", 100)
        program.key("Return")
        wait_for(lambda: (entry := program.entry("message")) and not entry.text, "an empty composer", on=program)

    def choose_in_menu_of_newest(self, program, words):
        """Opens the menu of the newest message, and chooses this."""
        program.walk_to("Conversation", Atspi.Role.PANEL)
        program.key("End", "Return")
        wait_for(lambda: program.find(words, BUTTON), f"{words!r} in the menu", on=program)
        for _ in range(30):
            if (focused := program.focused()) and focused.name == words:
                break
            program.step("Down")
        program.key("Return")

    def test_two_people_talk_without_seeing_anything(self):
        left, right = self.open_pair()
        announced = []
        listener = Atspi.EventListener.new(lambda event: announced.append(event.any_data))
        self.assertTrue(listener.register("object:announcement"))
        self.addCleanup(listener.deregister, "object:announcement")

        def hears(words):
            while GLib.MainContext.default().iteration(False):
                pass
            return any(words in text for text in announced)

        port = str(free_port())
        # Listen, connect, accept.
        self.fill_by_key(left, "port", port)
        self.press_by_key(left, "listen", REST_ON_SLOT)
        wait_for(lambda: left.button("stop"), "it listens", on=left)
        self.fill_by_key(right, "host", "127.0.0.1")
        self.fill_by_key(right, "port", port)
        self.press_by_key(right, "connect", REST_ON_SLOT)
        self.wait_until("asks", left)
        self.press_by_key(left, "accept", REST_ON_QUESTION)
        self.wait_until_connected(left, right)

        # Send, and hear the answer.
        right.focus()
        self.say_by_key(right, "Which printer is it?")
        wait_for(lambda: hears("Which printer is it?"), "the question is read out", on=(left, right))
        left.focus()
        self.choose_in_menu_of_newest(left, "Reply")
        wait_for(lambda: left.says("Which printer is it"), "what is answered", on=left)
        self.say_by_key(left, "The one at the dor.")
        wait_for(lambda: hears("The one at the dor."), "the answer is read out", on=(left, right))
        answer = wait_for(lambda: right.rows()[-1:], "the answer", on=right)
        self.assertIn("The one at the dor.", answer[0][1])

        # Edit.
        left.key("Up")
        wait_for(lambda: left.entry("message").text == "The one at the dor.", "the answer, to be edited", on=left)
        left.key("BackSpace", "BackSpace")
        left.type("or.")
        left.key("Return")
        wait_for(lambda: right.marked("edited") == ["The one at the door."], "the edited answer", on=(left, right))

        # Verify.
        numbers = []
        for program in (left, right):
            program.focus()
            self.press_by_key(program, "verify")
            numbers.append(wait_for(lambda: program.says(SAFETY_NUMBER), "the numbers", on=program)[0])
            self.press_by_key(program, "they are the same", REST_ON_QUESTION)
            self.wait_until("verified", program)
        self.assertEqual(numbers[0], numbers[1])

        # Change a setting.
        left.focus()
        left.key("ctrl+comma")
        left.walk_to("Theme", COMBO_BOX)
        left.key("space")
        wait_for(lambda: left.find("Dark"), "the themes", on=left)
        for _ in range(10):
            if left.step().name == "Dark":
                break
        left.key("space")
        left.walk_to("Theme", COMBO_BOX)
        left.key("space")
        wait_for(lambda: left.find("Dark").has(Atspi.StateType.CHECKED), "the theme that is chosen", on=left)
        left.key("Escape")
        wait_for(lambda: not left.find("Dark"), "a closed list", on=left)
        left.key("Escape")
        wait_for(lambda: not left.in_dialog("close"), "no dialog", on=left)

        # Leave.
        self.press_by_key(right, "disconnect", REST_ON_SLOT)
        self.wait_until("left", left)


if __name__ == "__main__":
    unittest.main()
