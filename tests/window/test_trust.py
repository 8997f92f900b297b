"""Strangers are asked about, verified, recognised, rejected, or mistaken for someone else."""

import re
import socket
import time
import unittest

from desktop import BUTTON, PATIENCE, REST_ON_QUESTION, SAFETY_NUMBER, WindowTest, wait_for

KEY_FILE = "identity.key"


class Trust(WindowTest):
    def people(self, program):
        """(name, fingerprint) of everyone in the list of people."""
        program.press("people")
        wait_for(lambda: program.in_dialog("close"), "the list of people", on=program)
        names = [re.split(r"[,:] ", row.name)[0] for row in program.list_rows()]
        self.close_dialog(program)
        return [(name, self.fingerprint(program, name)) for name in names]

    def fingerprint(self, program, name):
        """The fingerprint of this person's key."""
        program.show_details(name)
        key = wait_for(lambda: program.says(r"\A[0-9a-f]{4}( [0-9a-f]{4}){7}\Z"), "the key", on=program)[0]
        program.close_details()
        return key

    def safety_number(self, program):
        program.press("verify")
        return wait_for(lambda: program.says(SAFETY_NUMBER), "the numbers to compare", on=program)[0]

    def test_a_stranger_is_accepted_verified_and_recognised(self):
        ours, theirs = self.folder("Mina"), self.folder("Jun")
        listener, port = self.listen_wide(ours)
        caller = self.open_right(data=theirs)
        fingerprint = self.own_key(caller)

        self.call(caller, port)
        self.wait_until("asks", listener)
        self.wait_until("waits", caller)
        asked = listener.tells("asks from")
        self.assertEqual(asked[1], "127.0.0.1")
        listener.click(lambda: listener.find(re.compile(listener.names["details of"].format(".+")), BUTTON), "Details")
        self.assertEqual(wait_for(lambda: listener.tells("whole key"), "the whole key", on=listener)[1], fingerprint)
        # Neither name nor message of a caller is shown before it is accepted.
        caller.enter("message")
        caller.type("too early")
        caller.key("Return")
        self.wait_until("nobody is connected", caller)
        self.assertEqual((caller.said(), caller.entry("message").text), ([], "too early"))
        self.assertEqual([text for text in listener.texts() if re.search("Jun|too early", text)], [])
        self.assertEqual(listener.rows() + listener.notes(), [])
        self.assertFalse(caller.says("Mina"))

        # By keyboard.
        listener.answer_by_key("accept")
        self.wait_until_connected(listener, caller)
        self.wait_until("not verified", listener, caller)
        self.check(listener.says(listener.quoted("Jun")) and caller.says(caller.quoted("Mina")), "no names", listener, caller)
        # The text that was written too early waits for another Enter.
        self.assertEqual((listener.heard(), caller.said()), ([], []))
        caller.enter("message")
        caller.key("Return")
        wait_for(lambda: listener.heard() == ["too early"], "the first message", on=(listener, caller))
        self.assert_talking(listener, caller)

        number = self.safety_number(listener)
        self.assertEqual(len(re.findall(r"\d", number)), 60)
        self.assertEqual(self.safety_number(caller), number)
        for program in (listener, caller):
            program.press("they are the same")
        self.wait_until("verified", listener, caller)

        # The caller restarts, then the listener does: there is no question, and they are still verified.
        self.quit(caller)
        self.wait_until("left", listener)
        caller = self.open_right(data=theirs)
        self.call(caller, port)
        self.wait_until_connected(listener, caller)
        self.wait_until("verified", listener, caller)
        self.quit(listener)
        self.wait_until("left", caller)
        listener, _ = self.listen_wide(ours, port)
        caller.press("connect")
        self.wait_until_connected(listener, caller)
        self.wait_until("verified", listener, caller)
        self.assert_talking(listener, caller)

    def test_differing_safety_numbers_end_the_conversation(self):
        listener, port = self.listen_wide(self.folder())
        caller = self.open_right(data=self.folder())
        self.meet(listener, caller, port)
        self.safety_number(listener)
        listener.press("they differ")
        self.wait_until("differ means", listener)
        listener.click(lambda: listener.in_dialog("disconnect"), "Disconnect in the dialog")
        self.wait_until("left", caller)
        wait_for(lambda: not listener.button("disconnect"), "the end of the conversation", on=listener)
        self.assertFalse(listener.tells("verified"))

    def test_a_rejected_caller_is_not_asked_about_again(self):
        listener, port = self.listen_wide(self.folder())
        caller = self.open_right(data=self.folder())
        self.call(caller, port)
        listener.press("reject")
        self.wait_until("was rejected", caller)
        wait_for(lambda: not listener.button("accept"), "no question any more", on=listener)
        caller.press("close")
        wait_for(lambda: not caller.tells("was rejected"), "a closed sentence", on=caller)
        caller.press("connect")
        self.wait_until("was rejected", caller)
        self.assertFalse(listener.tells("asks"))
        self.assertEqual(listener.rows() + listener.notes(), [])

    def test_a_question_that_goes_moves_no_other_one_under_the_pointer(self):
        for lang in ("en", "ko"):
            with self.subTest(lang=lang):
                listener, port = self.listen_wide(self.folder(), lang=lang)
                # From two addresses, because one address is asked about once a minute.
                told = wait_for(lambda: listener.says(rf"\A([\d.]+):{port}\Z"), "an address to tell", on=listener)[1]
                first = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
                self.addCleanup(first.close)
                wait_for(lambda: len(self.answers(listener)) == 1, "a question", on=listener)
                caller = self.open_right(data=self.folder("Jun"))
                self.call(caller, port, told)
                wait_for(lambda: len(self.answers(listener)) == 2, "two questions", on=listener)
                listener.focus()
                x, y, width, height = place = self.answers(listener)[1]
                middle = (str(x + width // 2), str(y + height // 2))
                # Too early.
                self.desktop.run("xdotool", "mousemove", "--window", str(listener.window), *middle, "click", "1")
                time.sleep(REST_ON_QUESTION)
                self.assertEqual(len(self.answers(listener)), 2)
                first.close()
                wait_for(lambda: len(self.answers(listener)) == 1, "one question", on=(listener, caller))
                self.assertEqual(self.answers(listener), [place])
                self.desktop.run("xdotool", "click", "1")
                self.wait_until_connected(listener, caller)
                for program in (listener, caller):
                    program.kill()

    def answers(self, program):
        """Where the buttons are that accept, from top to bottom."""
        nodes = [node for node in program.nodes(BUTTON) if node.name == program.names["accept"]]
        return sorted((node.extents for node in nodes), key=lambda extents: extents[1])

    def test_a_call_to_a_changed_key_stops_until_the_person_decides(self):
        ours, theirs = self.folder("Mina"), self.folder("Jun")
        listener, port = self.listen_wide(ours)
        caller = self.open_right(data=theirs)
        self.meet(listener, caller, port)
        self.safety_number(caller)
        caller.press("they are the same")
        self.wait_until("verified", caller)
        before = self.people(caller)
        self.quit(listener)
        self.wait_until("left", caller)
        # As after a new installation: another key and no contacts.
        for file in ours.iterdir():
            if file.name != "settings.toml":
                file.unlink()
        listener, _ = self.listen_wide(ours, port)

        def is_stopped():
            caller.press("connect")
            self.wait_until("other key", caller)
            for key in ("stop calling", "someone else"):
                self.assertTrue(caller.button(key), caller.names[key])
            self.assertTrue(caller.button("replace verified", "Mina"))

        is_stopped()
        # The other side sees nothing of it, and Stop changes nothing.
        self.assertEqual((listener.button("accept"), listener.rows(), listener.notes()), (None, [], []))
        caller.press("stop calling")
        wait_for(lambda: not caller.tells("other key"), "a closed sentence", on=caller)
        self.assertEqual(self.people(caller), before)

        is_stopped()
        # The old key was verified, so one more question is asked. Enter changes nothing.
        caller.press("replace verified", "Mina")
        self.wait_until("not compared", caller)
        caller.key("Return")
        wait_for(lambda: not caller.tells("not compared"), "a closed question", on=caller)
        self.assertEqual(self.people(caller), before)
        self.assertIsNone(listener.button("accept"))
        caller.press("replace verified", "Mina")
        caller.press("replace the key")
        self.wait_until("asks", listener)
        self.wait_until("waits", caller)
        self.let_in(listener, caller)
        self.wait_until("not verified", caller, listener)
        self.assert_talking(listener, caller)
        # Mina still, with another key.
        after = self.people(caller)
        self.assertEqual([name for name, _ in after], [caller.quoted("Mina")])
        self.assertNotEqual(after, before)
        # From now on this key is expected.
        self.disconnect(caller, listener)
        caller.press("connect")
        self.wait_until_connected(caller, listener)

    def test_messages_for_an_old_key_are_held_until_the_person_decides(self):
        for answer in ("send held", "discard held"):
            with self.subTest(answer=answer):
                ours, theirs = self.folder("Mina"), self.folder("Jun")
                listener, port = self.listen_wide(ours)
                caller = self.open_right(data=theirs)
                self.meet(listener, caller, port)
                self.quit(listener)
                self.wait_until("left", caller)
                caller.say("for the old key")
                (ours / "identity.key").unlink()
                listener, _ = self.listen_wide(ours, port)
                caller.press("connect")
                caller.press("new key for", "Mina")
                self.wait_until_connected(listener, caller)
                self.wait_until("held", caller)
                # What is written now is sent.
                caller.say("for the new key")
                wait_for(lambda: listener.heard() == ["for the new key"], "the new message", on=(listener, caller))
                # After a restart, too.
                self.quit(caller)
                self.wait_until("left", listener)
                caller = self.open_right(data=theirs)
                self.wait_until("held", caller)
                caller.press("connect")
                self.wait_until_connected(listener, caller)
                caller.say("once more")
                wait_for(lambda: listener.heard()[-1] == "once more", "the new message", on=(listener, caller))
                self.assertNotIn("for the old key", listener.heard())
                caller.press(answer)
                wait_for(lambda: not caller.tells("held"), "nothing held", on=caller)
                caller.say("at last")
                wait_for(lambda: listener.heard()[-1] == "at last", "the last message", on=(listener, caller))
                self.assertEqual("for the old key" in listener.heard(), answer == "send held")
                for program in (listener, caller):
                    program.kill()

    def test_somebody_known_at_the_address_of_a_contact_is_named(self):
        for lang in ("en", "ko"):
            with self.subTest(lang=lang):
                listener, port = self.listen_wide(self.folder("Mina"))
                other, others_port = self.listen_wide(others := self.folder("Ara"))
                caller = self.open_right(data=self.folder("Jun"), lang=lang)
                self.meet(listener, caller, port)
                self.disconnect(caller, listener)
                self.meet(other, caller, others_port)
                self.disconnect(caller, other)
                for program in (listener, other):
                    self.quit(program)
                # The address is Ara's now.
                other, _ = self.listen_wide(others, port)
                self.call(caller, port)
                self.wait_until("somebody known", caller)
                self.assertIsNone(caller.button("someone else"))
                self.assertIsNone(caller.button("new key for", "Mina"))
                caller.press("talk to", "Ara")
                self.wait_until_connected(other, caller)
                self.assert_talking(other, caller)
                self.assertEqual(len(self.people(caller)), 2)
                # It is expected there from now on.
                self.disconnect(caller, other)
                self.call(caller, port)
                self.wait_until_connected(other, caller)
                for program in (other, caller):
                    program.kill()

    def test_a_contact_is_never_called_in_plain_text_by_itself(self):
        for lang in ("en", "ko"):
            with self.subTest(lang=lang):
                listener, port = self.listen_wide(self.folder("Mina"))
                theirs = self.folder("Jun")
                caller = self.open_right(data=theirs, lang=lang)
                self.meet(listener, caller, port)
                self.quit(listener)
                wait_for(lambda: not caller.button("disconnect"), "the end of the conversation", on=caller)
                with socket.create_server(("127.0.0.1", port)) as server:
                    server.settimeout(PATIENCE)
                    caller.press("connect")
                    peer, _ = server.accept()
                    peer.sendall(b"hello\n")
                    self.wait_until("contact in plain text", caller)
                    peer.close()
                    self.assertIsNone(caller.button("connect in plain text"))
                    caller.press("close")
                    # The person may choose it, for this call.
                    caller.choose("plain text")
                    self.wait_until("plain to a contact", caller)
                    caller.press("connect")
                    peer, _ = server.accept()
                    self.wait_until("encrypted before", caller)
                    caller.press("disconnect")
                    peer.close()
                    wait_for(lambda: not caller.button("disconnect"), "the end", on=caller)
                    self.assertEqual(caller.encryption(), "encrypted")
                self.assertNotIn(str(port), re.findall(r"plain = \[.*?\]", (theirs / "settings.toml").read_text())[0])
                caller.kill()

    def test_a_changed_key_may_be_someone_else(self):
        ours, others, theirs = self.folder("Mina"), self.folder("Ara"), self.folder("Jun")
        listener, port = self.listen_wide(ours)
        caller = self.open_right(data=theirs)
        self.meet(listener, caller, port)
        self.quit(listener)
        self.wait_until("left", caller)
        other, _ = self.listen_wide(others, port)
        caller.press("connect")
        caller.press("someone else")
        self.let_in(other, caller)
        self.wait_until("not verified", caller, other)
        self.assertEqual(sorted(name for name, _ in self.people(caller)), [caller.quoted("Ara"), caller.quoted("Mina")])

    def test_a_changed_name_is_seen_by_the_other_side(self):
        listener, port = self.listen_wide(self.folder())
        caller = self.open_right(data=self.folder())
        caller.press("change your name")
        wait_for(lambda: caller.entry("your name").is_focused, "the keyboard in the field", on=caller)
        caller.key("ctrl+a")
        caller.type("Mina")
        caller.key("Return")
        wait_for(lambda: not caller.entry("your name"), "a closed field", on=caller)
        self.meet(listener, caller, port)
        wait_for(lambda: listener.says("“Mina” connected"), "the name in the log", on=listener)
        caller.say("hello")
        wait_for(lambda: ("“Mina”", "hello") in listener.rows(), "the name at the message", on=listener)
        self.disconnect(caller, listener)

        # Below the list of people, by keyboard. The next conversation uses the new name.
        caller.show_own_details()
        caller.press("change your name")
        wait_for(lambda: caller.entry("your name").is_focused, "the keyboard in the field", on=caller)
        caller.key("ctrl+a")
        caller.type("Ara")
        caller.walk_to(caller.names["save"], BUTTON)
        caller.key("space")
        wait_for(lambda: not caller.entry("your name"), "a closed field", on=caller)
        self.close_dialog(caller)
        caller.press("connect")
        self.wait_until_connected(caller, listener)
        wait_for(lambda: listener.says("“Ara” connected"), "the new name in the log", on=listener)

    def test_a_stranger_with_a_contacts_name_is_marked(self):
        listener, port = self.listen_wide(self.folder("Jun"))
        mina = self.open_right(data=self.folder("Mina"))
        self.meet(listener, mina, port)
        self.quit(mina)
        self.wait_until("left", listener)

        # The name of a stranger becomes known once it is accepted.
        self.assertFalse(listener.tells("namesake"))
        stranger = self.open_right(data=self.folder("MINA "))
        self.meet(listener, stranger, port)
        wait_for(lambda: listener.says("This “MINA” is not the “Mina” you know"), "a word of warning", on=listener)

    def test_contacts_can_be_blocked_and_forgotten(self):
        listener, port = self.listen_wide(self.folder("Mina"))
        caller = self.open_right(data=self.folder("Jun"))
        self.meet(listener, caller, port)

        # Blocked during a conversation.
        listener.show_details("Jun")
        listener.press("block", "Jun")
        listener.press("block whom", "Jun")
        wait_for(lambda: not caller.button("disconnect"), "the end of the conversation", on=(listener, caller))
        listener.close_details()
        caller.press("connect")
        self.wait_until("was rejected", caller)
        self.assertFalse(listener.tells("asks"))
        caller.press("close")

        # A forgotten person is asked about again.
        listener.show_details("Jun")
        listener.press("unblock", "Jun")
        listener.press("forget", "Jun")
        listener.press("forget whom", "Jun")
        self.wait_until("nobody", listener)
        self.close_dialog(listener)
        caller.press("connect")
        self.let_in(listener, caller)

        # A person who was called once can be called from the list.
        self.disconnect(caller, listener)
        caller.show_details("Mina")
        caller.press("connect to", "Mina")
        self.wait_until_connected(listener, caller)


class DamagedKey(WindowTest):
    GARBAGE = b"no key at all\x00\xff" * 3

    def test_a_damaged_key_is_reported_kept_and_replaced_by_a_click(self):
        for lang in ("en", "ko"):
            with self.subTest(lang=lang):
                folder = self.folder("Jun")
                (folder / KEY_FILE).write_bytes(self.GARBAGE)
                program = self.open_left(data=folder, lang=lang)
                self.wait_until("damaged key", program)
                self.assertIn(str(folder / KEY_FILE), " ".join(program.texts()))
                self.assertEqual((folder / KEY_FILE).read_bytes(), self.GARBAGE)

                # It cannot talk encrypted and says why. In plain text it can.
                other, port = self.listen_here(lang)
                self.call(program, port)
                self.wait_until("damaged key", program)
                self.assertEqual((other.notes(), other.connections()), ([], 0))
                program.choose("plain text")
                program.press("connect")
                self.wait_until_connected(program, other)
                self.assert_talking(program, other)
                self.disconnect(program, other)

                program.choose("encrypted")
                program.press("connect")
                self.wait_until("damaged key", program)
                program.press("make a new key")
                wait_for(lambda: not program.tells("damaged key"), "the sentence gone", on=program)
                self.assertNotEqual((folder / KEY_FILE).read_bytes(), self.GARBAGE)
                self.assertEqual((folder / "identity.bad").read_bytes(), self.GARBAGE)
                program.press("connect")
                self.let_in(other, program)
                self.wait_until("not verified", program, other)
                for window in (program, other):
                    window.kill()

    def listen_here(self, lang):
        other = self.open_right("--listen", "127.0.0.1:0", data=self.folder("Mina"), lang=lang)
        port = wait_for(lambda: other.tells("waiting on port"), "the port it listens on", on=other)[1]
        return other, port


if __name__ == "__main__":
    unittest.main()
