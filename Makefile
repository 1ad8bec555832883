# Two commands do everything: `make up` and `make test`. `make help` lists the others.
.DEFAULT_GOAL := help
PYTHON ?= python3
STACK ?= us-east
VENV := .venv/bin
# A worker for each core; what shares a world stays on one worker.
PYTEST := $(VENV)/pytest --numprocesses logical --no-loadscope-reorder --durations 10 --durations-min 1
# Modules are compiled once and not at each start, whatever the machine's own setting is: that is seconds for each command.
unexport PYTHONDONTWRITEBYTECODE
# What mypy has learnt of the clouds' packages takes minutes to learn anew and is the same for every checkout. Each entry
# says which version of mypy and which file it is of, and is written anew where one of them differs.
export MYPY_CACHE_DIR ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/q2o-infra/mypy
OVERRIDES := $(if $(CLOUD),--cloud $(CLOUD)) $(if $(PHASE),--phase $(PHASE))

.PHONY: help setup tools up down status plan test test-worlds lint check fix docs inventories bench drill

help:  ## Show this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## /  make \1|/' | column -t -s '|'

setup: .venv/.installed  ## Install what the project needs into .venv

.venv/.installed: requirements.lock pyproject.toml
	$(PYTHON) -m venv --clear .venv
	$(VENV)/python -m pip install --quiet --disable-pip-version-check --no-compile --require-hashes --requirement requirements.lock
	$(VENV)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

tools: setup  ## Bring what the tests run: Redis from Debian, the rest built with Go where it is missing
	@$(VENV)/python -m sandbox.tool_setup

up: setup  ## Bring STACK (us-east, eu-west, apac) up on this machine; PHASE and CLOUD override its file
	@$(VENV)/q2o up $(STACK) $(OVERRIDES)

down: setup  ## Take STACK down and verify that nothing is left
	@$(VENV)/q2o down $(STACK)

status: setup  ## Show what stands of STACK on this machine
	@$(VENV)/q2o status $(STACK) $(if $(PHASE),--phase $(PHASE))

plan: setup  ## Show everything that STACK consists of
	@$(VENV)/q2o plan $(STACK) $(OVERRIDES)

test: tools  ## Run the tests: everything pure, the engine, one control plane, one region on AWS
	$(PYTEST) -m "not worlds"

test-worlds: tools  ## Run the tests that bring up more worlds: the other clouds, drills, control planes
	$(PYTEST) -m worlds

lint: setup  ## Check format, style, imports, scripts and types
	$(VENV)/ruff format --check .
	$(VENV)/ruff check .
	$(VENV)/lint-imports
	$(VENV)/shellcheck components/budget/*.sh .ci/run
	$(VENV)/mypy q2o_infra components clouds sandbox bench drills

check: lint test test-worlds  ## All that CI runs

fix: setup  ## Format, and mend what the linter can mend
	$(VENV)/ruff format .
	$(VENV)/ruff check --fix .

docs: setup  ## Write docs/reference/ and the README's picture anew
	$(VENV)/q2o docs

inventories: setup  ## Write the stacks' inventories and identities anew; read the diff before you commit it
	$(VENV)/python -m tests.support.inventory

drill: setup  ## Break real processes on purpose: NAME is redis, redis_rollout, rollout or scale; ARGS="--short --json" and others
	@$(VENV)/python -m drills.$(NAME) $(ARGS)

bench: setup  ## Measure the plan and the critical path
	$(VENV)/python bench/plan.py
	$(VENV)/python bench/plans.py
	$(VENV)/python bench/critical_path.py
