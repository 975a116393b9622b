# What can be done here, in at most three lines each. CI runs `make test`, as everybody does.
BIN := .venv/bin
STAMP := .venv/.complete
CONFIG := config/storywire.toml
# What docker-compose reads as well; it need not exist.
ENV := set -a; if [ -f .env ]; then . ./.env; fi;

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help setup run demo gallery check test needs lint format types imports pytest eval fit bench crash words \
	transcript clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s  %s\n", $$1, $$2 }' Makefile

setup: $(STAMP) ## Make .venv as uv.lock says; the other targets do it when needed
	@:
$(STAMP): pyproject.toml uv.lock scripts/setup.sh
	@sh scripts/setup.sh
	@touch $@

run: $(STAMP) ## Run the bot with config/storywire.toml and, if there is one, .env
	@$(ENV) exec $(BIN)/storywire run --config $(CONFIG)

demo: $(STAMP) ## Show the whole way of the news without network or accounts
	@$(BIN)/storywire demo

gallery: $(STAMP) ## Draw what a reader sees as one page, gallery.html
	@$(BIN)/storywire gallery

check: $(STAMP) ## Check the configuration, the feeds and the channel, and post nothing
	@$(ENV) exec $(BIN)/storywire check --config $(CONFIG)

test: needs lint types imports pytest ## Everything CI checks

needs:
	@sh scripts/needs.sh

lint: $(STAMP) ## Check style and layout
	$(BIN)/ruff check
	$(BIN)/ruff format --check

format: $(STAMP) ## Mend style and layout where that can be done safely
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

types: $(STAMP) ## Check types, tests included
	$(BIN)/mypy

imports: $(STAMP) ## Check who imports whom
	$(BIN)/lint-imports

pytest: $(STAMP) ## Run the tests, on two cores; ARGS="-k words" chooses some
	$(BIN)/pytest $(or $(ARGS),-n 2 --dist loadfile)

eval: $(STAMP) ## Measure how well repeats are told from news
	@$(BIN)/storywire eval

fit: $(STAMP) ## Fit the judge's models on the labelled pairs and write bot/core/weights.py
	@PATH="$$PWD/.tools/bin:$$PATH" uv run --quiet --frozen --group fit env PYTHONPATH=. python scripts/fit.py

bench: $(STAMP) ## Measure how fast that is
	@PATH="$$PWD/.tools/bin:$$PATH" uv run --quiet --frozen --group bench storywire bench

crash: $(STAMP) ## Kill the program twenty times at every step and count what is lost or doubled
	STORYWIRE_CRASH_RUNS=20 $(BIN)/pytest tests/crash -s -p no:randomly

words: $(STAMP) ## Bring the catalogues of the bot's texts up to date (then translate what is empty, and again)
	@sh scripts/words.sh

transcript: $(STAMP) ## Write docs/conversation.md and commands.md anew, from what the bot says
	STORYWIRE_TRANSCRIPT=1 $(BIN)/pytest -q tests/walk/test_transcript.py tests/unit/commands/test_page.py

clean: ## Remove what setup, tests and checks made; keeps data/
	rm -rf .venv .tools .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
