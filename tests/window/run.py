"""Runs all tests of the real window, two modules at a time.

They mostly wait: for a window to open, for keys to arrive, for what must not happen. Each module is a process with a
screen of its own.
"""

import concurrent.futures
import pathlib
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
SIDE_BY_SIDE = 2
# What takes longest begins first, or it would be alone at the end.
LONGEST = (
    "test_delivery", "test_trust", "test_crossing", "test_conversation", "test_plain_text", "test_keyboard", "test_idle",
)  # fmt: skip


def run(module):
    """Whether it passed, what it printed, and how long it took in seconds."""
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "unittest", "-v", module],
        cwd=HERE, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
    )  # fmt: skip
    return done.returncode == 0, done.stdout, time.monotonic() - began


def main():
    modules = sorted(path.stem for path in HERE.glob("test_*.py"))
    modules.sort(key=lambda module: LONGEST.index(module) if module in LONGEST else len(LONGEST))
    failed = []
    with concurrent.futures.ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        running = {pool.submit(run, module): module for module in modules}
        for future in concurrent.futures.as_completed(running):
            passed, printed, seconds = future.result()
            print(f"-- {running[future]}: {seconds:.0f} s\n{printed}", flush=True)
            if not passed:
                failed.append(running[future])
    if failed:
        sys.exit(f"Failed: {', '.join(sorted(failed))}")


if __name__ == "__main__":
    main()
