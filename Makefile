# Everything a newcomer types. Each target makes the environment it needs, once.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
KERNELS := $(VENV)/.kernels

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export ORT_DISABLE_TELEMETRY := 1

.PHONY: help setup quickstart test test-boards test-embed check bench bench-peers bench-kernels kernel-wheels zoo-report format clean

help:                  ## Show this list.
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /	/' | expand -t 14

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || { echo "EdgeAttn needs Python 3.10 or newer; call make PYTHON=python3.11" >&2; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing into $(VENV): PyTorch, two engines and the tools; some minutes the first time."
	@$(BIN)/python -m pip install -qq --constraint constraints.txt torch==2.13.0
	@$(BIN)/python -m pip install -qq --constraint constraints.txt --editable '.[dev]'
	@touch $@

# A copy for this machine's CPU; without a C++ compiler everything else works, at the engine's speed.
$(KERNELS): $(READY) $(wildcard runtime/kernels/*.* runtime/kernels/*/*.*)
	@if command -v c++ >/dev/null || command -v g++ >/dev/null || command -v clang++ >/dev/null; then \
	  $(BIN)/python -m pip install -qq --no-deps ./runtime/kernels || echo "edgeattn-kernels did not build; going on without its fused int8 attention." >&2; \
	else echo "No C++ compiler here; going on without edgeattn-kernels, the fused int8 attention." >&2; fi
	@touch $@

setup: $(READY) $(KERNELS)  ## Make .venv with the pinned versions.

quickstart: $(READY)   ## Convert the embedded model with real photos, and prove it.
	@$(BIN)/edgeattn quickstart --force

test: $(READY) $(KERNELS)  ## Run the test suite.
	@$(BIN)/python -m pytest -q -n auto --maxprocesses 4

test-boards: $(READY)  ## Deploy, check and bench on an emulated Raspberry Pi 4 and 5 (docs/boards.md).
	@echo "Booting emulated boards; the first time some 230 MB of Debian packages and wheels come from the network, later from the cache."
	@EDGEATTN_BOARDS_REQUIRED=$${EDGEATTN_BOARDS_REQUIRED-1} $(BIN)/python -m pytest -q -rs -m boards -n 2 --dist loadgroup tests/boards

test-embed: $(READY)   ## Build the app kits and run them: C++, browsers, Node, the JVM (docs/embed.md).
	@EDGEATTN_EMBED_REQUIRED=$${EDGEATTN_EMBED_REQUIRED-1} $(BIN)/python -m pytest -q -rs -m embed tests/embed

check: $(READY)        ## Lint, types, and which floor may import which.
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy edgeattn converters/edgeattn_converters runtime/edgeattn_runtime runtime/kernels/edgeattn_kernels devices/edgeattn_devices benchmarks
	@$(BIN)/lint-imports

bench: $(READY)        ## Measure on this machine and write docs/measurements/.
	@$(BIN)/python -m benchmarks.engine_forms
	@$(BIN)/python -m benchmarks.gesture
	@$(BIN)/python -m benchmarks.readme
	@$(BIN)/python -m benchmarks.tool_cost

bench-peers: $(READY)  ## The same against every other tool; installs them apart (11 GB), hours the first time.
	@$(BIN)/python -m benchmarks.peers.run

bench-kernels: $(READY) $(KERNELS)  ## Measure the fused int8 attention against ONNX Runtime's own forms.
	@$(BIN)/python -m benchmarks.kernels

kernel-wheels: $(READY)  ## Build edgeattn-kernels for x86-64 and Arm, for old systems too, into dist/.
	@$(BIN)/python -m pip install -qq --constraint constraints.txt ziglang auditwheel
	@$(BIN)/python runtime/kernels/release.py dist

zoo-report: $(READY)   ## Convert and prove every model of the zoo; only what is new since the last time.
	@$(BIN)/python -m benchmarks.zoo

format: $(READY)       ## Format the code.
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

clean:                 ## Remove what the tools left behind, not the environment.
	rm -rf .mypy_cache .pytest_cache .ruff_cache .import_linter_cache dist build edgeattn-quickstart
