"""A click counts, however fast it is and whatever the pointer does next."""

import signal
import unittest

from desktop import LEFT, RIGHT, WindowTest, wait_for

TIMES = 40


class Clicks(WindowTest):
    def test_a_click_counts_in_a_window_just_raised_even_if_the_pointer_leaves_at_once(self):
        program = self.open(data=self.folder()).place(*LEFT)
        other = self.open(data=self.folder()).place(*RIGHT)
        x, y, width, height = program.button("people").extents
        move = ("mousemove", "--window", str(program.window))
        at = (*move, str(x + width // 2), str(y + height // 2))
        for _ in range(TIMES):
            other.focus()
            program.focus()
            # It is busy meanwhile, as with painting on a slow computer.
            program.process.send_signal(signal.SIGSTOP)
            self.desktop.run("xdotool", *at, "click", "1", *move, "300", "300")
            program.process.send_signal(signal.SIGCONT)
            wait_for(lambda: program.in_dialog("close"), "the list of people", on=program)
            self.close_dialog(program)


if __name__ == "__main__":
    unittest.main()
