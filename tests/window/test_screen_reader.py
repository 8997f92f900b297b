"""A screen reader announces what happens in the window."""

import unittest

from desktop import LABEL, LIST_ITEM, Atspi, GLib, WindowTest, wait_for


class ScreenReader(WindowTest):
    def test_the_window_has_a_title(self):
        program = self.open()
        frames = program.nodes(Atspi.Role.FRAME)
        self.assertEqual(len(frames), 1)
        self.assertIn("Duologue", frames[0].name)

    def test_received_messages_are_announced_once(self):
        announced = []
        listener = Atspi.EventListener.new(lambda event: announced.append(event.any_data))
        self.assertTrue(listener.register("object:announcement"))
        self.addCleanup(listener.deregister, "object:announcement")
        program, peer = self.open_with_peer()
        context = GLib.MainContext.default()

        def hears(expected):
            while context.iteration(False):
                pass
            return announced == expected

        peer.sendall("반갑습니다\n".encode())
        wait_for(lambda: hears(["127.0.0.1: 반갑습니다"]), f"one announcement, not {announced}", on=program)
        peer.sendall(b"one more\n")
        both = ["127.0.0.1: 반갑습니다", "127.0.0.1: one more"]
        wait_for(lambda: hears(both), f"a second announcement, not {announced}", on=program)
        # Rows that become visible by scrolling are not announced.
        for number in range(60):
            peer.sendall(b"%d\n" % number)
        wait_for(lambda: program.heard()[-1:] == ["59"], "many rows", on=program)
        hears([])
        announced.clear()
        program.focus()
        x, y, width, height = program.nodes(LIST_ITEM)[-1].extents
        at = (str(x + width // 2), str(y - 40))
        self.desktop.run("xdotool", "mousemove", "--window", str(program.window), *at)

        def scrolled():
            self.desktop.run("xdotool", "click", "--repeat", "5", "4")
            return "59" not in program.heard()

        # A turn of the wheel counts only once the window knows where the pointer is.
        wait_for(scrolled, "older rows in view", on=program)
        self.assertTrue(hears([]), announced)

    def test_the_newest_message_is_one_live_label(self):
        program, peer = self.open_with_peer()
        peer.sendall(b"hello\n")
        wait_for(lambda: program.find("127.0.0.1: hello", LABEL), "the label that is announced", on=program)


if __name__ == "__main__":
    unittest.main()
