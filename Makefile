# MetaRL: `make test` is what continuous integration runs.

SWIFT ?= swift
CONFIGURATION ?= release
EXPERIMENT ?= experiments/nmd.json
OPTIONS ?=

.PHONY: build run test headless bench schema lint format clean dependencies

build: dependencies
	$(SWIFT) build -c $(CONFIGURATION)

# make run EXPERIMENT=experiments/pendulum-ppo.json OPTIONS="--seed 7"
run: build
	$(SWIFT) run -c $(CONFIGURATION) --skip-build metarl run $(EXPERIMENT) $(OPTIONS)

# Where CI is set, as services for continuous integration do, also the program without its window.
test:
	scripts/install-dependencies --tests
	scripts/test $(CONFIGURATION)
	$(if $(CI),$(MAKE) headless)

# The program without its window, which needs no SDL2: built in .build-headless, and tried.
headless:
	scripts/install-dependencies --headless
	scripts/test-headless

# make bench OPTIONS="--only gru --seconds 10"
bench: dependencies
	$(SWIFT) build -c release --product benchmark
	.build/release/benchmark $(OPTIONS)

# The published schema of experiment files; a test compares it with what the program knows.
schema: build
	$(SWIFT) run -c $(CONFIGURATION) --skip-build metarl schema > .build/experiment.schema.json
	mv .build/experiment.schema.json docs/experiment.schema.json

lint:
	$(SWIFT) format lint --strict --recursive Sources Tests Examples benchmarks Package.swift

format:
	$(SWIFT) format --in-place --recursive Sources Tests Examples benchmarks Package.swift

clean:
	$(SWIFT) package clean
	rm -rf .build-headless .build-protobuf Examples/CustomEnvironment/.build

dependencies:
	@scripts/install-dependencies
