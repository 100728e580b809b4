#!/usr/bin/env python3
"""What keeping answers costs and gives: `make bench-cache` prints the table.

One server with two deployments on one provider, of which one keeps answers; they alternate within one run. In the first
two rows no two requests are alike, so that every one of the second is looked for, not found, asked of the provider and
kept in place of another; in the third all were asked before.
"""

import argparse
import json
import statistics
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "Clients"))
sys.path.insert(0, str(Path(__file__).resolve().parent))

import bench  # noqa: E402
from contenders import KEY, before_a_provider  # noqa: E402
from unlike import REPEATED, UNLIKE, script  # noqa: E402


def body(bot, words):
    text = "Where is my parcel? " * words
    return json.dumps({"model": bot, "temperature": 0.7, "messages": [
        {"role": "system", "content": "You help."}, {"role": "user", "content": text + "No. %09d"}]})


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", default=".build/release/signalbox")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--words", type=int, default=4, help="how often a request repeats its twenty bytes")
    options = parser.parse_args()
    with before_a_provider(options.binary, bench.ANSWER) as (directory, ours, api, provider_port):
        model = api.add_model(api.add_provider(f"http://127.0.0.1:{provider_port}/v1", "bench"), "bench")
        variants = [{"name": "control", "model": model, "weight": 100}]
        bots = {"off": api.deploy(variants), "on": api.deploy(variants, cache={"ttl_s": 3600})}
        found = {"off": [], "miss": [], "hit": []}
        empty = ours.resident_mib()
        for number in range(options.rounds + 1):
            start = 100_000_000 + 10_000_000 * number
            for kind, text, bot in (("off", UNLIKE, "off"), ("miss", UNLIKE, "on"), ("hit", REPEATED, "on")):
                written = body(bots[bot], options.words)
                path = script(directory, kind, written, KEY, 0 if kind == "hit" else start, text)
                result = bench.load(ours, path, "/", 32, options.seconds if number else 1)
                if number:
                    found[kind].append(result)
        held, full = api.read("/api/v1/cache"), ours.resident_mib()
        length = len(body(bots["on"], options.words) % 1)
    print(f"\n{bench.machine()}; requests of {length} bytes, 32 connections, medians, alternating.\n")
    print("| answers | requests/s | CPU µs per request | p50, p99 ms |\n| --- | ---: | ---: | ---: |")
    for kind, label in (("off", "not kept"), ("miss", "kept, never asked before"), ("hit", "kept, asked before")):
        value = {key: statistics.median(one[key] for one in found[kind]) for key in found[kind][0]}
        print(f"| {label} | {value['rate']:,.0f} | {value['cpu_us']:.2f} | "
              f"{value['p50'] / 1e3:.2f}, {value['p99'] / 1e3:.2f} |")
    print(f"\n{held['hits']:,} hits, {held['misses']:,} misses, {held['entries']:,} entries of {held['bytes']:,} bytes; "
          f"resident before and after all of it: {empty:.0f} and {full:.0f} MiB.")


main()
