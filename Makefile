# Bare `make` lists the targets. `make run X=...` is `python -m pipeline run --x ...`.
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
REFRESH_OPTIONS := $(if $(DATA),--data "$(DATA)") $(if $(CONFIG),--config "$(CONFIG)") \
	$(if $(CURRENCY_RATES),--currency-rates "$(CURRENCY_RATES)") \
	$(if $(AS_OF),--as-of "$(AS_OF)") $(if $(PSEUDONYMOUS),--pseudonymous) $(if $(VERBOSE),--verbose)
PYTEST := $(PY) -m pytest -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder
QUICK := $(addsuffix .py,land_config land_files land_reading land_scan command lock run_ids \
	dashboard_formats dashboard_where dbt_project expectations_suites personas own_settings)
RUN_OPTIONS := $(REFRESH_OPTIONS) $(if $(LINES),--lines "$(LINES)") $(if $(SEED),--seed "$(SEED)")
ifdef STATE_DIR
export STATE_DIR
endif

.DEFAULT_GOAL := help
.PHONY: help all setup run refresh data check test coverage soak dashboard bench screenshots serve status stop rollback lint format lock audit licences docs clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(VENV)/.ready ## make the environment from the lock file and find Java, or fetch it
$(VENV)/.ready: requirements.lock pyproject.toml pipeline/environment/setup_env.py
	@echo "  … setting up $(VENV) (once; a minute or two)" >&2
	@$(PYTHON) pipeline/environment/setup_env.py --venv $(VENV)
	@$(PY) -m pipeline java
	@touch $@

run: $(VENV)/.ready ## the whole job: DATA=file CONFIG=source.yml AS_OF=date, demo data by default
	@$(PY) -m pipeline run $(RUN_OPTIONS)

all: run dashboard ## the whole job, then the dashboard on what it found

refresh: $(VENV)/.ready ## the job without a fit: the last model scores DATA, or what has landed
	@$(PY) -m pipeline refresh $(REFRESH_OPTIONS)

data: $(VENV)/.ready ## fetch the two UCI retail data sets into the state folder
	@$(PY) -m pipeline data

dashboard: $(VENV)/.ready ## serve the dashboard on 127.0.0.1
	@$(PY) -m dashboard

check: lint ## lint, and the tests that need no Spark, no browser and no run: for the inner loop
	@$(PY) -m pytest -q -n auto --maxprocesses 4 --dist worksteal $(addprefix tests/python/test_,$(QUICK))

test: $(VENV)/.ready ## every test: pytest, dbt unit and data tests, the dashboard in a browser
	@failed=0; for engine in sail spark; do TEST_ENGINE=$$engine $(PYTEST) || failed=1; done; \
		exit $$failed

coverage: $(VENV)/.ready ## lines that the tests reach: TESTS=files, all by default
	@mkdir -p .state/coverage; $(PY) -m coverage erase
	@failed=0; for engine in $(if $(TESTS),"",sail spark); do TEST_ENGINE=$$engine $(PYTEST) -q \
		--cov --cov-append --cov-report= $(TESTS) || failed=1; done; \
		$(PY) -m coverage report; exit $$failed

bench: $(VENV)/.ready ## benchmarks as ratios, on an idle machine: BENCH="job search" SIZES=1,10
	@$(PY) -m bench $(BENCH) $(if $(SIZES),--sizes $(SIZES)) $(if $(DATA),--data "$(DATA)")

soak: $(VENV)/.ready ## the long passes: PART=kills, faults, runs, load, engines, cluster, layouts or properties, all by default
	@PYTHONPATH=. $(PY) tests/python/soak.py --folder $(or $(STATE_DIR),.state)/soak \
		$(if $(PART),--part "$(PART)") $(if $(SOAK_SEED),--seed "$(SOAK_SEED)") \
		$(if $(KILLS),--kills "$(KILLS)") $(if $(RUNS),--runs "$(RUNS)") \
		$(if $(SESSIONS),--sessions "$(SESSIONS)") $(if $(MINUTES),--minutes "$(MINUTES)")

screenshots: $(VENV)/.ready ## every page of the dashboard, light and dark, into the state folder
	@$(PY) -m dashboard.screenshots --out $(or $(STATE_DIR),.state)/screenshots

serve: $(VENV)/.ready ## a warm local Spark: Connect on 15002, Thrift on 10000, on 127.0.0.1
	@$(PY) -m pipeline serve

status: $(VENV)/.ready ## ask the warm Spark how it is
	@$(PY) -m pipeline status

stop: $(VENV)/.ready ## end the warm Spark
	@$(PY) -m pipeline stop

rollback: $(VENV)/.ready ## exports/current back to the export before
	@$(PY) -m pipeline rollback

lint: $(VENV)/.ready ## ruff, types, the direction of imports, sqlfluff
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/mypy
	@$(VENV)/bin/lint-imports --no-cache
	@$(VENV)/bin/sqlfluff lint --processes 2 --disable-progress-bar models tests/singular
	@cd dashboard/queries && $(abspath $(VENV))/bin/sqlfluff lint --processes 2 --disable-progress-bar .

format: $(VENV)/.ready ## rewrite Python files in the house style
	@$(VENV)/bin/ruff check --fix .
	@$(VENV)/bin/ruff format .

lock: ## resolve requirements.lock anew from pyproject.toml
	@$(VENV)/bin/uv pip compile --quiet --universal --generate-hashes --no-header \
		--group dashboard --group dev --python-version 3.11 pyproject.toml -o requirements.lock

audit: $(VENV)/.ready ## ask the advisory service about every locked package
	@$(PY) -m pipeline.environment.audit

licences: $(VENV)/.ready ## list the packages' licences in LICENSES.md
	@$(PY) -m pipeline.environment.licences

docs: $(VENV)/.ready ## dbt's documentation site, into the state folder
	@. $(VENV)/bin/activate && dbt docs generate

clean: ## remove the environment and the default state folder, exports included
	@rm -rf $(VENV) .state exports
