# Every target makes the environment first, from uv.lock, into .venv; the second time it is there.
.DEFAULT_GOAL := help
export RASA_TELEMETRY_ENABLED := false
export SQLALCHEMY_SILENCE_UBER_WARNING := 1
export TF_CPP_MIN_LOG_LEVEL := 3
export PYTHONWARNINGS := ignore
PY := .venv/bin/python
RASA := $(PY) -m rasa

.PHONY: help setup run console demo test lint types validate train test-stories test-code test-nlu evaluate data-report shell answer check-content \
	content-report answers-page bench-channel bench-growth bench-console bench bench-scaling chaos doctor backup clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## make the Python environment from the lock file
	@scripts/setup.sh

run: setup ## start the assistant with a local Zalo and a chat page; Ctrl-C ends it
	@exec $(PY) -m commands.run

console: setup ## start the officers' web pages alone (first account: python -m commands.staff first-admin NAME --name "…")
	@exec $(PY) -m console

demo: setup ## fill a demo database with 2,000 conversations through the local Zalo (var/demo); many minutes
	$(PY) -m commands.demo

doctor: setup ## look this deployment over, and say what to do about what is not in order
	@$(PY) -m commands.doctor

backup: setup ## copy database, evidence and spool into one dated archive: make backup TO=/path/to/folder
	@$(PY) -m commands.backup create "$(TO)"

test: setup lint types validate train test-stories test-code ## everything that CI checks

lint: setup ## style, with ruff
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .

types: setup ## types, with mypy
	$(PY) -m mypy

validate: setup ## Rasa's data and our content, warnings count as errors
	$(PY) -m commands.content check
	$(RASA) data validate --fail-on-warnings --quiet

train: setup ## train the model for the present data, unless it is there
	$(PY) -m commands.model ensure

test-stories: setup ## conversation tests in Rasa's format
	$(RASA) test core --model $$($(PY) -m commands.model path) --stories tests/stories --out results/stories --no-plot --fail-on-prediction-errors --quiet

test-code: setup ## pytest: units, journeys through the local Zalo, the chat page in Chromium
	$(PY) -m pytest -rs

test-nlu: setup ## Rasa's own NLU evaluation on a held-out part of the data
	$(RASA) data split nlu --random-seed 20261121 --out results/split
	$(RASA) test nlu --model $$($(PY) -m commands.model path) --nlu results/split/test_data.yml --out results/nlu --no-plot

evaluate: setup ## how well the model understands: held-out sentences, per variant and intent, against the last release
	$(PY) -m benchmarks.language.evaluate
	$(PY) -m benchmarks.language.report_categories

data-report: setup ## count training sentences, duplicates, and intents that look alike
	$(PY) -m benchmarks.language.data_report

shell: setup ## talk to the trained model in the terminal (start `rasa run actions` beside it)
	$(RASA) shell --model $$($(PY) -m commands.model path)

answer: setup ## show what is answered to a question: make answer Q="lệ phí đăng ký tạm trú"
	@$(PY) -m commands.content answer "$(Q)"

check-content: setup ## check content/: file, field and reason of everything that is wrong
	$(PY) -m commands.content check

content-report: setup ## list what expires in the next 60 days and what is still to be confirmed
	@$(PY) -m commands.content report

answers-page: setup ## write every answer into results/answers.html, to read through
	@mkdir -p results && $(PY) -m commands.content html --out results/answers.html

bench-growth: setup ## what claims and long conversations cost when tables hold a million settled rows
	$(PY) -m benchmarks.channel.growth

bench-channel: setup ## the webhook under 200 events a second, beside a stock Rasa channel
	$(PY) -m benchmarks.channel

bench-console: setup ## how fast the officers' lists open with 10,000 conversations and 200,000 messages
	$(PY) -m benchmarks.console

bench: setup ## the whole assistant beside stock Rasa: messages a second, latency, memory, growth (ARGS=--quick: 3 minutes)
	$(PY) -m benchmarks.load $(ARGS)

bench-scaling: setup ## what a message costs each process, and by a model what more machines would do (4 minutes)
	$(PY) -m benchmarks.load.scaling

chaos: setup ## kill, cut off and restart everything under load on Postgres, then count (ARGS="--minutes 1 --seed 7")
	$(PY) -m benchmarks.chaos $(ARGS)

clean: ## forget models, logs, the local database and test results
	rm -rf models results var .rasa
