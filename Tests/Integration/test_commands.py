"""The command line as people and scripts meet it."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import time
from pathlib import Path

import pytest

from conftest import ALBUMEN
from serving import serving

COMMANDS = ["serve", "scan", "list", "search", "thumbs", "info", "thumbnail", "stats", "memory", "doctor", "completions"]


def test_help_names_every_command(albumen):
    text = albumen("--help").out
    for name in COMMANDS:
        assert f"  {name} " in text


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_explains_itself_with_examples(albumen, name):
    text = albumen(name, "--help").out
    assert f"Usage: albumen {name}" in text
    assert "Examples:" in text and f"albumen {name}" in text.split("Examples:")[1]


@pytest.mark.parametrize(
    "arguments, words",
    [
        ([], "a command is needed"),
        (["skan"], 'did you mean "scan"'),
        (["scan"], "folder"),
        (["scan", "--jsn", "/tmp"], "did you mean --json"),
        (["thumbnail", "a.jpg"], "--out-dir"),
        (["thumbnail", "a.jpg", "b.jpg", "-o", "x.jpg"], "--out-dir"),
        (["thumbnail", "a.jpg", "-o", "x.jpg", "--size", "0"], "--size takes a whole number"),
        (["serve", "--memory", "lots", "/tmp"], "lots"),
        (["completions", "tcsh"], "bash, zsh, fish"),
    ],
)
def test_usage_mistakes_end_with_2_and_a_way_out(albumen, arguments, words):
    assert words in albumen(*arguments, code=2).err


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts_parse(albumen, shell, tmp_path):
    script = tmp_path / "script"
    script.write_text(albumen("completions", shell).out)
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    subprocess.run([shell, "-n", script], check=True)


def test_bash_completion_offers_commands_and_options(albumen, tmp_path):
    script = tmp_path / "albumen.bash"
    script.write_text(albumen("completions", "bash").out)

    def complete(*words):
        line = f'. {script}; COMP_WORDS=({" ".join(words)}); COMP_CWORD={len(words) - 1}; _albumen; printf "%s\\n" "${{COMPREPLY[@]}}"'
        return subprocess.run(["bash", "-c", line], capture_output=True, text=True).stdout.split()

    assert "thumbnail" in complete("albumen", "thu")
    assert "--scan-threads" in complete("albumen", "scan", "--scan")


def test_a_budget_below_the_minimum_is_refused_with_the_number(albumen, tmp_path):
    (tmp_path / "pictures").mkdir()
    result = albumen("scan", tmp_path / "pictures", "--memory", "16M", code=2)
    assert "96M" in result.err


def test_info_shows_what_a_picture_is(albumen, corpus):
    shown = albumen("info", "--json", corpus / "metadata/DSCN0010.jpg").last_json
    assert (shown["format"], shown["width"], shown["height"]) == ("jpeg", 640, 480)
    assert shown["capturedAt"].startswith("2008-10-22T16:28:39")
    assert abs(shown["latitude"] - 43.467448) < 1e-4
    assert "NIKON" in shown["camera"]


def test_thumbnail_works_without_a_library_and_keeps_going(albumen, corpus, tmp_path):
    bad = tmp_path / "bad.jpg"
    bad.write_bytes(b"not a picture")
    out = tmp_path / "out"
    result = albumen(
        "thumbnail", corpus / "photos/prairie_falcon.jpg", bad, corpus / "photos/denali.webp",
        "--out-dir", out, "--size", "200", code=1)
    assert "bad.jpg" in result.err
    made = sorted(path.name for path in out.iterdir())
    assert made == ["denali.webp.jpg", "prairie_falcon.jpg.jpg"] or made == ["denali.jpg", "prairie_falcon.jpg"]
    for path in out.iterdir():
        size = subprocess.run(["vipsheader", path], capture_output=True, text=True).stdout
        assert "200x" in size or "x200" in size


def test_a_broken_pipe_is_not_an_error(albumen, corpus):
    line = f"'{ALBUMEN}' --help | head -n 1 >/dev/null; exit ${{PIPESTATUS[0]}}"
    assert subprocess.run(["bash", "-c", line], capture_output=True).returncode == 0


def test_scan_list_stats_and_doctor_on_one_library(albumen, corpus, tmp_path):
    folder = tmp_path / "pictures"
    shutil.copytree(corpus / "photos", folder)
    summary = albumen("scan", folder, "--json").last_json
    assert summary["assets"] == summary["added"] == len(list(folder.iterdir()))
    again = albumen("scan", folder, "--json").last_json
    assert (again["added"], again["changed"], again["assets"]) == (0, 0, summary["assets"])

    listed = [json.loads(line) for line in albumen("list", folder, "--json").out.splitlines()]
    assert {Path(item["path"]).name for item in listed} == {path.name for path in folder.iterdir()}
    assert albumen("thumbs", folder, "--json").last_json["made"] == summary["assets"]
    assert albumen("stats", folder, "--json").last_json["counts"]["assets"] == summary["assets"]
    assert "ok" in albumen("doctor", folder).out
    assert "process.base" in albumen("memory", folder).out


def test_a_moved_file_keeps_its_identity_and_a_gone_one_is_missing(albumen, corpus, tmp_path):
    folder = tmp_path / "pictures"
    shutil.copytree(corpus / "photos", folder)
    albumen("scan", folder)
    before = {item["name"]: item["id"] for item in map(json.loads, albumen("list", folder, "--json").out.splitlines())}
    (folder / "deep").mkdir()
    (folder / "denali.webp").rename(folder / "deep/renamed.webp")
    (folder / "density_plot.png").unlink()
    summary = albumen("scan", folder, "--json").last_json
    assert (summary["moved"], summary["missing"], summary["added"]) == (1, 1, 0)
    after = {item["name"]: item["id"] for item in map(json.loads, albumen("list", folder, "--json").out.splitlines())}
    assert after["renamed.webp"] == before["denali.webp"]
    assert "density_plot.png" not in after


FILE_COUNT = 20_000


def many_pictures(folder: Path, corpus: Path) -> None:
    """More pictures than a scan reads while a test looks once at the catalog, all distinct."""
    data = (corpus / "jpeg/exif_gps.jpg").read_bytes()
    for number in range(FILE_COUNT):
        place = folder / f"{number // 1000:02}"
        if number % 1000 == 0:
            place.mkdir(parents=True)
        (place / f"{number:05}.jpg").write_bytes(data + number.to_bytes(4, "big"))


def rows(catalog: Path) -> set[tuple[int, bytes]]:
    """What a reader of the catalog sees; empty before there is one."""
    if not catalog.exists():
        return set()
    connection = sqlite3.connect(f"file:{catalog}?mode=ro", uri=True, timeout=10)
    try:
        return set(connection.execute("SELECT id, name FROM assets"))
    except sqlite3.OperationalError as error:
        # The file is there a moment before its tables are.
        if "no such table" in str(error) or "locked" in str(error):
            return set()
        raise
    finally:
        connection.close()


def stopped_scan(albumen, folder: Path, library: Path) -> tuple[subprocess.Popen, set[tuple[int, bytes]]]:
    """A scan held still (SIGSTOP) as soon as the first rows are committed, and those rows."""
    process = subprocess.Popen(
        [ALBUMEN, "scan", folder, "--library", library, "--json"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=albumen.environment)
    deadline = time.monotonic() + 60
    while not rows(library / "catalog.db"):
        assert process.poll() is None, process.stderr.read().decode()
        assert time.monotonic() < deadline, "no row was committed within a minute"
    process.send_signal(signal.SIGSTOP)
    os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WNOWAIT)
    acknowledged = rows(library / "catalog.db")
    assert 0 < len(acknowledged) < FILE_COUNT, "the scan ended before it could be cut short"
    return process, acknowledged


def check_sound(library: Path, scratch: Path) -> set[tuple[int, bytes]]:
    """The rows of a copy, so that the program itself does the recovery of the original."""
    shutil.copytree(library, scratch)
    connection = sqlite3.connect(scratch / "catalog.db")
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    found = set(connection.execute("SELECT id, name FROM assets"))
    connection.close()
    return found


def check_next_scan_gets_the_rest(albumen, folder: Path, library: Path, kept: set[tuple[int, bytes]]) -> None:
    summary = albumen("scan", folder, "--library", library, "--json").last_json
    assert (summary["assets"], summary["added"]) == (FILE_COUNT, FILE_COUNT - len(kept))
    assert (summary["changed"], summary["missing"], summary["moved"]) == (0, 0, 0)
    after = rows(library / "catalog.db")
    assert len(after) == FILE_COUNT and kept <= after
    assert "ok" in albumen("doctor", library).out


def test_interrupt_finishes_the_transaction_and_leaves(albumen, tmp_path, corpus):
    folder, library = tmp_path / "pictures", tmp_path / "library"
    many_pictures(folder, corpus)
    process, acknowledged = stopped_scan(albumen, folder, library)
    process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGCONT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err.decode()
    assert "interrupted" in err.decode() and "next scan goes on" in err.decode()
    kept = check_sound(library, tmp_path / "copy")
    assert acknowledged <= kept and len(kept) < FILE_COUNT
    summary = json.loads(out)
    assert summary["interrupted"] is True and summary["added"] == len(kept)
    assert summary["missing"] == 0
    check_next_scan_gets_the_rest(albumen, folder, library, kept)


def test_a_killed_scan_loses_nothing_and_goes_on(albumen, tmp_path, corpus):
    folder, library = tmp_path / "pictures", tmp_path / "library"
    many_pictures(folder, corpus)
    process, acknowledged = stopped_scan(albumen, folder, library)
    process.kill()
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
    kept = check_sound(library, tmp_path / "copy")
    # Nothing of the stopped scan came later, so what was visible is all there is.
    assert kept == acknowledged
    check_next_scan_gets_the_rest(albumen, folder, library, kept)


HOSTILE_NAMES = [b"new\nline.jpg", b'quo"te\'.jpg', b"inv\xff\xfealid.jpg", b"<b>html<i>.jpg", "日本語 é.jpg".encode(), b"-dash.jpg"]


def test_hostile_names_are_listed_and_thumbnailed(albumen, corpus, tmp_path):
    folder = tmp_path / "pictures"
    folder.mkdir()
    data = (corpus / "photos/cyclamen_persicum.jpg").read_bytes()
    for index, name in enumerate(HOSTILE_NAMES):
        with open(os.path.join(os.fsencode(folder), name), "wb") as file:
            file.write(data + bytes([index]))
    summary = albumen("scan", folder, "--json").last_json
    assert summary["assets"] == len(HOSTILE_NAMES) and summary["errors"] == []
    assert albumen("thumbs", folder, "--json").last_json["made"] == len(HOSTILE_NAMES)
    assert len(albumen("list", folder).out.splitlines()) >= len(HOSTILE_NAMES)


@pytest.mark.parametrize(
    "name, data",
    [
        ("empty.jpg", b""),
        ("text.png", b"just words"),
        ("header-only.jpg", b"\xff\xd8\xff\xc0\x00\x11\x08\xff\xff\xff\xff\x03\x01\x22\x00\x02\x11\x01\x03\x11\x01"),
        ("zero.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(8) + b"\x08\x02\0\0\0" + bytes(4)),
    ],
)
def test_bad_files_are_data_with_a_reason(albumen, tmp_path, name, data):
    folder = tmp_path / "pictures"
    folder.mkdir()
    (folder / name).write_bytes(data)
    summary = albumen("scan", folder, "--json", code=1).last_json
    assert summary["assets"] == 1
    assert [Path(error["path"]).name for error in summary["errors"]] == [name]
    assert len(summary["errors"][0]["reason"]) > 10


def test_a_wrong_extension_is_seen_through(albumen, corpus, tmp_path):
    folder = tmp_path / "pictures"
    folder.mkdir()
    shutil.copy(corpus / "photos/denali.webp", folder / "really-webp.jpg")
    albumen("scan", folder)
    assert json.loads(albumen("list", folder, "--json").out)["format"] == "webp"


def test_a_corrupt_catalog_is_named_with_the_way_out(albumen, corpus, tmp_path):
    folder = tmp_path / "pictures"
    shutil.copytree(corpus / "photos", folder)
    library = tmp_path / "library"
    albumen("scan", folder, "--library", library)
    catalog = library / "catalog.db"
    for name in ("catalog.db-wal", "catalog.db-shm"):
        (library / name).unlink(missing_ok=True)
    catalog.write_bytes(b"no database at all" * 500)
    result = albumen("list", library, code=3)
    assert "catalog.db" in result.err and "move it away" in result.err


def test_a_full_disk_is_told_and_nothing_is_lost(albumen, corpus, tmp_path):
    if os.getuid() != 0:
        pytest.skip("a small file system can only be mounted as root")
    small = tmp_path / "small"
    small.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", small], capture_output=True).returncode:
        pytest.skip("mounting is not allowed here")
    try:
        folder = tmp_path / "pictures"
        folder.mkdir()
        data = (corpus / "jpeg/exif_gps.jpg").read_bytes()
        for number in range(6000):
            (folder / f"{number:05}-{'long name ' * 8}.jpg").write_bytes(data + number.to_bytes(4, "big"))
        result = albumen("scan", folder, "--library", small / "library", code=3)
        assert "full" in result.err or "No space" in result.err
    finally:
        subprocess.run(["umount", small], check=True)


def test_a_second_process_on_the_same_library_gets_a_clear_sentence(albumen, tmp_path, corpus):
    folder = tmp_path / "pictures"
    shutil.copytree(corpus / "photos", folder)
    with serving(albumen, folder) as (_, address):
        result = albumen("scan", folder, code=3)
        assert "has this library open" in result.err
        shown = albumen("memory", folder).out
        assert "Memory of the running server" in shown and "unaccounted" in shown


def test_memory_names_the_process_that_has_left_no_ledger_yet(albumen, tmp_path, corpus):
    folder, library = tmp_path / "pictures", tmp_path / "library"
    many_pictures(folder, corpus)
    process, _ = stopped_scan(albumen, folder, library)
    last = library / "last-run.json"
    try:
        result = albumen("memory", library, code=3)
        assert f"process {process.pid} works on" in result.err and "nothing has run" not in result.err
        # That of a run before is shown as what it is.
        last.write_text('{"limit":1}')
        result = albumen("memory", library, "--json")
        assert result.last_json == {"limit": 1} and f"process {process.pid} works on" in result.err
    finally:
        process.kill()
        process.communicate(timeout=60)
    assert albumen("memory", library, "--json").err == ""
    last.unlink()
    assert "nothing has run" in albumen("memory", library, code=3).err


def test_a_port_in_use_is_named(albumen, tmp_path, corpus):
    folder = tmp_path / "pictures"
    shutil.copytree(corpus / "photos", folder)
    with serving(albumen, folder) as (_, address):
        other = tmp_path / "other"
        other.mkdir()
        port = address.rsplit(":", 1)[1].strip("/")
        result = albumen("serve", other, "--port", port, code=3)
        assert port in result.err and "--port" in result.err
