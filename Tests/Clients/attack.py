"""`slowhttptest`: many clients, each as slow as it dares to be."""

import re
import shutil
import subprocess

MODES = ("header", "body", "read")


class Attack:
    """`connections` slow clients for `seconds`, begun within the first of them; `report` waits for its end.

    `core`: the processor that they are kept on; any when None.
    """

    def __init__(self, mode, port, connections, seconds, core=None):
        tool = shutil.which("slowhttptest")
        if tool is None:
            raise RuntimeError("slowhttptest is missing: `make test` and `make test-slow` install it")
        url = f"http://127.0.0.1:{port}"
        options = {
            # Never the end of the header: another field each second.
            "header": ["-H", "-u", f"{url}/healthz", "-i", "1", "-x", "24"],
            # A long body is announced, and comes in drops.
            "body": ["-B", "-u", f"{url}/v1/chat/completions", "-f", "application/json", "-s", "8192", "-i", "1",
                     "-x", "10"],
            # Through the smallest window and at 32 bytes a second; asked for three times, so that answers pile up.
            "read": ["-X", "-u", f"{url}/openapi.json", "-w", "512", "-y", "1024", "-n", "1", "-z", "32", "-k", "3"],
        }[mode]
        # -p: its own probe connection, which says whether the service is available.
        # SCHED_IDLE: it turns in circles while it waits. Its processor time would be another machine's.
        command = ["chrt", "--idle", "0", tool, *options, "-c", str(connections), "-r", str(connections),
                   "-l", str(seconds), "-p", "3", "-v", "1"]
        if core is not None:
            command = ["taskset", "--cpu-list", str(core), *command]
        self.child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                      stderr=subprocess.STDOUT, text=True)
        self.deadline_s = seconds + 30

    def report(self):
        """What it saw at its end: connections by state, and whether the service was available to its probe."""
        try:
            said, _ = self.child.communicate(timeout=self.deadline_s)
        finally:
            self.close()
        plain = re.sub(r"\x1b\[[0-9;]*m", "", said)
        seen = {name: int(count) for name, count in re.findall(
            r"^(initializing|pending|connected|error|closed):\s+(\d+)", plain, re.MULTILINE)}
        available = re.findall(r"service available:\s+(\w+)", plain)
        if not seen or not available:
            raise RuntimeError(f"slowhttptest ended with {self.child.returncode}: {plain[-2000:]}")
        return {**seen, "available": available[-1] == "YES"}

    def close(self):
        if self.child.poll() is None:
            self.child.kill()
        self.child.wait()
