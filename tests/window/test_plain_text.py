"""Plain text is never used automatically, is offered to peers that do not encrypt, and needs the person's consent."""

import contextlib
import socket
import time
import unittest

from desktop import PATIENCE, WindowTest, wait_for

SECRET = "for your eyes only"


def read_to_end(connection):
    """Everything up to the end."""
    received = b""
    with contextlib.suppress(ConnectionResetError):
        while chunk := connection.recv(4096):
            received += chunk
    return received


class PlainListener(WindowTest):
    """A callee that does not encrypt is called encrypted."""

    def serve(self):
        server = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(server.close)
        server.settimeout(PATIENCE)
        return server, server.getsockname()[1]

    def answer(self, server):
        connection, _ = server.accept()
        self.addCleanup(connection.close)
        connection.settimeout(PATIENCE)
        return connection

    def assert_client_hello_alone(self, received):
        """Fails unless this is one TLS record with a ClientHello and nothing more."""
        self.assertEqual(received[:2], b"\x16\x03")
        self.assertEqual(received[5:6], b"\x01", "a ClientHello")
        self.assertEqual(len(received), 5 + int.from_bytes(received[3:5]), "one record")
        self.assertEqual(len(received), 9 + int.from_bytes(received[6:9]), "one message")

    def test_a_plain_text_server_is_called_in_plain_text_only_by_a_click(self):
        server, port = self.serve()
        data = self.folder("Jun")
        program = self.open_left(data=data)
        program.enter("message")
        program.type(SECRET)
        self.call(program, port)
        connection = self.answer(server)
        connection.sendall(b"hello, this is the server\n")
        self.wait_until("answers in plain text", program)
        received = read_to_end(connection)
        self.assert_client_hello_alone(received)
        self.assertNotIn(SECRET.encode(), received)
        self.assertEqual(program.rows(), [])

        program.press("connect in plain text")
        connection = self.answer(server)
        self.wait_until_connected(program)
        self.wait_until("is plain text", program)
        program.enter("message")
        program.key("Return")
        wait_for(lambda: program.said() == [SECRET], "the row of the sent message", on=program)
        connection.sendall(b"hello again\n")
        wait_for(lambda: program.heard() == ["hello again"], "the server's line", on=program)
        self.quit(program)
        self.assertEqual(read_to_end(connection), SECRET.encode())

        # The choice is remembered for this address only.
        program = self.open_left(data=data)
        self.assertEqual(program.encryption(), "plain text")
        program.press("connect")
        connection = self.answer(server)
        self.wait_until_connected(program)
        self.wait_until("is plain text", program)
        program.press("disconnect")
        self.assertEqual(read_to_end(connection), b"")
        wait_for(lambda: program.button("connect").is_enabled, "Connect can be clicked again", on=program)
        other, other_port = self.serve()
        program.fill("port", str(other_port))
        self.assertEqual(program.encryption(), "encrypted")
        program.press("connect")
        self.assertEqual(self.answer(other).recv(1), b"\x16")

    def test_servers_that_answer_late_or_hang_up_are_reported(self):
        def reply(connection):
            # As a person at the original server, who sees strange characters.
            self.assertTrue(connection.recv(4096))
            connection.sendall("이상한 글자가 왔어요".encode("cp949"))

        def crash(connection):
            # As the original server, which reads only CP949.
            self.assertTrue(connection.recv(4096))
            connection.close()

        cases = (
            ("en", reply, "answers in plain text"),
            ("en", crash, "no encrypted answer"),
            ("ko", reply, "answers in plain text"),
            ("ko", crash, "no encrypted answer"),
        )
        for lang, behave, sentence in cases:
            with self.subTest(lang=lang, sentence=sentence):
                server, port = self.serve()
                program = self.open_left(data=self.folder(), lang=lang)
                self.call(program, port)
                behave(self.answer(server))
                self.wait_until(sentence, program)
                program.press("connect in plain text")
                connection = self.answer(server)
                self.wait_until_connected(program)
                self.wait_until("is plain text", program)
                connection.sendall("잘 보입니다".encode("cp949"))
                wait_for(lambda: program.heard() == ["잘 보입니다"], "the server's line", on=program)
                program.kill()

    def test_plain_on_the_command_line_connects_in_plain_text(self):
        server, port = self.serve()
        data = self.folder()
        program = self.start("--plain", "--connect", f"127.0.0.1:{port}", data=data)
        connection = self.answer(server)
        program.ready()
        self.wait_until_connected(program)
        self.wait_until("is plain text", program)
        program.say("hello")
        program.close()
        self.assertEqual(program.wait_for_end(), 0)
        self.assertEqual(read_to_end(connection), b"hello")
        # Without it, a new address is called encrypted.
        server, port = self.serve()
        self.start("--connect", f"127.0.0.1:{port}", data=data)
        self.assertEqual(self.answer(server).recv(1), b"\x16")


