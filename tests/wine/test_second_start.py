"""A second start of the program for Windows with a link hands it to the first one."""

import unittest

from windows import WineTest, wait_for


class SecondStart(WineTest):
    def test_a_link_goes_to_the_program_that_runs(self):
        linux, _ = self.listen_wide(self.folder("Mina"))
        linux.copy_invite()
        self.wait_until("invite copied", linux)
        link = linux.copied()
        data = self.folder("Jun")
        first = self.open_windows(data=data)
        second = self.start_windows(link, data=data)
        self.assertEqual(second.wait_for_end(), 0, second.printed)
        # The first one has called.
        self.wait_until_connected(linux)
        self.wait_until("invited", linux)
        first.say("from the first one")
        wait_for(lambda: linux.heard() == ["from the first one"], "its words", on=(linux, first))
        self.assertFalse((data / "profile-2").exists())
        self.quit(first)


if __name__ == "__main__":
    unittest.main()
