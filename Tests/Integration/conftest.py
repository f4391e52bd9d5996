"""What the integration tests share: the executables, the corpus, and a run that keeps its output."""

import csv
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# What measures likeness is there once, for tests and benchmarks.
sys.path.append(str(ROOT / "Benchmarks/harness"))
ALBUMEN = Path(os.environ.get("ALBUMEN_EXECUTABLE", ROOT / ".build/release/albumen"))


@dataclass
class Run:
    """How a command ended and what it said."""

    code: int
    out: str
    err: str

    @property
    def last_json(self) -> dict:
        return json.loads(self.out.strip().splitlines()[-1])


def corpus_folder() -> Path | None:
    named = os.environ.get("ALBUMEN_CORPUS")
    places = [Path(named)] if named else [ROOT / up / "shared/corpus" for up in ("..", "../..", "../../..")]
    return next((place.resolve() for place in places if (place / "MANIFEST.tsv").is_file()), None)


@pytest.fixture(scope="session")
def corpus() -> Path:
    folder = corpus_folder()
    if folder is None:
        pytest.skip("the shared corpus is absent; set ALBUMEN_CORPUS to its folder to run this test")
    return folder


@pytest.fixture(scope="session")
def manifest(corpus: Path) -> list[dict]:
    with open(corpus / "MANIFEST.tsv", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


@pytest.fixture
def albumen(tmp_path: Path):
    """Runs the command with its data below the test's own folder."""
    environment = dict(os.environ, XDG_DATA_HOME=str(tmp_path / "data"), LC_ALL="C.UTF-8")

    def run(*arguments, code: int | None = 0, timeout: int = 120, **more) -> Run:
        done = subprocess.run(
            [ALBUMEN, *map(os.fspath, arguments)], capture_output=True, timeout=timeout,
            env={**environment, **more.pop("env", {})}, stdin=subprocess.DEVNULL, **more)
        result = Run(done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace"))
        assert code is None or result.code == code, f"exit {result.code}\n{result.err}\n{result.out[-2000:]}"
        return result

    run.environment = environment
    return run
