# `make` alone prints this help. Python 3.11 to 3.13 and make are all that has to be there.
.DEFAULT_GOAL := help
.PHONY: help run up down test proof test-moto pilot bench why tracker fmt lint synth deploy

export PATH := $(CURDIR)/.venv/bin:$(PATH)
# A run starts some hundreds of processes; each would compile all that it imports.
unexport PYTHONDONTWRITEBYTECODE
PY := .venv/bin/python
CDK := node_modules/.bin/cdk
STAGE ?= dev

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' Makefile

run: ## the whole stack on this machine, a demo day through it; ONCE=1 ends after the table
	@sh tools/bootstrap.sh python node emulator
	@$(PY) -m local.run

up: ## the same stack, in the background
	@sh tools/bootstrap.sh python node emulator
	@$(PY) -m local.up

down: ## stop what `make up` started
	@sh tools/bootstrap.sh python
	@$(PY) -m local.down

test: ## everything that CI checks
	@sh tools/bootstrap.sh python node emulator browser
	@$(PY) -m tests.suites

proof: ## everything at its whole length: `make test` with all its made-up histories, not a quarter
	@sh tools/bootstrap.sh python node emulator browser
	@RAPPORT_WHOLE=1 $(PY) -m tests.suites

test-moto: ## all real handlers in process, in under a minute; no emulator
	@sh tools/bootstrap.sh python
	@$(PY) -m tests.suites moto

pilot: ## a pilot on this machine, step by step, into docs/pilot.md; PILOT_PEOPLE=120 is short
	@sh tools/bootstrap.sh python node emulator browser
	@$(PY) -m local.pilot

bench: ## cost per event and click→mail, against a bare pipeline
	@sh tools/bootstrap.sh python node emulator
	@$(PY) -m bench

why: ## why did this person get this e-mail? WHO=address, user id or decision id
	@sh tools/bootstrap.sh python
	@.venv/bin/rapport why "$(WHO)"

tracker: ## rapport.js, which career sites load, made anew from tracker/src
	@sh tools/bootstrap.sh python node
	@npm run --silent tracker

fmt: ## format the code, and mend what ruff can mend
	@sh tools/bootstrap.sh python
	@$(PY) -m ruff check --fix-only --quiet . ; $(PY) -m ruff format .

lint: ## format, lint, types, import rules and spelling, without the tests
	@sh tools/bootstrap.sh python
	@$(PY) -m tests.suites format lint types imports spelling

synth: ## the CloudFormation templates, into cdk.out; STAGE=dev|prod
	@sh tools/bootstrap.sh python node
	@$(CDK) synth --quiet --no-notices -c stage=$(STAGE)

deploy: ## both stacks into the AWS account of your credentials; STAGE=dev|prod (docs/deploy.md)
	@sh tools/bootstrap.sh python node
	@$(CDK) deploy --all -c stage=$(STAGE)
