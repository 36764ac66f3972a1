# demo     a district of 100 enterprises, live at http://127.0.0.1:8000   (make demo FOR=180 ends by itself)
# test     every check and test; installs the servers the tests use if they are missing (root) or lists them
# check    format, lint, types, import contracts
# bench    the usual measurements of docs/measures.md, or those named (NAMES="allocation rehearsal"); installs the rivals
# bench-loss the loss audit: 200 faults in random order, 20,000 messages per long outage (FAULTS=, STORE=influx|duckdb, SEED=)
# services only the servers the tests use

SHELL := /bin/bash
export PYTHONUTF8 := 1
export LC_ALL := C.UTF-8
BIN := .venv/bin
# Test processes side by side; a file stays in one of them, since its tests share their servers.
JOBS ?= 2

.PHONY: demo demo-full test test-long check format bench bench-loss services clean
.DEFAULT_GOAL := demo

.venv/.demo: pyproject.toml constraints.txt tools/venv.sh
	@tools/venv.sh
	@touch $@

.venv/.test: pyproject.toml constraints.txt tools/venv.sh
	@tools/venv.sh test
	@touch $@ .venv/.demo

.venv/.bench: pyproject.toml constraints.txt tools/venv.sh
	@tools/venv.sh test,bench
	@touch $@ .venv/.test .venv/.demo

demo: .venv/.demo
	@$(BIN)/yingfeng demo $(if $(FOR),--for $(FOR)) $(if $(PORT),--port $(PORT))

demo-full: .venv/.demo services
	@$(BIN)/yingfeng demo --full $(if $(FOR),--for $(FOR)) $(if $(PORT),--port $(PORT))

services:
	@tools/services.sh

format: .venv/.test
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

check: .venv/.test
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

test: .venv/.test services check
	@$(BIN)/python -m pytest -m "not long" -n $(JOBS) --dist loadfile

test-long: .venv/.test
	@tools/services.sh long
	@$(BIN)/python -m pytest -m long --timeout 3600

bench: .venv/.bench services
	@$(BIN)/python -m bench $(NAMES)

bench-loss: .venv/.test services
	@$(BIN)/python -m bench.loss --faults $(or $(FAULTS),200) --store $(or $(STORE),influx) $(if $(SEED),--seed $(SEED)) --broker-kills $(or $(KILLS),10)

clean:
	rm -rf .venv build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
