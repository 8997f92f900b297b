"""How the program starts: arguments, a missing screen, damaged settings, a second start."""

import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import tomllib
import unittest

from desktop import PATIENCE, WindowTest, bare_screen, binary, die_with_parent, wait_for


def run(*args, environment=None):
    """Runs the program without a screen to its end."""
    environment = {"PATH": "/usr/bin:/bin", **(environment or {})}
    with tempfile.TemporaryDirectory() as home:
        return subprocess.run(
            [binary(), *args], env={"HOME": home, **environment}, cwd=home, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=PATIENCE,
        )  # fmt: skip


class WithoutAScreen(unittest.TestCase):
    def test_help_and_version(self):
        for arg in ("--help", "-h"):
            done = run(arg)
            self.assertEqual((done.returncode, done.stderr), (0, ""), arg)
            for option in ("--listen", "--connect", "--plain", "--data-dir", "--lang"):
                self.assertIn(option, done.stdout)
        for arg in ("--version", "-V"):
            done = run(arg)
            self.assertEqual((done.returncode, done.stderr), (0, ""), arg)
            self.assertRegex(done.stdout, r"\Aduologue \d+\.\d+\.\d+\S*\n\Z")

    def test_bad_arguments_print_one_line_and_exit_with_2(self):
        for args in (
            ["--nonsense"],
            ["stray"],
            ["--connect"],
            ["--connect", "somewhere:0"],
            ["--connect", "somewhere:99999"],
            ["--listen", "127.0.0.1:x"],
            ["--listen", "--connect", "somewhere"],
            ["--lang", "fr"],
            ["--encoding-in", "klingon"],
            ["--encoding-out", "utf-16le"],
            ["--data-dir"],
            ["--plain"],
            ["--plain", "--listen"],
        ):
            with self.subTest(args=args):
                done = run(*args)
                self.assertEqual((done.returncode, done.stdout), (2, ""))
                self.assertRegex(done.stderr, r"\A[^\n]{10,}\n\Z")

    def test_a_missing_screen_prints_one_line_that_says_what_to_do(self):
        cases = {
            "none named": {},
            "one that is not there": {"DISPLAY": ":987"},
            "a Wayland one that is not there": {"WAYLAND_DISPLAY": "wayland-987", "XDG_RUNTIME_DIR": "/nowhere"},
        }
        for what, environment in cases.items():
            with self.subTest(what):
                done = run(environment=environment)
                self.assertEqual((done.returncode, done.stdout), (1, ""), done.stderr)
                self.assertRegex(done.stderr, r"\A[^\n]{10,}\n\Z")
                self.assertRegex(done.stderr, r"DISPLAY")
                self.assertNotRegex(done.stderr, r"panicked|RUST_BACKTRACE")


    def test_a_screen_without_an_extension_prints_one_line_that_names_it(self):
        display = bare_screen(self, "-extension", "RANDR")
        done = run(environment={"DISPLAY": display, "RUST_BACKTRACE": "1"})
        self.assertEqual((done.returncode, done.stdout), (1, ""), done.stderr)
        self.assertRegex(done.stderr, r"\Aduologue: [^\n]*RandR[^\n]*\n\Z")


