# make try   see it work: stand-ins for 1Password and AWS, on this machine alone
# make test  everything that CI runs, on one Python; make test-all: what a version
#            of Python may change, on each CPython from 3.10 to 3.13 that is here

PYTHON ?= python3
VENV = .venv
BIN = $(VENV)/bin
EXTRA = dev
WORKERS = 6
PYTEST = $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

.PHONY: try test test-all environments lint bench soak clean

try: $(VENV)/installed
	@$(BIN)/python tests/standins/demo.py

test: lint
	$(PYTEST)

lint: $(VENV)/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	@if command -v shellcheck >/dev/null; then shellcheck shell/get_mfa_session.sh shell/mfa-session-credentials .ci/run .ci/pythons; \
	elif [ -n "$$CI" ]; then echo "shellcheck is missing" >&2; exit 1; \
	else echo "not checked: shellcheck is not installed (apt-get install shellcheck, brew install shellcheck)"; fi

# Each Python gets an environment of its own, beside the usual one, with no more in it than these tests need.
# TESTED=3.11 leaves one out.
OTHERS = .ci/pythons | grep -v "^$(or $(TESTED),none) "
OTHER = $(MAKE) --no-print-directory VENV=.venv-$$version PYTHON=$$python EXTRA=test .venv-$$version/installed

test-all: WORKERS = 3
test-all: environments
	@set -e; $(OTHERS) | while read -r version python; do \
		echo "== CPython $$version"; \
		$(OTHER); \
		$(subst $(BIN),.venv-$$version/bin,$(PYTEST)) -q -m "not one_python" </dev/null; \
	done

# All at once: each keeps one processor busy, and the network waiting. What fails here is tried again, and seen, above.
environments:
	@$(OTHERS) | { while read -r version python; do $(OTHER) </dev/null & done; wait; }

bench: $(VENV)/installed
	$(BIN)/python bench/export.py
	$(BIN)/python bench/status.py
	$(BIN)/python bench/warm.py
	$(BIN)/python bench/crowd.py
	$(BIN)/python bench/roles.py
	$(BIN)/python bench/doctor.py
	$(BIN)/python bench/serve.py

# Ten minutes of load on a credential server while its sessions end and are renewed; SECONDS=60 for less.
soak: $(VENV)/installed
	$(BIN)/python bench/soak.py $(SECONDS)

# The shims and the man page are copied on installing, so a change of them counts too; the package is used from the checkout.
$(VENV)/installed: pyproject.toml $(wildcard shell/* man/*)
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[$(EXTRA)]'
	@touch $@

clean:
	rm -rf $(VENV) .venv-* .mypy_cache .pytest_cache .ruff_cache
