"""Whether the hypervisor took a core away while something was measured on it.

A real-time process on each core sleeps a few milliseconds at a time. When it wakes much too late, nothing of ours that
can be interrupted was in its way: either the kernel was busy with what we asked of it, which is ours to answer for, or
the core was not there, which the kernel knows and counts as steal time (proc(5), /proc/stat). Only the latter counts
here.
"""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

SLEEP_S = 0.004
GAP_S = 0.008
# Often enough that the steal of other moments is not taken for a gap's, and seldom enough not to be felt.
TURNS_PER_READING = 5


def steal_seconds(core):
    for line in Path("/proc/stat").read_text().splitlines():
        fields = line.split()
        if fields[0] == f"cpu{core}":
            return int(fields[8]) / os.sysconf("SC_CLK_TCK")
    return 0.0


def watch(core):
    """When it is told to end: begin and end (of CLOCK_MONOTONIC, seconds) of each gap that was stolen for the most
    part, as a list in JSON."""
    os.sched_setaffinity(0, {core})
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(50))
    ended = []
    signal.signal(signal.SIGTERM, lambda *_: ended.append(True))
    gaps, steal, turns, last = [], steal_seconds(core), 0, time.monotonic()
    print("watching", flush=True)
    while not ended:
        time.sleep(SLEEP_S)
        now = time.monotonic()
        gap = now - last - SLEEP_S
        turns += 1
        if gap >= GAP_S or turns % TURNS_PER_READING == 0:
            total = steal_seconds(core)
            if gap >= GAP_S and total - steal >= gap / 2:
                gaps.append([last, now])
            steal = total
        last = time.monotonic()
    print(json.dumps(gaps))


class StolenTime:
    """`with StolenTime(cores) as stolen: …`, and behind it `stolen.longest_ms(begin, end)`: 0 where nothing was seen,
    and where this may not be watched at all (no real-time priority): then nothing is excused."""

    def __init__(self, cores):
        self.cores = cores
        self.gaps = []

    def __enter__(self):
        self.children = [
            subprocess.Popen(
                [sys.executable, __file__, core], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
            for core in self.cores]
        # Their own start is nobody's load.
        for child in self.children:
            child.stdout.readline()
        return self

    def __exit__(self, *_):
        for child in self.children:
            child.terminate()
        for child in self.children:
            said = child.communicate(timeout=10)[0]
            if child.returncode == 0:
                self.gaps += json.loads(said)

    def longest_ms(self, begin, end):
        """Of the gaps within this time."""
        return max([(last - first) * 1_000 for first, last in self.gaps if first < end and last > begin], default=0.0)


if __name__ == "__main__":
    watch(int(sys.argv[1]))
