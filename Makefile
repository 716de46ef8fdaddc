# One command runs what CI runs. `make demo` and `make test` do all set-up themselves.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
STATIC := src/einthoven/edges/web/static/index.html
# Real ECG, where there is any: the MIT-BIH database as WFDB files in a folder mitdb.
DATA := $(or $(EINTHOVEN_DATA),../shared/data)
RECORDS ?= $(shell ls '$(DATA)'/mitdb/*.hea >/dev/null 2>&1 && echo '$(DATA)/mitdb')
FRONTEND_SOURCES := $(shell find frontend -type f -not -path '*/node_modules/*' -not -path '*/dist/*' 2>/dev/null)

.PHONY: help demo test check bench peers accuracy torture fuzz train frontend lock wheel clean format browser foreign sbom trace

help:  ## this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(READY): requirements.lock pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "einthoven needs Python 3.11 as '$(PYTHON)' (or: make PYTHON=…)" >&2; exit 2; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

frontend/node_modules/.ready: frontend/package-lock.json
	@command -v npm >/dev/null || { echo "einthoven builds its pages with Node 20: npm is not on the PATH" >&2; exit 2; }
	cd frontend && npm ci --no-audit --no-fund --loglevel=error
	touch $@

$(STATIC): frontend/node_modules/.ready $(FRONTEND_SOURCES)
	cd frontend && npm run --silent build
	touch $@

frontend: $(STATIC)  ## build the pages

demo: $(READY) $(STATIC)  ## a center with 16 patients on this machine, real ECG where there is any; Ctrl-C stops it
	$(BIN)/einthoven demo $(if $(RECORDS),--records '$(RECORDS)') $(if $(PATIENTS),--patients $(PATIENTS)) $(if $(PORT),--port $(PORT))

browser:  ## make sure a Chromium is there (apt's when root)
	@bash scripts/chromium.sh

foreign:  ## make sure the tools of others are there that prove our formats (apt's when root)
	@bash scripts/foreign.sh

test: check $(STATIC) browser foreign  ## every test, browser and scenarios included
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder tests -m "not alone"
	$(BIN)/python -m pytest tests/browser -m alone

check: $(READY) frontend/node_modules/.ready  ## format, lint, types, contracts, pure tests: what is quick
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	cd frontend && npm run --silent check
	$(BIN)/python scripts/trace.py --check
	$(BIN)/python -m pytest -n 2 tests/house tests/base tests/link tests/ecg tests/enrollment tests/billing tests/interop tests/reports -m "not slow and not records and not foreign"

format: $(READY)  ## format and fix
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

peers: .venv-peers/.ready  ## detectors that `make bench` compares with, in an environment of their own

.venv-peers/.ready: Makefile
	$(PYTHON) -m venv .venv-peers
	.venv-peers/bin/python -m pip install -q --disable-pip-version-check sleepecg==0.6.0 neurokit2==0.2.13 wfdb==4.3.0
	touch $@

bench: $(READY) $(STATIC) browser peers  ## capacity, latency, sizes as JSON
	$(BIN)/python -m benchmarks

late: $(STATIC) browser  ## browser tests on pages that hear all 0.7 s late: what leans on speed fails
	EINTHOVEN_LATE_MS=700 $(BIN)/python -m pytest -q -n 2 --dist loadfile --no-loadscope-reorder tests/browser

accuracy: $(READY)  ## docs/accuracy.md anew: the analysis over every database of the data folder (minutes)
	$(BIN)/python -m benchmarks.accuracy --data '$(DATA)'

torture: $(READY)  ## 200 rounds of kill -9 and cut networks, then reconciliation
	$(BIN)/python -m benchmarks.torture --rounds 200

train: $(READY)  ## learn the forests anew from the data folder (minutes); fetches LightGBM
	$(BIN)/python -m pip install -q --disable-pip-version-check lightgbm==4.7.0
	$(BIN)/python -m training.beats
	$(BIN)/python -m training.fibrillation
	$(BIN)/python -m training.afib
	$(BIN)/python -m training.afib_strip

fuzz: $(READY)  ## coverage-guided fuzzing of the frame decoder (atheris, where it installs)
	$(BIN)/python -m benchmarks.fuzz

wheel: $(READY) $(STATIC)  ## a wheel with the pages inside
	$(BIN)/python -m pip wheel -q --no-deps --no-build-isolation -w dist .

sbom: $(READY) frontend/node_modules/.ready  ## every part that runs, with its licence, as CycloneDX in build/sbom
	$(BIN)/python scripts/sbom.py build/sbom

trace: $(READY)  ## docs/trace.md anew: each requirement and clause with its rooms, tests and pages
	$(BIN)/python scripts/trace.py

lock: $(READY)  ## pin every package by hash anew
	$(BIN)/python -m uv pip compile pyproject.toml --group dev --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -o requirements.lock

clean:  ## remove what was built
	rm -rf $(VENV) frontend/node_modules src/einthoven/edges/web/static dist build demo-data
