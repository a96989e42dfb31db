"""Runs a command on a pseudo-terminal, follows a list of steps, and prints the output as JSON."""

import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time

spec = json.load(sys.stdin)
columns, rows = spec.get("columns", 100), spec.get("rows", 30)
child, terminal = pty.fork()
if child == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    os.chdir(spec["cwd"])
    os.execvpe(spec["command"][0], spec["command"], spec["environment"])

output = b""
seen = 0
steps = list(spec["steps"])
end = time.monotonic() + spec["seconds"]
problem = None


def due(step):
    """Checks whether the file or the output of a step is there, and marks that output as read."""
    global seen
    if "file" in step:
        return os.path.exists(step["file"])
    found = re.search(step["shown"].encode(), output[seen:], re.S)
    if found:
        seen += found.end()
    return found is not None


def do(step):
    """Performs the action of a step."""
    if "type" in step:
        # Python notices a Ctrl-C between its prompt and its read only after the next key, so wait until it reads.
        time.sleep(0.3)
        os.write(terminal, step["type"].encode())
    if "signal" in step:
        os.kill(child, getattr(signal, step["signal"]))
    if step.get("close"):
        os.close(terminal)


while True:
    if time.monotonic() > end:
        problem = "timeout before step %d" % (len(spec["steps"]) - len(steps) + 1)
        os.kill(child, signal.SIGKILL)
    ready, _, _ = select.select([terminal], [], [], 0.05)
    if ready:
        try:
            chunk = os.read(terminal, 65536)
        except OSError:  # The command has closed the terminal.
            break
        if not chunk:
            break
        output += chunk
    step = None
    while steps and due(steps[0]):
        step = steps.pop(0)
        do(step)
    if problem or (step and step.get("close")):
        break

_, status = os.waitpid(child, 0)
code = os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status)
print(json.dumps({"output": output.decode("utf-8", "replace"), "exitCode": code, "problem": problem, "left": len(steps)}))
