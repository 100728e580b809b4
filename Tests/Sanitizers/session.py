"""Runs a command in a session of its own, for so many seconds at most: `session.py SECONDS COMMAND…`.

`swift test` puts the test process into a group of its own, which no signal to `swift test` reaches. Here all that is
left of the session is ended when the command has ended, when the time is over, on a signal, and when whoever started
this is gone. Exits as the command did; with 124, like timeout(1), when the time was over."""

import ctypes
import os
import signal
import subprocess
import sys
import time

TIME_OVER = 124
# prctl(2)
PR_SET_PDEATHSIG = 1
# For servers to end in their own way before they are killed.
GRACE_S = 3


def members(session):
    """Living processes of the session: proc(5), stat, behind the name in parentheses: state, parent, group, session."""
    found = []
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/stat", "rb") as stat:
                fields = stat.read().rsplit(b")", 1)[1].split()
        except OSError:
            continue
        if fields[0] != b"Z" and int(fields[3]) == session:
            found.append(int(name))
    return found


def end(session):
    deadline = time.monotonic() + GRACE_S
    sent = signal.SIGTERM
    # Twice the grace bounds the wait for what the kernel holds.
    while (left := members(session)) and time.monotonic() < deadline + GRACE_S:
        for process in left:
            try:
                os.kill(process, sent)
            except ProcessLookupError:
                pass
        time.sleep(0.05)
        if time.monotonic() > deadline:
            sent = signal.SIGKILL


def leave(number, _frame):
    sys.exit(128 + number)


def main():
    seconds, command = float(sys.argv[1]), sys.argv[2:]
    starter = os.getppid()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, leave)
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != starter:
        return 128 + signal.SIGTERM
    child = subprocess.Popen(command, start_new_session=True)
    try:
        status = child.wait(seconds)
    except subprocess.TimeoutExpired:
        print(f"ended after {seconds:.0f} s: {' '.join(command)}", file=sys.stderr)
        status = TIME_OVER
    finally:
        # From here on nothing interrupts.
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        end(child.pid)
    return status if status >= 0 else 128 - status


sys.exit(main())
