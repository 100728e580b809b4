#!/usr/bin/env bash
# The Python clients at their pinned versions, in .build/venv; made anew when the pins change. LiteLLM has an environment
# of its own, .build/venv-litellm, since it wants an older OpenAI SDK.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

# $1: the pins, $2: the environment
make_environment() {
    if cmp -s "$1" "$2/installed.txt"; then return; fi
    rm -rf "$2"
    python3 -m venv "$2"
    "$2/bin/pip" install --quiet --disable-pip-version-check --requirement "$1"
    cp "$1" "$2/installed.txt"
}

make_environment Tests/Clients/requirements.txt .build/venv
make_environment Tests/Clients/LiteLLM/requirements.txt .build/venv-litellm
