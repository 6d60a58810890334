.DEFAULT_GOAL := help
.PHONY: help env run demo catalogue sweep clear-day test unit simulation simulate built workflow e2e browser screens fuzz publish bench lint build lock format clean

# Any Python from 3.11 on will do; the rest comes from the lock files.
PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11 python3.14; do \
	$$python -c 'import sys, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
BIN := .venv/bin
SAM := AWS_DEFAULT_REGION=$${AWS_DEFAULT_REGION:-eu-central-1} SAM_CLI_TELEMETRY=0 .venv-sam/bin/sam
LOCK := $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate --no-emit-index-url
CODE := layers/common/python functions local tools bench tests
# Each of the two has a stack of its own; the tests of a file share what it sets up.
SIDE_BY_SIDE := -n 2 --dist loadfile --no-loadscope-reorder

help: ## Show what there is
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | while IFS='	' read -r name text; do printf '  make %-10s %s\n' "$$name" "$$text"; done

env: ## Make the environments from the lock files (all the others do it first)
	@test -n "$(PYTHON)" || { echo "Нужен Python 3.11 или новее с модулем venv (Debian, Ubuntu: apt install python3 python3-venv), затем повторите. / Python 3.11 or later with venv is needed." >&2; exit 1; }
	@$(PYTHON) tools/environment.py

run: env ## Start the whole of it on this machine; Ctrl-C stops it
	@$(BIN)/python -m local.stack

demo: env ## Play the stories against the running stack, or one of its own
	@$(BIN)/python -m local.demo

catalogue: env ## Load the clinic's catalogue into the running stack: FILE=clinic.json [VERSION=3]
	@test -n "$(FILE)" || { echo "Укажите файл каталога: make catalogue FILE=clinic.json" >&2; exit 2; }
	@$(BIN)/python -m tools.catalogue load $(if $(VERSION),--version "$(VERSION)") -- "$(FILE)"

sweep: env ## Run one sweep of the running stack now: NAME=audit [AT=… FROM=… TO=… STACK=…]
	@test -n "$(NAME)" || { echo "Укажите обход: make sweep NAME=audit" >&2; exit 2; }
	@$(BIN)/python -m tools.sweep $(if $(AT),--at "$(AT)") $(if $(FROM),--from "$(FROM)") $(if $(TO),--to "$(TO)") \
		$(if $(STACK),--stack "$(STACK)") -- "$(NAME)"

clear-day: env ## A doctor is ill: clear a day, DOCTOR=d-… DAY=2026-12-01 ACTION=move|cancel WHY=… [OTHERWISE=cancel DOCTORS=same API=…]
	@test -n "$(DOCTOR)" -a -n "$(DAY)" -a -n "$(ACTION)" -a -n "$(WHY)" || { echo "Укажите: make clear-day DOCTOR=d-sokolova DAY=2026-12-01 ACTION=move WHY=болезнь" >&2; exit 2; }
	@$(BIN)/python -m tools.clear_day "--$(ACTION)" --why "$(WHY)" $(if $(OTHERWISE),--otherwise "$(OTHERWISE)") \
		$(if $(DOCTORS),--doctors "$(DOCTORS)") $(if $(API),--api "$(API)") -- "$(DOCTOR)" "$(DAY)"

publish: env ## Put the pages of web/ where people meet them, on AWS: [STACK=teleconsult]; without it, on `make run`
	@$(BIN)/python -m tools.publish $(if $(STACK),--stack "$(STACK)")

test: lint unit simulation built workflow e2e browser ## Everything CI runs

unit: env ## Rules, stores and the template; sockets off
	$(BIN)/pytest tests/unit -n auto --cov --cov-report=term-missing:skip-covered

simulation: env ## Invariants of money and bookings under faults: SIMULATION_SEEDS (2000), every outside call failed
	$(BIN)/pytest tests/simulation -n auto --dist worksteal

simulate: env ## Any number of the simulation's seeds: SEEDS=10000 [FROM=2000]; one of them: SEED=42
	@PYTHONPATH=layers/common/python $(BIN)/python -m tests.simulation $(if $(SEED),--seed $(SEED) --trace,--seeds $(or $(SEEDS),10000) --from $(or $(FROM),0))

built: build ## What was built, looked into
	$(BIN)/pytest tests/build

workflow: env ## The real state machine on the local engine
	$(BIN)/pytest tests/workflow $(SIDE_BY_SIDE)

e2e: env ## HTTP against a deployed stack, as its users meet it, the stories of the demo among it
	$(BIN)/pytest tests/e2e $(SIDE_BY_SIDE)

browser: env ## The pages in Chromium, which is installed where that may be done; TELECONSULT_TEST_STACK=running: on `make run`
	@$(BIN)/python -m tools.chromium
	$(BIN)/pytest tests/browser $(SIDE_BY_SIDE)

screens: env ## Draw the pages into docs/screens: [NAME=404]; TELECONSULT_TEST_STACK as above
	@$(BIN)/python -m tools.chromium >/dev/null
	@$(BIN)/python -m tests.browser.screens $(NAME)

fuzz: env ## Many made-up requests to every operation of a deployed stack; CONTRACT_CASES for each
	CONTRACT_CASES=$${CONTRACT_CASES:-300} $(BIN)/pytest tests/e2e/test_contract.py

bench: env ## Measure; figures go to bench/results/latest.json (ONLY=stories, slots, … : that alone)
	@PYTHONPATH=layers/common/python $(BIN)/python -m bench $(ONLY)

lint: env ## Static checks
	$(BIN)/ruff check $(CODE)
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/mypy $(CODE)
	PYTHONPATH=layers/common/python $(BIN)/lint-imports --cache-dir .import_linter_cache
	$(BIN)/cfn-lint infra/template.yaml
	$(SAM) validate --lint
	$(BIN)/python -m tools.asl_check
	PYTHONPATH=layers/common/python $(BIN)/python -m tools.openapi --check
	$(BIN)/python -m tools.flow_picture --check

build: env ## Build for Lambda (arm64, python3.13) into .aws-sam/build
	PATH="$(CURDIR)/.venv/bin:$$PATH" $(SAM) build

format: env ## Format the code
	$(BIN)/ruff check --fix-only $(CODE)
	$(BIN)/ruff format $(CODE)

lock: env ## Lock the newest versions that pyproject.toml allows
	$(LOCK) --upgrade --python-version 3.11 pyproject.toml --group dev -o requirements.lock >/dev/null
	$(LOCK) --upgrade --python-version 3.11 --group pyproject.toml:sam -o requirements-sam.lock >/dev/null
	$(LOCK) --python-version 3.13 pyproject.toml --constraint requirements.lock -o layers/common/requirements.lock >/dev/null \
		$(foreach package,boto3 botocore jmespath python-dateutil s3transfer six urllib3,--no-emit-package $(package))

clean: ## Remove what was built, the environments and the local data
	rm -rf .venv .venv-sam .local .aws-sam .coverage .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
