"""Adds up JUnit reports: `tally.py BROKEN REPORT…` prints "N passed, N failed" and fails when something failed;
`tally.py --any-failed REPORT…` succeeds when a report names a failed test."""

import os
import sys
import xml.etree.ElementTree as ElementTree


def reasons(case):
    """What a failed test said, cut to what a reader of the last lines of a log needs."""
    said = [part.get("message") or part.text or "" for part in case if part.tag in ("failure", "error")]
    lines = [line for text in said for line in text.splitlines() if line.strip()]
    return "".join(f"\n    {line[:300]}" for line in lines[:12])


def add_up(paths):
    passed, failures = 0, []
    for path in paths:
        if not os.path.exists(path):
            continue
        try:
            cases = list(ElementTree.parse(path).getroot().iter("testcase"))
        except ElementTree.ParseError as error:
            failures.append(f"{path}: the runner ended before its report: {error}")
            continue
        for case in cases:
            if case.find("failure") is not None or case.find("error") is not None:
                failures.append(f"{case.get('classname')}: {case.get('name')}{reasons(case)}")
            elif case.find("skipped") is None:
                passed += 1
    return passed, failures


def main():
    if sys.argv[1] == "--any-failed":
        return 0 if add_up(sys.argv[2:])[1] else 1
    broken = int(sys.argv[1])
    passed, failures = add_up(sys.argv[2:])
    for name in failures:
        print(f"failed: {name}")
    failed = len(failures) + broken
    if passed == 0 and failed == 0:
        print("no test ran")
        failed = 1
    print(f"\n{passed} passed, {failed} failed")
    return 1 if failed else 0


sys.exit(main())
