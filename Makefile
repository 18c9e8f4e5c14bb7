# Every target sets itself up: a fresh machine needs only git, make and python3 with venv.
# What does not wait for each other is done side by side, as mypy and reading the tests, which take one core each.
MAKEFLAGS += --jobs=2
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUN_READY := $(VENV)/.run-ready
DEV_READY := $(VENV)/.dev-ready
NPM := $(VENV)/npm
NPM_READY := $(NPM)/.ready
PIP := $(BIN)/python -m pip --disable-pip-version-check
# Where the environment forbids to write what was compiled, each worker would compile all tests again.
# Threads of BLAS, as in preseason.cli, are for matrices larger than ours, and spin.
PYTEST := PYTHONDONTWRITEBYTECODE= OPENBLAS_NUM_THREADS=1 $(BIN)/pytest --dist loadfile --no-loadscope-reorder

.DEFAULT_GOAL := help
.PHONY: help gate soak test lint readable bench lock clean

help: ## show what can be made
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

gate: $(RUN_READY) ## run the release gate against the reference platform
	@$(BIN)/preseason gate $(ARGS)

soak: $(DEV_READY) ## soak the reference platform for an hour, and twice with a leak that must be found
	@PRESEASON_SOAK=1 $(BIN)/pytest -n 0 -s tests/acceptance/test_soak_nights.py $(ARGS)

# Of servers on a machine that others share: what failed beside other tests is asked once more by itself, and what fails
# there too has failed. See docs/decisions/041-asked-once-more-alone.md.
define ask
$(PYTEST) -n 4 $(1) $(ARGS) || { [ $$? = 1 ] && $(PYTEST) -n 0 --last-failed --last-failed-no-failures none $(1) $(ARGS); }
endef

# What asserts on what a load showed runs with little beside it, from files that are read by themselves: to read all
# takes each worker seconds. The rest mostly waits; files that take long come first, so that none of them is left over
# at the end.
test: $(DEV_READY) $(NPM_READY) lint readable ## run the quality gates and every test
	@$(call ask,-m "not gate" tests/acceptance tests/integration tests/architecture tests/unit)
	@$(call ask,-m gate $$(grep -rl --include='test_*.py' 'mark\.gate' tests | sort))

lint: $(DEV_READY) ## ruff, mypy, import-linter
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo 2>/dev/null || $(BIN)/lint-imports

# Before any worker of pytest starts, so that they find the tests compiled.
readable: $(DEV_READY)
	@$(PYTEST) -n 0 --collect-only --quiet --quiet tests >/dev/null || true  # what cannot be read is told by the tests

bench: $(DEV_READY) ## measure what docs/benchmarks.md quotes
	@$(BIN)/python -m benchmarks $(ARGS)

lock: $(VENV)/bin/python ## refresh the lock files (needs uv)
	@$(PIP) install --quiet uv
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
		--group build pyproject.toml -o requirements.lock
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
		-c requirements.lock --group build --group dev pyproject.toml -o requirements-dev.lock

clean: ## remove what was installed and built
	@rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(VENV)/bin/python:
	@echo "preseason: creating $(VENV) with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv $(VENV)

# `--no-deps` and `--no-build-isolation` keep the lock file the only source of what is installed. What comes with tests
# of its own is compiled without them, and by all cores: pip would compile everything, one file after the other.
define INSTALL_LOCKED
@$(PIP) install --progress-bar on --no-compile --require-hashes -r $<
@$(PIP) install --quiet --no-deps --no-build-isolation -e .
@$(BIN)/python -m compileall -qq -j 0 -x '/tests/' $(VENV)/lib || true
endef

$(RUN_READY): requirements.lock pyproject.toml | $(VENV)/bin/python
	@echo "preseason: installing locked dependencies (about a minute the first time)"
	$(INSTALL_LOCKED)
	@touch $@

# The development lock holds the other one, which is then installed too.
$(DEV_READY): requirements-dev.lock requirements.lock pyproject.toml | $(VENV)/bin/python
	@echo "preseason: installing locked dependencies and development tools (about a minute the first time)"
	$(INSTALL_LOCKED)
	@touch $(RUN_READY) $@

# Only tests use these; where there is no npm, the tests that do are skipped, and say so.
$(NPM_READY): tests/npm/package.json tests/npm/package-lock.json | $(VENV)/bin/python
	@mkdir -p $(NPM) && cp tests/npm/package*.json $(NPM)/
	@if command -v npm >/dev/null; then echo "preseason: installing what the tests need from npm" && \
		npm ci --prefix $(NPM) --ignore-scripts --no-audit --no-fund --loglevel=error; \
	else echo "preseason: without npm, accessibility and the SARIF schema are not tested"; fi
	@touch $@
