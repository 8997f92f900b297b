"""Runs all tests of the real window, two modules at a time.

They mostly wait: for a window to open, for keys to arrive, and for events that must not occur. Each module is a
process with its own screen.
"""

import concurrent.futures
import pathlib
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
SIDE_BY_SIDE = 2
# The longest modules start first, so that none of them runs alone at the end.
LONGEST = (
    "test_delivery", "test_trust", "test_crossing", "test_conversation", "test_plain_text", "test_keyboard",
    "test_idle",
)  # fmt: skip


def run(module):
    """Runs a module. Returns whether it passed, its output, and how many seconds it took."""
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
