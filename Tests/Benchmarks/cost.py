#!/usr/bin/env python3
"""What limits, cost and the cache cost a request: `make bench-cost` prints the table.

One server, one provider, and four callers that alternate within one run: a key without limits on a model without a
price; the same with limits of requests, tokens and concurrency on key and deployment; with a price and budgets beside
them; and with answers kept, of which none is ever asked for again, so that each is looked for, not found
and kept in place of another. No two requests are alike in any row.
"""

import argparse
import json
import statistics
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "Clients"))
sys.path.insert(0, str(Path(__file__).resolve().parent))

import bench  # noqa: E402
from contenders import before_a_provider  # noqa: E402
from unlike import script  # noqa: E402

LIMITS = {"requests_per_minute": 1_000_000_000, "tokens_per_minute": 1_000_000_000, "concurrent": 1_000_000}
BUDGET = {"micro_usd": 1_000_000_000_000_000, "period": "month", "alert_at": 0.9}
PRICE = {"input_micro_usd_per_mtok": 150_000, "output_micro_usd_per_mtok": 600_000}
ROWS = (("off", "none of it"), ("limits", "limits"), ("cost", "limits and cost"),
        ("miss", "limits, cost, and a miss of the cache"))


def body(bot, words):
    """As the SDKs write it: no white space."""
    text = "Where is my parcel? " * words
    return json.dumps({"messages": [{"role": "system", "content": "You help."}, {
        "role": "user", "content": text + "No. %09d"}], "model": bot, "max_tokens": 64, "temperature": 0.7},
        separators=(",", ":"))


def callers(api, port):
    """By row: a deployment and a key."""
    provider = api.add_provider(f"http://127.0.0.1:{port}/v1", "bench")
    plain, priced = api.add_model(provider, "bench"), api.add_model(provider, "bench", price=PRICE)

    def bot(model, **options):
        return api.deploy([{"name": "control", "model": model, "weight": 100}], **options)

    def key(name, **options):
        return api.post("/api/v1/keys", {"name": name, "role": "caller", **options})["key"]

    bounded = {"limits": LIMITS, "budget": BUDGET}
    return {
        "off": (bot(plain), key("off")),
        "limits": (bot(plain, limits=LIMITS), key("limits", limits=LIMITS)),
        "cost": (bot(priced, **bounded), key("cost", **bounded)),
        "miss": (bot(priced, cache={"ttl_s": 3600}, **bounded), key("miss", **bounded)),
    }


def measure(options, directory, ours, api, provider_port):
    rows = callers(api, provider_port)
    found = {row: [] for row in rows}
    for number in range(options.rounds + 1):
        names = list(rows) if number % 2 == 0 else list(reversed(rows))
        for row in names:
            bot, key = rows[row]
            path = script(directory, row, body(bot, options.words), key, 100_000_000 + 10_000_000 * number)
            result = bench.load(ours, path, "/", 32, options.seconds if number else 1)
            if number:
                found[row].append(result)
    return found, len(body(rows["miss"][0], options.words) % 1)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", default=".build/release/signalbox")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--words", type=int, default=4, help="how often a request repeats its twenty bytes")
    options = parser.parse_args()
    with before_a_provider(options.binary, bench.ANSWER) as began:
        found, length = measure(options, *began)
    print(f"\n{bench.machine()}; requests of {length} bytes, 32 connections, medians of {options.rounds}, "
          "alternating.\n")
    print("| on | requests/s | of those with none of it | CPU µs per request | added | p50, p99 ms |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    first = None
    for row, label in ROWS:
        value = {key: statistics.median(one[key] for one in found[row]) for key in found[row][0]}
        first = first or value
        print(f"| {label} | {value['rate']:,.0f} | {value['rate'] / first['rate']:.3f} | {value['cpu_us']:.2f} | "
              f"{value['cpu_us'] - first['cpu_us']:+.2f} | {value['p50'] / 1e3:.2f}, {value['p99'] / 1e3:.2f} |")


if __name__ == "__main__":
    main()
