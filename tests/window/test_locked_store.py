"""Another program has locked the contacts and messages while Duologue starts."""

import contextlib
import sqlite3

from desktop import WindowTest, wait_for


@contextlib.contextmanager
def locked(*folders):
    """Nobody else can even read the databases in these folders."""
    with contextlib.ExitStack() as locks:
        for folder in folders:
            database = locks.enter_context(contextlib.closing(sqlite3.connect(folder / "duologue.db")))
            database.execute("PRAGMA locking_mode = EXCLUSIVE")
            database.execute("BEGIN EXCLUSIVE")
        yield


class LockedStore(WindowTest):
    def test_nobody_is_known_or_let_in_until_the_store_opens(self):
        ours, theirs = self.folder("Mina"), self.folder("Jun")
        listener, port = self.listen_wide(ours)
        caller = self.open_right(data=theirs)
        self.meet(listener, caller, port)
        self.quit(caller)
        self.quit(listener)

        with locked(ours, theirs):
            listener, _ = self.listen_wide(ours, port)
            caller = self.open_right(data=theirs)
            self.wait_until("store in use", listener, caller)
            self.call(caller, port)
            self.wait_until("can't be checked", caller)
            self.look(listener, caller, "stopped")
            caller.press("call anyway")
            self.wait_until("may be blocked", listener)
            self.look(listener, caller, "asked")
            self.let_in(listener, caller)
            self.assert_talking(listener, caller)
            self.look(listener, caller, "talking")
        self.wait_until("store well", listener, caller)
        self.wait_until_gone("store in use", listener, caller)
        # It is called again, and what was said is kept.
        self.wait_until_connected(listener, caller)
        said = wait_for(lambda: len(listener.said()) == 1 and listener.said(), "what was said before", on=listener)
        self.assert_talking(listener, caller)
        self.check(listener.said()[:1] == said, "it has gone", listener, caller)
        self.look(listener, caller, "well")

    def look(self, *programs_and_name):
        """For screenshots."""
