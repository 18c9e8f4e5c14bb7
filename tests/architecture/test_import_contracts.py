from __future__ import annotations

import shutil
import socket
import subprocess
import sys
from pathlib import Path

import grimp
import pytest
from clone import ROOT, modules_after, python

#: What a part that only computes has no business with: servers, sockets and the load generator.
OUTSIDE = {"gevent", "httpx", "locust", "psycopg", "redis", "requests"}
#: What takes long to import; a command asks for it when it is called.
HEAVY = OUTSIDE | {"matplotlib", "numpy", "pandas", "pyarrow", "scipy"}


def test_the_parts_depend_on_each_other_in_one_direction_only() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_nothing_imports_the_reference_platform() -> None:
    graph = grimp.build_graph("preseason", cache_dir=None)
    platform = {"preseason.astral_field", *graph.find_descendants("preseason.astral_field")}
    importers = {name for module in platform for name in graph.find_modules_that_directly_import(module)}
    assert importers <= platform


def test_the_guardian_runs_without_anything_of_ours() -> None:
    graph = grimp.build_graph("preseason", cache_dir=None)
    assert not graph.find_modules_directly_imported_by("preseason.guardian")


@pytest.mark.parametrize(
    "module",
    [
        "preseason.run.reading",
        "preseason.slo.reading",
        "preseason.verdict.judging",
        "preseason.report.run.html",
        "preseason.report.ci.junit",
        "preseason.report.markdown",
        "preseason.report.ci.verdict_json",
    ],
)
def test_a_pure_part_loads_no_client_and_no_load_generator(module: str, tmp_path: Path) -> None:
    assert not modules_after(f"import {module}", tmp_path) & OUTSIDE


def test_help_loads_nothing_that_takes_long(tmp_path: Path) -> None:
    loaded = modules_after("import preseason.cli; sys.argv[1:] = ['--help']; preseason.cli.main()", tmp_path)
    assert "preseason.cli.gate" in loaded
    assert not loaded & (HEAVY | {"pydantic"})


UNREACHABLE = """
    import contextlib, preseason.cli
    sys.argv[1:] = ["gate", "--users", "users.csv", "--target", "http://127.0.0.1:{port}"]
    with contextlib.suppress(SystemExit):
        preseason.cli.main()
"""


def test_that_a_target_does_not_answer_is_said_before_what_takes_long_is_loaded(tmp_path: Path) -> None:
    (tmp_path / "users.csv").write_text("email,password\na@example.org,secret\n")
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        loaded = modules_after(UNREACHABLE.format(port=bound.getsockname()[1]).strip(), tmp_path)
    assert "preseason.campaign.question" in loaded
    assert not loaded & (HEAVY | {"preseason.campaign.judging", "preseason.campaign.making"})


def test_an_slo_file_is_read_without_anything_that_counts(tmp_path: Path) -> None:
    assert not modules_after("import preseason.slo.reading", tmp_path) & HEAVY


def test_judging_and_rendering_import_only_what_they_need_of_large_packages(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    shutil.copytree(ROOT / "reports" / "example", folder)
    imports = "from pathlib import Path; from preseason.campaign.judging import judge_run"
    loaded = modules_after(f"{imports}; judge_run(Path({str(folder)!r}))", tmp_path)
    assert {"matplotlib.path", "pyarrow"} <= loaded
    assert not loaded & {"matplotlib.figure", "pandas"}


@pytest.mark.parametrize(("told", "threads"), [(None, "1"), ("3", "3")])
def test_a_command_keeps_to_one_thread_of_blas_unless_it_is_told_more(
    told: str | None, threads: str, tmp_path: Path
) -> None:
    script = (
        "import os, sys, preseason.cli\n"
        f"os.environ.pop('OPENBLAS_NUM_THREADS', None) if {told} is None else None\n"
        "sys.argv[1:] = ['version']\n"
        "try: preseason.cli.main()\n"
        "finally: print(os.environ['OPENBLAS_NUM_THREADS'], 'numpy' in sys.modules)"
    )
    done = python("-c", script, cwd=tmp_path, **({"OPENBLAS_NUM_THREADS": told} if told else {}))
    assert done.stdout.split()[-2:] == [threads, "False"], done.stderr


SAMPLING = """
    from pathlib import Path
    from preseason.collectors.collector import Sample
    from preseason.collectors.recording import Recording
    from preseason.collectors.watch import Parcel
    recording = Recording(Path("run"))
    recording.deliver(Parcel((Sample(1.0, "redis", "keys", "", 2.0),)))
    recording.close()
"""
LOADING = """
    from pathlib import Path
    from preseason.run.tables import REQUESTS, Table
    from preseason.traffic.messages import Report, pack_rows
    from preseason.traffic.store import Store
    row = {"scenario": "a", "method": "GET", "name": "/", "ok": True}
    empty = {field.name: [] if "list" in str(field.type) else 1 for field in REQUESTS}
    columns = {name: [value] for name, value in {**empty, **row}.items()}
    packed = {"requests": pack_rows(Table.REQUESTS, columns)}
    store = Store(Path("run"))
    for table, rows in Report("a", 0, 0, 0, False, batches=packed).rows().items():
        store.add(table, rows)
    assert store.take_recent()["requests"] == 1
    store.close()
"""


@pytest.mark.parametrize("recording", [SAMPLING, LOADING], ids=["sampling", "loading"])
def test_whoever_records_beside_a_target_imports_no_pandas(recording: str, tmp_path: Path) -> None:
    loaded = modules_after(recording.strip(), tmp_path)
    assert list((tmp_path / "run").rglob("*.arrow"))
    assert "pyarrow" in loaded
    assert "pandas" not in loaded
