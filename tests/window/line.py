"""A line between two programs that can be slow, and be cut and mended."""

import contextlib
import socket
import threading
import time

# How much is passed on at once, in bytes.
PIECE = 16 * 1024


class Line:
    """Passes on what comes to its port, to another port of this computer. `rate` limits each direction, in bytes a second."""

    def __init__(self, to, rate=None):
        self.to, self.rate = to, rate
        self._lock = threading.Lock()
        self._ends = []
        self._server = None
        self.port = 0
        # Number of connections so far.
        self.calls = 0
        self.mend()

    def mend(self):
        """Takes connections, at first and after a cut."""
        self._server = socket.create_server(("127.0.0.1", self.port))
        self.port = self._server.getsockname()[1]
        threading.Thread(target=self._serve, args=(self._server,), daemon=True).start()

    def cut(self):
        """Ends all connections, and takes no more."""
        # Otherwise the thread that waits for the next connection would keep it open.
        with contextlib.suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        with self._lock:
            ends, self._ends = self._ends, []
        for end in ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _serve(self, server):
        while True:
            try:
                near, _ = server.accept()
                far = socket.create_connection(("127.0.0.1", self.to))
            except OSError:
                return
            self.calls += 1
            with self._lock:
                self._ends += [near, far]
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=self._pass_on, args=(one, other), daemon=True).start()

    def _pass_on(self, one, other):
        with contextlib.suppress(OSError):
            while piece := one.recv(PIECE):
                other.sendall(piece)
                if self.rate:
                    time.sleep(len(piece) / self.rate)
        with contextlib.suppress(OSError):
            other.shutdown(socket.SHUT_WR)
