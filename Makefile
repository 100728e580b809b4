# The one place for commands: `make help` lists them.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:
.NOTPARALLEL:

PRODUCT := .build/release/signalbox
# Swift's own runtime is linked in, so that the binary needs nothing but the system's SQLite, curl and zlib.
RELEASE := -c release --static-swift-stdlib --product signalbox
LIBRARIES := libsqlite3-dev libcurl4-openssl-dev zlib1g-dev
MEASURING := nginx-light wrk
TESTING := sqlite3 strace slowhttptest nginx-light libnginx-mod-stream
LINTED := Sources Tests migrations config/ShippedPrices.swift Package.swift

# $(call install,PACKAGES): installs those Debian packages that are missing, or names them and fails.
define install
missing=""
for package in $(1); do
    dpkg-query -W -f '$${Status}' "$$package" 2>/dev/null | grep -q 'ok installed' || missing="$$missing $$package"
done
if [ -n "$$missing" ]; then
    as=""
    if [ "$$(id -u)" -ne 0 ]; then
        if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then as="sudo -n"; else as="no"; fi
    fi
    if [ "$$as" = no ] || ! command -v apt-get >/dev/null; then
        echo "signalbox needs these packages, please install them as root: apt-get install$$missing" >&2
        exit 1
    fi
    echo "Installing$$missing"
    $$as apt-get update -qq
    $$as env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing
fi
command -v swift >/dev/null || { echo "signalbox needs Swift 6.3 on the PATH: https://www.swift.org/install" >&2; exit 1; }
endef

.PHONY: help
help: ## list the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 18

.PHONY: setup
setup: ## install the Debian packages that building needs
	@$(call install,$(LIBRARIES))

.PHONY: build
build: setup ## the release binary, .build/release/signalbox
	@swift build $(RELEASE)

.PHONY: run
run: build ## build, and serve on 127.0.0.1:8484 with the data in ./var
	@exec $(PRODUCT) serve

.PHONY: demo
demo: build ## build, and play the story with two simulated providers
	@exec $(PRODUCT) demo

.PHONY: lint
lint: ## the formatter, strictly
	@swift format lint --strict --parallel --recursive $(LINTED)

.PHONY: test
test: ## every test there is: lint, Swift, and real clients against the release binary
	@python=python3-venv
	if python3 -c 'import ensurepip, venv' 2>/dev/null; then python=""; fi
	$(call install,$(LIBRARIES) $(TESTING) $$python)
	exec bash Tests/run.sh

.PHONY: bench
bench: build ## measure against nginx, and print a Markdown table
	@$(call install,$(MEASURING))
	swift build -c release --product StreamBenchmark
	exec python3 Tests/Benchmarks/bench.py --binary $(PRODUCT)

.PHONY: bench-cache
bench-cache: build ## what keeping answers costs and gives, and print a Markdown table
	@$(call install,$(MEASURING))
	exec python3 Tests/Benchmarks/cache.py --binary $(PRODUCT)

.PHONY: bench-cost
bench-cost: build ## what limits, cost and the cache cost a request, and print a Markdown table
	@$(call install,$(MEASURING))
	exec python3 Tests/Benchmarks/cost.py --binary $(PRODUCT)

.PHONY: test-slow
test-slow: build ## 2,000 slow clients beside good traffic, 10,000 idle ones: print tables, fail where a bound is broken
	@$(call install,python3 slowhttptest)
	exec python3 Tests/Slow/slow.py --binary $(PRODUCT)

.PHONY: test-held
test-held: build ## 10,000 streams at once, or as many as descriptors allow: print what they cost, fail where one is not whole
	@$(call install,python3)
	exec python3 Tests/Slow/held.py --binary $(PRODUCT)

SECONDS := 60

.PHONY: fuzz
fuzz: ## libFuzzer on every parser, SECONDS=n each, two at a time; names the input that breaks one
	@$(call install,python3)
	exec python3 Tests/Fuzz/fuzz.py --seconds $(SECONDS)

ROWS := 10000000

.PHONY: bench-store
bench-store: setup ## ask and fill a store of ten million outcomes (ROWS=n), and print a Markdown table
	@swift build -c release --product StoreBenchmark
	exec .build/release/StoreBenchmark $(ROWS)

.PHONY: hammer
hammer: build ## 64 callers against a key of 100 requests a minute, for three minutes: what got through
	@cd Tests/Clients && exec python3 hammer.py

.PHONY: bench-translation
bench-translation: setup ## what translation between vendors' wires adds to a call, as a Markdown table
	@swift build -c release --product TranslationBenchmark
	exec .build/release/TranslationBenchmark

KILLS := 500

.PHONY: soak-kills
soak-kills: build ## kill -9 at random moments, 500 times (KILLS=n): nothing acknowledged is lost or done twice
	@python=python3-venv
	if python3 -c 'import ensurepip, venv' 2>/dev/null; then python=""; fi
	$(call install,sqlite3 $$python)
	bash Tests/Clients/venv.sh
	SIGNALBOX_BINARY=$$PWD/$(PRODUCT) SIGNALBOX_KILLS=$(KILLS) .build/venv/bin/python -m pytest \
		Tests/Clients/test_durability.py -c Tests/Clients/pytest.ini

SOAK_MINUTES := 30

.PHONY: soak
soak: soak-kills ## soak-kills, then everything at once for SOAK_MINUTES=n: nothing grows, nothing is lost
	@$(call install,python3)
	exec python3 Tests/Soak/soak.py --minutes $(SOAK_MINUTES) --samples .build/soak.csv

# $(1): thread or address. Every Swift test, and real clients against a sanitized server.
define sanitized
python=python3-venv
if python3 -c 'import ensurepip, venv' 2>/dev/null; then python=""; fi
$(call install,$(LIBRARIES) $(TESTING) $$python)
exec bash Tests/Sanitizers/run.sh $(1) all
endef

.PHONY: test-tsan
test-tsan: ## every test under ThreadSanitizer, in a build of its own
	@$(call sanitized,thread)

.PHONY: test-asan
test-asan: ## every test under AddressSanitizer, in a build of its own
	@$(call sanitized,address)

.PHONY: clean
clean: ## forget what was built; ./var stays
	@rm -rf .build
