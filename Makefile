# The product's few commands. Everything they need is installed by deploy/bootstrap from deploy/packages.txt.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help run build test test-terminal bench check fuzz clean bootstrap

SCRIPTS := $(shell grep -rlE '^\#!/bin/(ba)?sh' deploy .ci 2>/dev/null) deploy/demo/processes.sh
SWIFT_CODE := $(wildcard Sources Tests Benchmarks) Package.swift

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 24

run: ## a whole hall on this machine: central office, devices, printer, and the terminal's shell
	@deploy/demo/run --check
	@[[ -x .build/debug/kiosk ]] || echo "第一次要编译，需要一些时间。 The first start compiles everything and takes a while."
	@$(MAKE) --no-print-directory build
	@deploy/demo/run

build: bootstrap ## install what is missing and build everything
	swift build

test: bootstrap ## install what is missing, build and run every test
	@deploy/run-tests

test-terminal: bootstrap ## the whole terminal in a virtual machine: real kernel, QEMU's chip card reader, a screen
	@deploy/virtual-terminal/build
	swift build --build-tests
	swift test --skip-build --filter '^TerminalTests\.'

bench: bootstrap ## measure, print a table, write .build/bench.json
	@deploy/bench

check: bootstrap ## formatting, scripts, hardware profiles; every matter checked, proved, told and walked
	swift format lint --strict --parallel --recursive --configuration .swift-format $(SWIFT_CODE)
	@for script in $(SCRIPTS); do bash -n "$$script"; done; echo "shell scripts: $(words $(SCRIPTS)) parse"
	swift build --product kiosk-matters
	swift build --product kiosk
	.build/debug/kiosk-matters check matters
	.build/debug/kiosk-matters story matters
	.build/debug/kiosk-matters walk matters
	@.build/debug/kiosk devices --profiles hardware-profiles --json >/dev/null
	@echo "hardware profiles: $(words $(wildcard hardware-profiles/*.yaml)) are right"

fuzz: bootstrap ## feed the parsers of outside bytes with hostile input: make fuzz SECONDS=60
	@deploy/fuzz $(or $(SECONDS),20)

clean: ## remove what was built (demo-data stays)
	swift package clean

bootstrap:
	@deploy/bootstrap
