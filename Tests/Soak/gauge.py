"""What a process holds, from /proc, and whether it grows."""

import os
import re
import statistics
from pathlib import Path

MEMORY = ("Rss", "Pss", "Anonymous")


class Gauge:
    def __init__(self, pid, data, provider_ports):
        self.pid = pid
        self.data = Path(data)
        self.provider_ports = provider_ports
        self.samples = []

    def sample(self, seconds, metrics):
        """One row; `metrics` is the text of /metrics."""
        rollup = Path(f"/proc/{self.pid}/smaps_rollup").read_text()
        row = {"seconds": round(seconds, 1)}
        for name in MEMORY:
            row[name] = int(re.search(rf"^{name}:\s+(\d+)", rollup, re.M)[1])
        row.update(self.descriptors())
        row["threads"] = len(os.listdir(f"/proc/{self.pid}/task"))
        for name in ("control", "telemetry"):
            log = self.data / f"{name}.sqlite-wal"
            row[f"{name}_wal"] = log.stat().st_size if log.exists() else 0
        for name in ("signalbox_http_connections_open", "signalbox_outcomes_queue_depth",
                     "signalbox_inferences_running"):
            found = re.search(rf"^{name} (\S+)", metrics, re.M)
            row[name.removeprefix("signalbox_")] = float(found[1]) if found else 0
        row["cpu_s"] = self.cpu_seconds()
        self.samples.append(row)
        return row

    def descriptors(self):
        """All of them, and those to providers, of which some are kept for later."""
        sockets, count = set(), 0
        for entry in Path(f"/proc/{self.pid}/fd").iterdir():
            try:
                target = os.readlink(entry)
            except OSError:
                continue
            count += 1
            if target.startswith("socket:["):
                sockets.add(target[8:-1])
        upstream = 0
        for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[9] in sockets and int(fields[2].rsplit(":", 1)[1], 16) in self.provider_ports:
                upstream += 1
        return {"descriptors": count, "upstream": upstream}

    def cpu_seconds(self):
        fields = Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def write(self, path):
        if not self.samples:
            return
        names = list(self.samples[0])
        rows = [",".join(str(row[name]) for name in names) for row in self.samples]
        Path(path).write_text("\n".join([",".join(names), *rows]) + "\n")

    def thirds(self, name, after_s):
        """Medians of the first and the last third of the time after the warm-up: a spike moves neither."""
        values = [row[name] for row in self.samples if row["seconds"] >= after_s]
        third = max(1, len(values) // 3)
        return statistics.median(values[:third]), statistics.median(values[-third:])
