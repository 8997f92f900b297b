"""Messages are answered, edited, deleted, reacted to and read: what one does, the other one sees."""

import unittest

from desktop import TOGGLE, WindowTest, wait_for


class Changes(WindowTest):
    def test_what_one_does_with_a_message_the_other_one_sees(self):
        left, right = pair = self.open_pair()
        self.connect(left, right)
        left.say("at three?")
        wait_for(lambda: right.heard() == ["at three?"], "the message", on=pair)

        # A reply, which shows what it answers.
        right.message_menu("at three?")
        right.press("reply")
        right.say("better at four")
        wait_for(lambda: left.find("You: at three?"), "the quote", on=pair)

        # Read, once the other one looks at it.
        left.focus()
        wait_for(lambda: right.marked("read") == ["better at four"], "the mark", on=pair)

        # Edited, by Up in an empty composer. The earlier text is kept.
        left.enter("message")
        left.key("Up")
        wait_for(lambda: left.entry("message").text == "at three?", "the text to edit", on=pair)
        left.key("ctrl+a")
        left.type("at half past three?")
        left.key("Return")
        for program in pair:
            wait_for(lambda: program.marked("edited") == ["at half past three?"], "the edit", on=pair)
        right.press("show earlier texts")
        wait_for(lambda: right.find("at three?"), "the earlier text", on=pair)
        self.close_dialog(right)
        wait_for(lambda: left.find("You: at half past three?"), "the quote of the new text", on=pair)

        # A reaction, given and taken back.
        left.message_menu("better at four")
        left.press("react with", "👍")
        wait_for(lambda: self.reaction(right), "the reaction", on=pair)
        left.click(lambda: self.reaction(left), "the reaction")
        wait_for(lambda: not self.reaction(right), "no reaction", on=pair)

        # Deleted for both, after a question. Nothing of the text is left.
        left.message_menu("at half past three?")
        left.press("delete further")
        left.press("delete for both")
        wait_for(lambda: left.tells("you deleted"), "the sentence", on=pair)
        wait_for(lambda: right.tells("deleted by"), "the sentence on the other side", on=pair)
        for program in pair:
            wait_for(lambda: not program.says("three"), "nothing of the text", on=pair)

    def reaction(self, program):
        return next((node for node in program.nodes(TOGGLE) if node.name.startswith("👍")), None)


if __name__ == "__main__":
    unittest.main()
