# MetaRL: `make test` is what continuous integration runs.

SWIFT ?= swift
CONFIGURATION ?= release

.PHONY: build run test bench lint format clean dependencies

build: dependencies
	$(SWIFT) build -c $(CONFIGURATION)

# make run EXPERIMENT=experiments/nmd.json OPTIONS="--seed 7"
run: build
	$(SWIFT) run -c $(CONFIGURATION) --skip-build metarl run $(EXPERIMENT) $(OPTIONS)

test: dependencies
	scripts/test $(CONFIGURATION)

# make bench OPTIONS="--only gru --seconds 10"
bench: dependencies
	$(SWIFT) build -c release --product benchmark
	$(SWIFT) run -c release --skip-build benchmark $(OPTIONS)

lint:
	$(SWIFT) format lint --strict --recursive Sources Tests benchmarks Package.swift

format:
	$(SWIFT) format --in-place --recursive Sources Tests benchmarks Package.swift

clean:
	$(SWIFT) package clean

dependencies:
	@scripts/install-dependencies
