"""Every control fits into the smallest window."""

import contextlib
import unittest

from desktop import BUTTON, COMBO_BOX, ENTRY, SAFETY_NUMBER, WaitError, WindowTest, wait_for

# The smallest size that the program allows.
SMALLEST = (320, 360)


class SmallWindow(WindowTest):
    def assert_all_inside(self, program, state):
        width, _ = program.size()
        beside = []

        def is_inside():
            nodes = [node for role in (BUTTON, COMBO_BOX, ENTRY) for node in program.nodes(role)]
            beside[:] = [node.describe() for node in nodes if node.extents[0] + node.extents[2] > width]
            return not beside

        with contextlib.suppress(WaitError):
            # The layout may take a moment after a change.
            wait_for(is_inside, "all inside")
        self.check(not beside, f"beside a window of {width} points, {state}: {beside}", program)

    def test_every_control_fits_into_the_smallest_window(self):
        for lang, other in (("en", "ko"), ("ko", "en")):
            with self.subTest(lang=lang):
                # With the address controls, which fold away otherwise.
                folder = self.folder("Mina", address_row="always")
                program, port = self.listen_wide(folder, lang=lang)
                program.place(5, 30, *SMALLEST)
                for state, change in (
                    ("listening", lambda: None),
                    ("asked", lambda: self.call_and_be_asked_about(port, program, other)),
                    ("connected", lambda: self.let_in(program, self.caller)),
                    ("comparing", lambda: self.compare(program)),
                ):
                    change()
                    with self.subTest(lang=lang, state=state):
                        self.assert_all_inside(program, state)
                for one in (program, self.caller):
                    one.kill()

    def call_and_be_asked_about(self, port, program, lang):
        self.caller = self.open_right(data=self.folder("Jun"), lang=lang)
        self.call(self.caller, port)
        self.wait_until("asks", program)

    def compare(self, program):
        program.press("verify")
        wait_for(lambda: program.says(SAFETY_NUMBER), "the numbers", on=program)


if __name__ == "__main__":
    unittest.main()
