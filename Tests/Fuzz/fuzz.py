"""Builds the fuzzers and runs each for some seconds, two at a time:

    python3 Tests/Fuzz/fuzz.py [--seconds 60] [--only RequestParser] [--report FILE]

Exit 1 on a finding, whose file is named; 2 when nothing could be built. A finding that is understood goes, as small as
`-minimize_crash=1` makes it, to Tests/Fuzz/Regressions/<target>/, where a plain test reads it from then on."""

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from xml.etree import ElementTree

import seeds

ROOT = Path(__file__).resolve().parents[2]
FUZZ = ROOT / "Tests" / "Fuzz"
OUT = ROOT / ".build" / "fuzz"
TARGETS = ["RequestParser", "ResponseParser", "EventStream", "RequestTarget", "JSON", "FormParser"]
AT_ONCE = 2
# Beyond its seconds, for reading the seeds on a busy machine.
GRACE_S = 60
# The readers as modules of their own, from the files that need neither sockets nor other packages: that builds in
# seconds, instrumented throughout, whatever state the package's own build is in.
MODULES = {
    "Compression": ["Sources/Compression/CompressionFormat.swift"],
    "HTTP": [
        "Sources/HTTP/Wire/**/*.swift", "Sources/HTTP/EventStream/*.swift", "Sources/HTTP/Routing/Path*.swift",
        "Sources/HTTP/Routing/PercentEncoding.swift", "Sources/HTTP/Routing/QueryParameters.swift",
        "Sources/HTTP/Coding/ContentCoding.swift", "Sources/HTTP/Multipart/*.swift",
    ],
    "JSON": ["Sources/JSON/**/*.swift"],
}
FLAGS = [
    "-O", "-wmo", "-g", "-parse-as-library", "-swift-version", "6", "-package-name", "signalbox", "-enable-testing",
    "-sanitize=fuzzer,address", "-enable-upcoming-feature", "ExistentialAny", "-enable-upcoming-feature",
    "MemberImportVisibility", "-enable-upcoming-feature", "InternalImportsByDefault", "-enable-upcoming-feature",
    "NonisolatedNonsendingByDefault", "-warnings-as-errors", "-I", str(OUT),
]


def compile_swift(arguments):
    # In its own folder: the compiler leaves the modules of programs that it links where it is.
    done = subprocess.run(["swiftc", *FLAGS, *map(str, arguments)], cwd=OUT, capture_output=True, text=True)
    if done.returncode != 0:
        sys.stderr.write(done.stdout + done.stderr)
        print("the fuzzers cannot be built", file=sys.stderr)
        sys.exit(2)


def build():
    OUT.mkdir(parents=True, exist_ok=True)
    objects = []
    for module, patterns in MODULES.items():
        files = sorted(path for pattern in patterns for path in ROOT.glob(pattern))
        if not files:
            continue
        objects.append(OUT / f"{module}.o")
        compile_swift([
            "-module-name", module, "-emit-module", "-emit-module-path", OUT / f"{module}.swiftmodule", "-c",
            "-o", objects[-1], *files])
    files = sorted(path for path in FUZZ.glob("**/*.swift") if not path.name.endswith("Tests.swift"))
    program = OUT / "program"
    compile_swift(["-module-name", "Fuzz", *files, *objects, "-o", program])
    for target in TARGETS:
        # By the name under which it is started the program knows which target to run.
        (OUT / target).unlink(missing_ok=True)
        os.link(program, OUT / target)


def run(target, seconds):
    """What libFuzzer says, and the files that it leaves when something does not hold."""
    given, found, grown = OUT / "seeds" / target, OUT / "findings" / target, OUT / "corpus" / target
    shutil.rmtree(given, ignore_errors=True)
    shutil.rmtree(found, ignore_errors=True)
    for folder in (given, found, grown):
        folder.mkdir(parents=True, exist_ok=True)
    for name, data in seeds.of(target):
        (given / name).write_bytes(data)
    log = OUT / f"{target}.log"
    environment = {**os.environ, "SWIFT_BACKTRACE": "enable=no", "ASAN_OPTIONS": "detect_leaks=0"}
    with open(log, "wb") as sink:
        child = subprocess.Popen(
            [OUT / target, f"-max_total_time={seconds}", "-timeout=10", "-rss_limit_mb=2048", "-max_len=4096",
             "-print_final_stats=1", f"-artifact_prefix={found}/", grown, given, FUZZ / "Regressions" / target],
            stdout=sink, stderr=subprocess.STDOUT, env=environment)
        try:
            status = child.wait(seconds + GRACE_S)
        except subprocess.TimeoutExpired:
            child.send_signal(signal.SIGKILL)
            status = child.wait()
    return status, log.read_text(errors="replace"), sorted(found.iterdir())


def verdict(target, seconds):
    started = time.monotonic()
    status, said, found = run(target, seconds)
    took = time.monotonic() - started
    executed = re.search(r"stat::number_of_executed_units: (\d+)", said)
    covered = re.findall(r"cov: (\d+)", said)
    fault = None
    if status != 0:
        reasons = [line for line in said.splitlines() if line.startswith(("VIOLATION", "SUMMARY", "Fatal error"))]
        files = ", ".join(str(path.relative_to(ROOT)) for path in found) or "no file"
        reason = "; ".join(reasons)[:2_000] or said[-2_000:]
        fault = f"status {status}, input {files}: {reason}"
    elif executed is None:
        fault = f"it ran nothing: {said[-500:]}"
    count = int(executed.group(1)) if executed else 0
    print(f"{target}: {count} inputs in {took:.0f} s, {covered[-1] if covered else 0} edges"
          + (f"\n  FOUND {fault}" if fault else ""), flush=True)
    return target, took, fault


def report(path, verdicts):
    suite = ElementTree.Element("testsuite", name="fuzz")
    for target, took, fault in verdicts:
        case = ElementTree.SubElement(suite, "testcase", classname="Fuzz", name=target, time=f"{took:.1f}")
        if fault:
            ElementTree.SubElement(case, "failure", message=re.sub(r"[^\x20-\x7E]", "?", fault))
    ElementTree.ElementTree(suite).write(path, encoding="utf-8", xml_declaration=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=int, default=60, help="of each target")
    parser.add_argument("--only", choices=TARGETS, action="append")
    parser.add_argument("--report", help="a JUnit report")
    arguments = parser.parse_args()
    build()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        verdicts = list(pool.map(lambda target: verdict(target, arguments.seconds), arguments.only or TARGETS))
    if arguments.report:
        report(arguments.report, verdicts)
    return 1 if any(fault for _, _, fault in verdicts) else 0


if __name__ == "__main__":
    sys.exit(main())
