"""What the tests of the program share: it is run as a user at a terminal would.

usage of each test: NAME_test.py XENT STRANGER FAST, the program, the library made of stranger.c and that of fast
"""
import json
import os
import pty
import subprocess
import sys
import unittest

XENT, STRANGER, FAST = sys.argv[1:4]

# Sanitizers see the same in tests that are shorter.
unless_sanitized = unittest.skipIf(os.environ.get("XENT_SANITIZED") == "1", "judges at length")


def run(*arguments, **environment):
    return subprocess.run([XENT, *arguments], capture_output=True, text=True, stdin=subprocess.DEVNULL,
                          env={**os.environ, **environment})


def contents(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def evaluated(*arguments):
    done = run("eval", *arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def on_terminal(*arguments, **environment):
    """What a terminal shows of a run: both outputs, mixed."""
    master, slave = pty.openpty()
    process = subprocess.Popen([XENT, *arguments], stdin=subprocess.DEVNULL, stdout=slave, stderr=slave,
                               env={**os.environ, "TERM": "xterm", **environment})
    os.close(slave)
    shown = b""
    while True:
        try:
            piece = os.read(master, 65536)
        except OSError:  # the other end is closed
            break
        if not piece:
            break
        shown += piece
    os.close(master)
    process.wait()
    return shown.decode()


def test():
    unittest.main(argv=sys.argv[:1], verbosity=1)
