"""A disk that stops writing for a while, as one does that is asleep, far away or broken."""

import os
import pathlib
import subprocess

from desktop import die_with_parent

# Its size in bytes. It is a file that takes no more room than what is written to it.
SIZE = 500_000_000


class Disk:
    """A file system of its own. It lasts as long as an idle process, and only programs started with `prefix` see it."""

    def __init__(self, test):
        if os.geteuid() != 0:
            raise RuntimeError("This test mounts a disk of its own, which only root may: run it as root.")
        self.test = test
        image = test.folder() / "disk"
        with open(image, "wb") as file:
            file.truncate(SIZE)
        subprocess.run(["mkfs.ext4", "-q", "-F", image], check=True, stdin=subprocess.DEVNULL)
        self.folder = test.folder()
        mounting = 'mount -o loop "$0" "$1" && echo mounted && exec sleep infinity'
        holder = subprocess.Popen(
            ["unshare", "--mount", "sh", "-c", mounting, image, self.folder],
            stdout=subprocess.PIPE,
            preexec_fn=die_with_parent,
        )
        test.addCleanup(holder.stdout.close)
        test.addCleanup(holder.wait)
        test.addCleanup(holder.kill)
        test.assertEqual(holder.stdout.readline(), b"mounted\n")
        self.prefix = ("nsenter", f"--mount=/proc/{holder.pid}/ns/mnt")
        self.seen_from_outside = pathlib.Path(f"/proc/{holder.pid}/root{self.folder}")
        self.freezer = None

    def freeze(self):
        """Every program that writes to it waits from now on."""
        # It thaws by itself if this process is killed: a program that waits for a disk can't be ended.
        freezing = 'fsfreeze --freeze "$0" && echo frozen && cat; fsfreeze --unfreeze "$0"'
        self.freezer = subprocess.Popen(
            [*self.prefix, "sh", "-c", freezing, self.folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self.test.addCleanup(self.thaw)
        self.test.assertEqual(self.freezer.stdout.readline(), b"frozen\n")

    def thaw(self):
        if self.freezer:
            self.freezer.communicate()
            self.freezer = None
