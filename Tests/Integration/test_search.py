"""`albumen search` against what exiftool says of the same files."""

import contextlib
import json
import shutil
import sqlite3
import subprocess
from pathlib import Path

import pytest

from serving import serving

FOLDERS = ["metadata", "photos", "exif-orientation"]


@pytest.fixture(scope="module")
def pictures(corpus, tmp_path_factory) -> Path:
    """Copies of the corpus's photographs, which nothing may change."""
    folder = tmp_path_factory.mktemp("search") / "pictures"
    for name in FOLDERS:
        if (corpus / name).is_dir():
            shutil.copytree(corpus / name, folder / name)
    return folder


@pytest.fixture(scope="module")
def tags(pictures) -> dict[str, dict]:
    """What exiftool says, by path below the folder."""
    if shutil.which("exiftool") is None:
        pytest.skip("exiftool is not installed")
    done = subprocess.run(
        ["exiftool", "-j", "-n", "-r", "-fast", "-ImageWidth", "-ImageHeight", "-Orientation", "-Make", "-Model",
         "-DateTimeOriginal", "-FileSize#", "-FileType", "-EXIF:all", "-ext", "jpg", "-ext", "jpeg", pictures],
        capture_output=True, check=False)
    return {str(Path(entry["SourceFile"]).relative_to(pictures)): entry for entry in json.loads(done.stdout)}


@pytest.fixture
def search(albumen, pictures):
    """Scans, and answers what a query finds as paths below the folder."""
    albumen("scan", pictures)

    def found(query, *more):
        out = albumen("search", pictures, query, "--paths0", *more).out
        return [str(Path(path).relative_to(pictures)) for path in out.split("\0") if path]

    return found


def seen_width(entry):
    turned = entry.get("Orientation", 1) in (5, 6, 7, 8)
    return entry["ImageHeight"] if turned else entry["ImageWidth"]


def test_fields_find_what_exiftool_says(search, tags):
    everything = set(search("type:jpeg"))
    known = {path: entry for path, entry in tags.items() if path in everything}
    assert len(known) > 20
    makes = sorted({str(entry["Make"]).strip() for entry in known.values() if str(entry.get("Make", "")).strip()})
    assert makes
    for make in makes:
        expected = {
            path for path, entry in known.items()
            if make.casefold() in f'{entry.get("Make", "")} {entry.get("Model", "")}'.casefold()}
        assert set(search(f'camera:"{make}" type:jpeg')) == expected, make
    for width in sorted({seen_width(entry) for entry in known.values()})[:12]:
        expected = {path for path, entry in known.items() if seen_width(entry) == width}
        assert set(search(f"width:{width} type:jpeg")) == expected, width
        expected = {path for path, entry in known.items() if seen_width(entry) >= width}
        assert set(search(f"width:>={width} type:jpeg")) == expected, width
    for size in sorted(entry["FileSize"] for entry in known.values())[::15]:
        expected = {path for path, entry in known.items() if entry["FileSize"] <= size}
        assert set(search(f"size:<={size} type:jpeg")) == expected, size


def test_days_find_what_exiftool_says(search, tags):
    everything = set(search("type:jpeg"))
    days = {
        path: entry["DateTimeOriginal"][:10].replace(":", "-") for path, entry in tags.items()
        if path in everything and isinstance(entry.get("DateTimeOriginal"), str)
        and entry["DateTimeOriginal"][:4].isdigit() and entry["DateTimeOriginal"][:4] > "1900"}
    assert days
    for day in sorted(set(days.values())):
        expected = {path for path, its in days.items() if its == day}
        assert expected <= set(search(f"taken:{day} type:jpeg")), day
    for year in sorted({day[:4] for day in days.values()}):
        found = set(search(f"taken:{year} type:jpeg"))
        assert {path for path, day in days.items() if day.startswith(year)} <= found, year
        assert not {path for path, day in days.items() if not day.startswith(year)} & found, year


def test_counts_json_limits_and_orders(search, albumen, pictures):
    paths = search("type:jpeg order:name")
    assert int(albumen("search", pictures, "type:jpeg", "--count").out) == len(paths)
    assert albumen("search", pictures, "type:jpeg", "--count", "--json").last_json == {"count": len(paths)}
    assert search("type:jpeg order:name limit:3") == paths[:3]
    assert search("type:jpeg", "--sort", "name", "--limit", "3") == paths[:3]
    lines = albumen("search", pictures, "type:jpeg order:size", "--json").out.splitlines()
    sizes = [json.loads(line)["byteCount"] for line in lines]
    assert len(sizes) == len(paths) and sizes == sorted(sizes, reverse=True)
    assert search("no_such_tag") == []


def test_the_index_is_kept_and_made_again_when_it_is_damaged(search, albumen, pictures, tmp_path):
    expected = search("type:jpeg order:name")
    index = next((tmp_path / "data").rglob("search.index"))
    index.write_bytes(index.read_bytes()[:-7] + b"damaged")
    result = albumen("search", pictures, "type:jpeg order:name", "--paths0")
    assert [str(Path(path).relative_to(pictures)) for path in result.out.split("\0") if path] == expected
    assert "search index" in result.err
    assert search("type:jpeg order:name") == expected


@pytest.mark.parametrize("query, words", [("(cat", "("), ("width:abc", "width"), ("similar:1", "similar")])
def test_a_bad_query_says_what_is_wrong(albumen, pictures, query, words):
    albumen("scan", pictures)
    result = albumen("search", pictures, query, code=None)
    assert result.code in (2, 3) and words in result.err
    if result.code == 2 and query.isascii():
        assert "^" in result.err


def test_a_budget_too_small_for_the_index_is_refused(albumen, pictures):
    albumen("scan", pictures)
    assert "96M" in albumen("search", pictures, "cat", "--memory", "16M", code=2).err


def test_a_running_server_answers(search, albumen, pictures):
    expected = search("type:jpeg order:name")
    assert len(expected) > 20
    with serving(albumen, pictures):
        assert search("type:jpeg order:name") == expected
        assert albumen("search", pictures, "type:jpeg", "--count").out == f"{len(expected)}\n"
        bad = albumen("search", pictures, "(cat", code=2)
        assert "^" in bad.err and "(" in bad.err


def test_a_scan_that_finds_nothing_new_leaves_the_index_as_it_is(albumen, pictures, tmp_path):
    def change_number():
        catalog = next((tmp_path / "data").rglob("catalog.db"))
        with contextlib.closing(sqlite3.connect(f"file:{catalog}?mode=ro", uri=True)) as database:
            return database.execute("SELECT value FROM meta WHERE key = 'change'").fetchone()[0]

    albumen("scan", pictures)
    expected = albumen("search", pictures, "type:jpeg order:name", "--paths0").out
    index = next((tmp_path / "data").rglob("search.index"))
    written, number = index.stat(), change_number()
    albumen("scan", pictures)
    assert change_number() > number
    assert albumen("search", pictures, "type:jpeg order:name", "--paths0").out == expected
    assert (index.stat().st_ino, index.stat().st_mtime_ns) == (written.st_ino, written.st_mtime_ns)
