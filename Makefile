# Everything a newcomer types. Each target makes the environment it needs, once.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export ORT_DISABLE_TELEMETRY := 1

.PHONY: help setup quickstart test test-boards test-embed check bench bench-peers zoo-report format clean

help:                  ## Show this list.
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /	/' | expand -t 14

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || { echo "EdgeAttn needs Python 3.10 or newer; call make PYTHON=python3.11" >&2; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing into $(VENV): PyTorch, two engines and the tools; some minutes the first time."
	@$(BIN)/python -m pip install -qq --constraint constraints.txt torch==2.13.0
	@$(BIN)/python -m pip install -qq --constraint constraints.txt --editable '.[dev]'
	@touch $@

setup: $(READY)        ## Make .venv with the pinned versions.

quickstart: $(READY)   ## Convert the embedded model with real photos, and prove it.
	@$(BIN)/edgeattn quickstart --force

test: $(READY)         ## Run the test suite.
	@$(BIN)/python -m pytest -q -n auto --maxprocesses 4

test-boards: $(READY)  ## Deploy, check and bench on an emulated Raspberry Pi 4 and 5 (docs/boards.md).
	@echo "Booting emulated boards; the first time some 130 MB of Debian packages and wheels come from the network, later from the cache."
	@EDGEATTN_BOARDS_REQUIRED=$${EDGEATTN_BOARDS_REQUIRED-1} $(BIN)/python -m pytest -q -rs -m boards -n 2 --dist loadgroup tests/boards

test-embed: $(READY)   ## Build the app kits and run them: C++, browsers, Node, the JVM (docs/embed.md).
	@EDGEATTN_EMBED_REQUIRED=$${EDGEATTN_EMBED_REQUIRED-1} $(BIN)/python -m pytest -q -rs -m embed tests/embed

check: $(READY)        ## Lint, types, and which floor may import which.
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy edgeattn converters/edgeattn_converters runtime/edgeattn_runtime devices/edgeattn_devices
	@$(BIN)/lint-imports

bench: $(READY)        ## Measure on this machine and write docs/measurements/.
	@$(BIN)/python -m benchmarks.engine_forms
	@$(BIN)/python -m benchmarks.gesture
	@$(BIN)/python -m benchmarks.readme
	@$(BIN)/python -m benchmarks.tool_cost

bench-peers: $(READY)  ## The same against every other tool; installs them apart (11 GB), hours the first time.
	@$(BIN)/python -m benchmarks.peers.run

zoo-report: $(READY)   ## Convert and prove every model of the zoo; only what is new since the last time.
	@$(BIN)/python -m benchmarks.zoo

format: $(READY)       ## Format the code.
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

clean:                 ## Remove what the tools left behind, not the environment.
	rm -rf .mypy_cache .pytest_cache .ruff_cache .import_linter_cache dist build edgeattn-quickstart
