"""Runs the commands that the README shows and compares what they print with what it says they print.

usage: readme_test.py XENT README.md

In a block fenced as ```console, a line "$ ..." is a command and the lines up to the next one are its output;
"..." alone on a line stands for lines left out. In a block fenced as ```console measured, numbers may differ: they
depend on the processor, or on inputs that a version of xent draws in its own way. Blocks fenced otherwise are not run.
"""
import os
import re
import subprocess
import sys
import tempfile


def blocks(text):
    """Pairs of the word after "console" and the block."""
    return re.findall(r"^```console *(\w*)\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def without_numbers(text):
    """Numbers become #, and runs of blanks one, since columns follow the numbers."""
    return re.sub(r" +", " ", re.sub(r"-?\b(0x)?[0-9][0-9a-fp.+-]*", "#", text))


def commands(block):
    """Pairs of a command and the output shown under it."""
    parts = re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]
    for part in parts:
        command, _, output = part.partition("\n")
        yield command, output


def pattern_of(output):
    lines = [r"(?:.*\n)*" if line == "..." else re.escape(line) + r"\n" for line in output.splitlines()]
    return re.compile("".join(lines))


def link_all(root, folder):
    """Makes what lies in the checkout lie in the folder, too, where commands may leave files of their own."""
    for name in os.listdir(root):
        os.symlink(os.path.join(root, name), os.path.join(folder, name))


def main(xent, readme):
    with open(readme, encoding="utf-8") as file:
        text = file.read()
    with tempfile.TemporaryDirectory() as folder:
        link_all(os.path.dirname(os.path.abspath(readme)), folder)
        return run_all(xent, text, folder)


def run_all(xent, text, folder):
    ran = failed = 0
    for kind, block in blocks(text):
        for command, output in commands(block):
            shell = re.sub(r"(?<!\S)\./xent ", f"'{xent}' ", command)
            done = subprocess.run(["sh", "-c", shell], capture_output=True, text=True, stdin=subprocess.DEVNULL,
                                  cwd=folder, env={**os.environ, "XENT_CALLED_AS": "./xent"})
            ran += 1
            # A slow machine is told how far the run is.
            printed = done.stdout + re.sub(r"^xent: law \d+ of .*\n", "", done.stderr, flags=re.MULTILINE)
            if kind == "measured":
                output, printed = without_numbers(output), without_numbers(printed)
            if not pattern_of(output).fullmatch(printed):
                failed += 1
                print(f"$ {command}\n--- the README says\n{output}--- it prints\n{printed}")
    print(f"{ran - failed} passed, {failed} failed")
    return 1 if failed or ran == 0 else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
