# Everything runs in .venv, which the first target that needs it makes from the lock file; what plans
# run is compiled there and then, too, so that the first plan need not wait for it.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
PORT ?= 3000
WORKBENCH_PORT ?= 8000
# Of the built-in retailer: tiny, small, demo or network.
SIZE := demo
BIN := .venv/bin
export DAGSTER_HOME := $(CURDIR)
# Commands start from bytecode that the one before has written; `make clean` takes it away.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: plan plan-real ui test prove lint format docs clean setup

setup: .venv/installed

.venv/installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' \
		|| { echo "plenish needs Python 3.11; name one with make PYTHON=..."; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	$(BIN)/plenish compile
	touch $@

# The night's plan for the built-in retailer: make plan [SIZE=tiny]
plan: setup
	$(BIN)/plenish demo --size $(SIZE)
	$(BIN)/plenish train
	$(BIN)/plenish plan

# The same for FreshRetailNet-50K: make plan-real DATA=folder [CITY=17]
plan-real: setup
	@test -n "$(DATA)" || { echo "name the folder of FreshRetailNet-50K: make plan-real DATA=..."; exit 1; }
	$(BIN)/plenish import freshretailnet $(DATA) $(if $(CITY),--city $(CITY)) --data data/real/freshretailnet
	$(BIN)/plenish train --data data/real/freshretailnet
	$(BIN)/plenish plan --data data/real/freshretailnet

# The workbench on http://localhost:$(WORKBENCH_PORT); Dagster's UI and daemon, with schedules and sensors, on
# http://localhost:$(PORT). Both end together.
ui: setup
	$(BIN)/plenish serve --port $(WORKBENCH_PORT) & workbench=$$!; trap 'kill $$workbench 2>/dev/null' EXIT; \
		$(BIN)/dagster dev --host 127.0.0.1 --port $(PORT)

# A process more than there are cores: a tenth of the time tests wait, for processes, a browser or the disk.
test: setup
	$(BIN)/python -m pytest -n $$(($$(getconf _NPROCESSORS_ONLN) + 1)) --dist worksteal --durations=10

# What takes too long for every change: nights of real data, figures on real data, and repeated faults.
prove: setup
	$(BIN)/python -m pytest -m proof -n $$(getconf _NPROCESSORS_ONLN) --durations=10

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# docs/contracts.md, docs/reporting.md and the tables of docs/adding_a_kind.md from what is declared, docs/modules.md from docstrings.
docs: setup
	$(BIN)/python -m governance.kinds.document docs
	$(BIN)/python docs/list_modules.py > docs/modules.md

# Takes away the environment and everything that a run wrote.
clean:
	rm -rf .venv data/events data/landing data/truth data/warehouse data/exports data/outbox data/governance data/keys data/audit data/checks data/reports \
		data/models data/scenarios data/dagster data/real data/turn.lock data/.landing.partial .logs_queue .nux .telemetry history schedules logs storage \
		.pytest_cache .mypy_cache .ruff_cache *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