class PlainCaller(WindowTest):
    """A caller does not encrypt."""

    def plain_call(self, port, *lines, host="127.0.0.1"):
        caller = socket.create_connection((host, port), timeout=PATIENCE)
        self.addCleanup(caller.close)
        for line in lines:
            caller.sendall(line)
        return caller

    def test_a_plain_caller_is_asked_about_or_refused(self):
        data = self.folder()
        listener, port = self.listen_wide(data)

        # It is asked about. Its message waits until it was accepted.
        caller = self.plain_call(port, b"let me in\n")
        self.wait_until("asks in plain text", listener)
        self.assertEqual(listener.rows() + listener.notes(), [])
        self.assertFalse(listener.says("let me in"))
        listener.press("accept")
        self.wait_until_connected(listener)
        self.wait_until("is plain text", listener)
        wait_for(lambda: listener.heard() == ["let me in"], "the caller's line", on=listener)
        listener.say("welcome")
        self.assertEqual(caller.recv(100), b"welcome\n")
        listener.press("disconnect")
        self.assertEqual(read_to_end(caller), b"")
        wait_for(lambda: not listener.button("disconnect"), "the end of the conversation", on=listener)

        # Not allowed: it is refused without a question, and a line outside the conversation reports that.
        listener.tick("allow plain text", False)
        before = listener.notes()
        caller = self.plain_call(port, b"me again\n")
        self.assertEqual(read_to_end(caller), b"")
        self.wait_until("plain is not allowed", listener)
        self.assertEqual(listener.notes(), before)
        self.assertFalse(listener.tells("asks in plain text"))
        self.assertEqual(listener.heard(), ["let me in"])

        # The setting is remembered and can be changed back.
        self.quit(listener)
        listener, _ = self.listen_wide(data, port, lang="ko")
        caller = self.plain_call(port, b"and again\n")
        self.assertEqual(read_to_end(caller), b"")
        self.wait_until("plain is not allowed", listener)
        listener.tick("allow plain text", True)
        # A silent caller is taken for plain text after 1 s.
        caller = self.plain_call(port)
        self.wait_until("asks in plain text", listener)
        listener.press("reject")
        self.assertEqual(read_to_end(caller), b"")
        self.wait_until_gone("asks in plain text", listener)

    def test_a_silent_local_caller_is_connected_after_a_moment(self):
        listener = self.open_left("--listen", "127.0.0.1:0", data=self.folder())
        port = int(wait_for(lambda: listener.tells("waiting on port"), "the port", on=listener)[1])
        caller = self.plain_call(port)
        self.wait_until_connected(listener)
        self.wait_until("is plain text", listener)
        listener.say("hello")
        self.assertEqual(caller.recv(100), b"hello")

    def test_a_caller_that_writes_cp949_is_read_and_answered_in_it(self):
        listener = self.open_left("--listen", "127.0.0.1:0", data=self.folder(), korean_input=True)
        port = int(wait_for(lambda: listener.tells("waiting on port"), "the port", on=listener)[1])
        lines = ["안녕하세요", "치킨"]  # The second one is valid UTF-8, too.
        caller = self.plain_call(port, *(f"{line}\r\n".encode("cp949") for line in lines))
        wait_for(lambda: listener.heard() == lines, "the caller's lines", on=listener)
        self.assertTrue(listener.says(r" · CP949\Z"))
        listener.enter("message")
        listener.type_korean("네")
        listener.key("Return")
        self.assertEqual(caller.recv(100), "네\r\n".encode("cp949"))

    def test_plain_text_from_an_address_that_encrypted_before_is_warned_about(self):
        listener, port = self.listen_wide(self.folder())
        # Not over 127.0.0.1, because anyone may call from there.
        told = wait_for(lambda: listener.says(rf"\A([\d.]+):{port}\Z"), "an address to tell", on=listener)[1]
        caller = self.open_right(data=self.folder("Mina"))
        self.meet(listener, caller, port, host=told)
        self.disconnect(caller, listener)
        self.plain_call(port, b"hello\n", host=told)
        self.wait_until("asks in plain text", listener)
        self.wait_until("encrypted before", listener)
        self.assertTrue(listener.says("“Mina” was encrypted here last time"))
        listener.press("accept")
        self.wait_until_connected(listener)
        # In the transcript, too, where it stays.
        wait_for(lambda: any("“Mina” was encrypted here last time" in note for note in listener.notes()), "a note")

    def test_a_duologue_that_hangs_up_or_closes_is_seen_to_leave(self):
        listener = self.open_left("--listen", "127.0.0.1:0", data=self.folder())
        port = wait_for(lambda: listener.tells("waiting on port"), "the port", on=listener)[1]
        data = self.folder()
        call = ("--plain", "--connect", f"127.0.0.1:{port}")
        for leaves, stays in (("caller", "listener"), ("listener", "caller")):
            caller = self.open_right(*call, data=data, lang="en")
            self.wait_until_connected(listener, caller)
            window = {"caller": caller, "listener": listener}
            window[leaves].say("bye")
            wait_for(lambda: window[stays].heard()[-1:] == ["bye"], "the last message", on=window[stays])
            start = time.monotonic()
            if leaves == "caller":
                self.quit(caller)
            else:
                listener.press("disconnect")
            wait_for(lambda: "disconnected" in window[stays].notes()[-1], "the end", on=window[stays])
            # The system would notice after half a minute.
            self.assertLess(time.monotonic() - start, 25)
            self.assertFalse(any("stopped sending" in note for note in window[stays].notes()))


if __name__ == "__main__":
    unittest.main()
