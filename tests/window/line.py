"""What is between two programs: lines that can be slow, be cut, go silent, and be mended."""

import contextlib
import os
import socket
import subprocess
import threading
import time

from desktop import die_with_parent, wait_for

# How much is passed on at once, in bytes.
PIECE = 16 * 1024
# Time limit for a call that is made again, in seconds. The program waits for 1 s, then for twice as long each time, up
# to 60 s; and it may take 45 s to notice that the line is down.
CALLED_AGAIN = 300


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


class Cable:
    """Two networks and the cable between them. They last as long as two idle processes.

    While it is pulled, nothing passes, and neither side gets an error. `rate` limits each direction, in bits a second.
    """

    ADDRESSES = ("10.99.7.1", "10.99.7.2")

    def __init__(self, test, rate=None):
        if os.geteuid() != 0:
            raise RuntimeError("This test makes networks of its own, which only root may: run it as root.")
        ours = os.readlink("/proc/self/ns/net")
        self.networks = []
        for _ in self.ADDRESSES:
            holder = subprocess.Popen(["unshare", "--net", "sleep", "infinity"], preexec_fn=die_with_parent)
            test.addCleanup(holder.wait)
            test.addCleanup(holder.kill)
            network = f"/proc/{holder.pid}/ns/net"
            wait_for(lambda: os.readlink(network) != ours, "a network of its own")
            self.networks.append((holder.pid, network))
        (one, at), (other, _) = self.networks
        ends = (f"name cable0 netns {one}", f"name cable0 netns {other}")
        self._run(at, f"ip link add {ends[0]} type veth peer {ends[1]}")
        for (_, network), address in zip(self.networks, self.ADDRESSES):
            self._run(network, f"ip address add {address}/24 dev cable0")
            self._run(network, "ip link set lo up")
            self._run(network, "ip link set cable0 up")
            if rate:
                self._run(network, f"tc qdisc add dev cable0 root tbf rate {rate} burst 64kb latency 50ms")

    @staticmethod
    def _run(network, command):
        subprocess.run(["nsenter", f"--net={network}", *command.split()], check=True, stdin=subprocess.DEVNULL)

    def at(self, end):
        """The prefix that runs a command at this end of the cable."""
        return ("nsenter", f"--net={self.networks[end][1]}")

    def pull(self):
        self._run(self.networks[1][1], "ip link set cable0 down")

    def plug_in(self):
        self._run(self.networks[1][1], "ip link set cable0 up")
