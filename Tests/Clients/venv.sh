#!/usr/bin/env bash
# The Python clients at their pinned versions, in .build/venv; made anew when the pins change.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
pinned=Tests/Clients/requirements.txt
if ! cmp -s "$pinned" .build/venv/installed.txt; then
    rm -rf .build/venv
    python3 -m venv .build/venv
    .build/venv/bin/pip install --quiet --disable-pip-version-check --requirement "$pinned"
    cp "$pinned" .build/venv/installed.txt
fi