class Start(WindowTest):
    def test_the_listen_argument_listens_at_once(self):
        for lang in ("en", "ko"):
            with self.subTest(lang=lang):
                program = self.open("--listen", "127.0.0.1:0", lang=lang)
                pattern = {"en": r"port (\d+)", "ko": r"(\d+)번 포트"}[lang]
                port = wait_for(lambda: program.says(pattern), "the port it listens on", on=program)[1]
                with socket.create_connection(("127.0.0.1", int(port)), timeout=PATIENCE) as caller:
                    caller.sendall(b"hello")
                    wait_for(lambda: program.heard() == ["hello"], "the caller's word", on=program)

    def test_the_connect_argument_connects_at_once(self):
        program, peer = self.open_with_peer()
        peer.sendall(b"hello\r\n")
        wait_for(lambda: program.heard() == ["hello"], "the peer's word", on=program)

    def test_no_socket_is_opened_without_a_click_or_an_argument(self):
        program = self.open()
        self.assertEqual(program.sockets(), [])

    def test_damaged_settings_are_kept_and_reported(self):
        with tempfile.TemporaryDirectory() as data:
            file = pathlib.Path(data, "settings.toml")
            garbage = b"host = [unclosed\n\xff\x00"
            file.write_bytes(garbage)
            program = self.open(data=data)
            kept = file.with_name("settings.toml.bad")
            self.assertEqual(kept.read_bytes(), garbage)
            wait_for(lambda: program.says(r"settings\.toml\.bad"), "a sentence about it", on=program)
            self.assertEqual(program.entry("host").text, "127.0.0.1")
            program.close()
            self.assertEqual(program.wait_for_end(), 0)
            self.assertEqual(kept.read_bytes(), garbage)

    def test_the_first_start_asks_for_a_name_once(self):
        data = self.folder() / "new"
        program = self.open(data=data, is_new=True)
        wait_for(lambda: program.says("Welcome to Duologue"), "the page", on=program)
        program.type("Mina")
        program.key("Return")
        wait_for(lambda: program.says("Your name: Mina"), "the name", on=program)
        program.close()
        self.assertEqual(program.wait_for_end(), 0)
        self.assertEqual(tomllib.loads((data / "settings.toml").read_text())["name"], "Mina")
        again = self.open(data=data)
        wait_for(lambda: again.says("Your name: Mina"), "the name", on=again)
        self.assertFalse(again.says("Welcome to Duologue"))

    def test_a_folder_beside_the_program_is_used(self):
        folder = self.folder()
        carried = folder / "duologue"
        shutil.copy(binary(), carried)
        (folder / "duologue-data").mkdir()
        home = folder / "home"
        home.mkdir()
        environment = {**self.desktop.environment, "HOME": str(home), "XDG_CONFIG_HOME": str(home)}
        with subprocess.Popen([carried], env=environment, preexec_fn=die_with_parent) as program:
            key = folder / "duologue-data/identity.key"
            wait_for(key.exists, "the key in the folder beside the program")
            program.kill()
        self.assertEqual(list(home.rglob("*duologue*")), [])

    def test_a_second_start_uses_a_second_profile(self):
        data = self.folder()
        first = self.open(data=data)
        self.assertEqual(first.title(), "Duologue")
        self.assertFalse(first.tells("further profile"))
        second = self.open(data=data, lang="ko")
        self.assertNotEqual(first.window, second.window)
        self.assertEqual(second.title(), "Duologue (2)")
        self.wait_until("further profile", second)
        # It has its own key, so that the two can talk with each other.
        self.assertNotEqual(self.own_key(first), self.own_key(second))
        self.connect(first, second)
        self.wait_until("not verified", first, second)
        self.assert_talking(first, second)

    def test_a_second_window_gives_way_to_the_first_once_that_one_answers(self):
        data = self.folder()
        first = self.open(data=data)
        second = self.open(data=data, lang="ko")
        # It can be used while the first one stands still.
        first.process.send_signal(signal.SIGSTOP)
        second.press("show first")
        second.enter("host")
        second.key("ctrl+a")
        second.type("192.0.2.7")
        wait_for(lambda: second.entry("host").text == "192.0.2.7", "what was typed", on=second)
        self.assertFalse(second.tells("no first"))
        self.wait_until("no first", second)
        first.process.send_signal(signal.SIGCONT)
        second.press("show first")
        self.assertEqual(second.wait_for_end(), 0)
        self.assertTrue(first.is_running)

    def test_the_window_remembers_its_size_and_the_address(self):
        with tempfile.TemporaryDirectory() as data:
            program = self.open(data=data)
            program.place(20, 40, 777, 555)
            program.fill_address("192.0.2.1", 4711)
            program.close()
            self.assertEqual(program.wait_for_end(), 0)
            again = self.open(data=data)
            wait_for(lambda: again.size() == (777, 555), "the size from last time", on=again)
            self.assertEqual((again.entry("host").text, again.entry("port").text), ("192.0.2.1", "4711"))

    def test_a_saved_size_larger_than_the_screen_is_ignored(self):
        with tempfile.TemporaryDirectory() as data:
            pathlib.Path(data, "settings.toml").write_text("window = [90000.0, 1.0]\n")
            program = self.open(data=data)
            width, height = program.size()
            self.assertLessEqual(width, 1280)
            self.assertGreaterEqual(height, 200)


if __name__ == "__main__":
    unittest.main()
