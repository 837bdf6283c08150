# MetaRL: `make test` is what continuous integration runs.

SWIFT ?= swift
CONFIGURATION ?= release

.PHONY: build run test lint format clean dependencies

build: dependencies
	$(SWIFT) build -c $(CONFIGURATION)

# make run EXPERIMENT=experiments/nmd.json OPTIONS="--seed 7"
run: build
	$(SWIFT) run -c $(CONFIGURATION) --skip-build metarl run $(EXPERIMENT) $(OPTIONS)

test: dependencies
	scripts/test $(CONFIGURATION)

lint:
	$(SWIFT) format lint --strict --recursive Sources Tests Package.swift

format:
	$(SWIFT) format --in-place --recursive Sources Tests Package.swift

clean:
	$(SWIFT) package clean

dependencies:
	@scripts/install-dependencies
