"""An invite is copied in one window, pasted into another, and valid once."""

import base64
import pathlib
import re
import unittest

from desktop import WindowTest, wait_for

TOKEN = re.compile(r"token=([A-Za-z0-9_-]{22})")


class Invite(WindowTest):
    def invite(self, listener):
        """Copies an invite and returns it."""
        listener.copy_invite()
        self.wait_until("invite copied", listener)
        invite = listener.copied()
        self.assertRegex(invite, r"\Aduologue://\S+\?key=\S+&token=\S+\Z")
        return invite

    def assert_nowhere(self, token, *folders):
        """Fails if any file contains the token in any encoding."""
        raw = base64.urlsafe_b64decode(token + "==")
        files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
        self.assertGreaterEqual(len(files), 2 * len(folders))
        for path in files:
            for secret in (token.encode(), raw, raw.hex().encode()):
                self.assertNotIn(secret, path.read_bytes(), path.name)

    def test_a_pasted_invite_admits_a_caller_without_a_question(self):
        ours, theirs = self.folder("Mina"), self.folder("Jun")
        listener, _ = self.listen_wide(ours)
        invite = self.invite(listener)
        token = TOKEN.search(invite)[1]

        caller = self.open_right(data=theirs)
        caller.enter("host")
        caller.key("ctrl+a", "ctrl+v")
        wait_for(lambda: caller.entry("host").text.startswith(invite), "the invite in the host field", on=caller)
        self.wait_until("is an invite", caller)
        caller.press("connect")
        self.wait_until_connected(listener, caller)
        # The link may have been changed on its way, so neither side is verified.
        self.wait_until("invited", listener, caller)
        self.wait_until_gone("invite copied", listener)
        self.assert_talking(listener, caller)

        # The token is nowhere any more: not in the field, not after Ctrl+Z, not among the recent hosts, in no file.
        self.assertNotIn("token", caller.entry("host").text)
        caller.enter("host")
        caller.key("ctrl+z", "ctrl+z")
        caller.say("after Ctrl+Z")
        self.assertEqual([text for text in caller.texts() if token in text], [])
        self.assert_nowhere(token, ours, theirs)
        self.disconnect(caller, listener)
        self.quit(caller)
        self.assert_nowhere(token, ours, theirs)

        # It was valid once: now its holder is asked about. From the command line, as by a click on a link.
        stranger = self.open_right(invite, data=self.folder("Ara"))
        self.wait_until("asks", listener)
        self.wait_until("waits", stranger)
        self.let_in(listener, stranger)
        self.wait_until("not verified", listener)
        self.quit(listener)
        self.assert_nowhere(token, ours, theirs)

    def test_a_click_a_paste_and_enter_lead_from_two_new_starts_to_a_talk(self):
        # No other setting: the windows are as new ones, but for a free port.
        inviter = self.open_left(data=self.folder(port="0"))
        inviter.press("copy invite")
        self.wait_until("invite copied", inviter)
        guest = self.open_right(data=self.folder(port="0"))
        wait_for(lambda: guest.entry("host").is_focused, "the keyboard in the address field", on=guest)
        guest.focus()
        guest.key("ctrl+v")
        wait_for(lambda: guest.entry("host").text.startswith("duologue://"), "the invite alone", on=guest)
        guest.key("Return")
        self.wait_until_connected(inviter, guest)
        self.assert_talking(inviter, guest)

    def test_an_invite_on_the_command_line_connects_at_once(self):
        for lang, other in (("en", "ko"), ("ko", "en")):
            with self.subTest(lang=lang):
                ours, theirs = self.folder("Mina"), self.folder("Jun")
                listener, _ = self.listen_wide(ours, lang=other)
                invite = self.invite(listener)
                caller = self.open_right(invite, data=theirs, lang=lang)
                self.wait_until_connected(listener, caller)
                self.wait_until("invited", listener, caller)
                self.assert_talking(listener, caller)
                self.assertNotIn("token", caller.entry("host").text)
                self.assert_nowhere(TOKEN.search(invite)[1], ours, theirs)
                for program in (listener, caller):
                    program.kill()

    def test_a_second_start_hands_its_invite_to_the_first_window(self):
        ours, theirs = self.folder("Mina"), self.folder("Jun")
        listener, _ = self.listen_wide(ours)
        caller = self.open_right(data=theirs)
        invite = self.invite(listener)

        handed = self.start(invite, data=theirs, lang="ko")
        self.assertEqual(handed.wait_for_end(), 0, handed.printed)
        self.wait_until_connected(listener, caller)
        self.wait_until("invited", listener, caller)
        self.assert_talking(listener, caller)
        self.assertEqual(list(theirs.glob("profile-*")), [])
        self.assert_nowhere(TOKEN.search(invite)[1], ours, theirs)

        # It never ends a conversation. The person does that.
        other, _ = self.listen_wide(self.folder("Ara"))
        another = self.invite(other)
        self.assertEqual(self.start(another, data=theirs).wait_for_end(), 0)
        self.wait_until("invite waits", caller)
        wait_for(lambda: caller.entry("host").text.startswith(another), "the invite in the host field", on=caller)
        self.assert_talking(listener, caller)
        self.disconnect(caller, listener)
        caller.press("connect")
        self.wait_until_connected(caller)
        # It lies under the other window, where nothing is painted.
        other.focus()
        self.wait_until_connected(other)

        # Where nobody is there to take it, it opens a window of its own.
        self.quit(caller)
        listener.focus()
        again = self.open_right(self.invite(listener), data=theirs)
        self.wait_until_connected(listener, again)

    def test_an_invite_on_standard_input_is_in_no_list_of_programs(self):
        ours, theirs = self.folder("Mina"), self.folder("Jun")
        listener, _ = self.listen_wide(ours)
        invite = self.invite(listener)
        mail = theirs.with_name("mail.txt")
        mail.write_text(f"Call me:\n{invite}\n")
        self.addCleanup(mail.unlink)
        caller = self.open_right("-", data=theirs, prefix=["sh", "-c", f'exec "$@" < {mail}', "sh"])
        self.wait_until_connected(listener, caller)
        self.wait_until("invited", listener, caller)
        self.assert_talking(listener, caller)
        arguments = pathlib.Path(f"/proc/{caller.pid}/cmdline").read_text()
        self.assertTrue(arguments.endswith("\0-\0"), arguments)
        self.assertNotIn("token", arguments)

    def test_half_an_invite_is_reported_and_calls_nobody(self):
        listener, _ = self.listen_wide(self.folder())
        invite = self.invite(listener)
        caller = self.open_right(data=self.folder())
        caller.enter("host")
        caller.key("ctrl+a", "ctrl+v", "BackSpace")
        wait_for(lambda: re.match(re.escape(invite[:-1]) + rf"(?!{invite[-1]})", caller.entry("host").text), "most of it", on=caller)
        caller.press("connect")
        self.wait_until("half an invite", caller)
        self.assertEqual((caller.sockets(), listener.connections()), ([], 0))

    def test_a_damaged_link_is_explained_in_a_window(self):
        data = self.folder("Jun")
        link = "duologue://192.0.2.2:50000?key=AAAA"
        program = self.open(link, data=data)
        self.wait_until("half an invite", program)
        program.press("close")
        self.wait_until_gone("half an invite", program)
        self.assertEqual(self.start(link, data=data, lang="ko").wait_for_end(), 0)
        self.wait_until("half an invite", program)
        self.assertEqual(program.sockets(), [])

    def test_an_invite_that_reaches_someone_else_is_reported(self):
        # Another person listens at the address of the invite.
        ours, others = self.folder("Mina"), self.folder("Ara")
        listener, port = self.listen_wide(ours)
        invite = self.invite(listener)
        caller = self.open_right(data=self.folder("Jun"))
        caller.enter("host")
        caller.key("ctrl+a", "ctrl+v")
        wait_for(lambda: caller.entry("host").text.startswith(invite), "the invite in the host field", on=caller)
        self.quit(listener)
        other, _ = self.listen_wide(others, port)
        caller.press("connect")
        self.wait_until("not who invited", caller)
        self.assertEqual((other.button("accept"), other.rows(), other.notes()), (None, [], []))
        self.assertIsNone(caller.button("someone else"))


if __name__ == "__main__":
    unittest.main()
