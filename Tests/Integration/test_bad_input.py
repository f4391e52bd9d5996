"""What goes wrong around the pictures: each ends in one clear sentence and loses nothing."""

import json
import os
import pty
import shutil
import sqlite3
import struct
import subprocess
import zlib
from pathlib import Path

import pytest

from conftest import ALBUMEN
from test_commands import COMMANDS, serving

# Without these a process of root's is bound by permissions as anybody is.
UNPRIVILEGED = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-dac_override,-dac_read_search"]


@pytest.fixture
def pictures(corpus, tmp_path) -> Path:
    folder = tmp_path / "pictures"
    shutil.copytree(corpus / "photos", folder)
    return folder


def unprivileged(albumen, *arguments, code: int) -> subprocess.CompletedProcess:
    prefix = UNPRIVILEGED if os.getuid() == 0 else []
    if prefix and subprocess.run([*prefix, "true"], capture_output=True).returncode:
        pytest.skip("capabilities cannot be dropped here")
    done = subprocess.run(
        [*prefix, ALBUMEN, *map(os.fspath, arguments)], capture_output=True, text=True, timeout=120,
        env=albumen.environment)
    assert done.returncode == code, f"exit {done.returncode}\n{done.stderr}"
    return done


def listed(albumen, library, *options) -> dict[str, dict]:
    lines = albumen("list", library, "--json", *options).out.splitlines()
    return {item["name"]: item for item in map(json.loads, lines)}


# MARK: Files


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width: int, height: int, rows: bytes) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def bad_files(corpus: Path) -> dict[str, bytes]:
    photo = (corpus / "photos/cyclamen_persicum.jpg").read_bytes()
    flipped = bytearray((corpus / "photos/density_plot.png").read_bytes())
    flipped[len(flipped) // 2] ^= 0x10
    frame = b"\xff\xd8\xff\xc0\x00\x11\x08\xff\xff\xff\xff\x03\x01\x22\x00\x02\x11\x01\x03\x11\x01"
    return {
        "empty.jpg": b"",
        "cut in its header.jpg": photo[:200],
        "flipped.png": bytes(flipped),
        "words.jpg": b"these are words and no picture",
        "zero.png": png(0, 0, b""),
        "only a header.jpg": frame + b"\xff\xda\x00\x0c\x03\x01\x00\x02\x11\x03\x11\x00\x3f\x00" + b"\xff\xd9",
        # 30,000 × 30,000 pixels in a few kilobytes.
        "bomb.png": png(30_000, 30_000, bytes(1 << 20)),
        "bomb.gif": b"GIF89a\xff\xff\xff\xff\x80\0\0\0\0\0\xff\xff\xff,\0\0\0\0\xff\xff\xff\xff\0\x02\x02D\x01\0;",
        "bomb.svg": b'<svg xmlns="http://www.w3.org/2000/svg" width="1e9" height="1e9"><rect width="9" height="9"/></svg>',
    }


def test_every_bad_file_is_named_with_its_reason_and_stays_as_it_is(albumen, corpus, tmp_path):
    folder = tmp_path / "pictures"
    folder.mkdir()
    files = bad_files(corpus)
    for name, data in files.items():
        (folder / name).write_bytes(data)
    shutil.copy(corpus / "photos/denali.webp", folder / "good.jpg")
    summary = albumen("scan", folder, "--json", code=1).last_json
    assert summary["assets"] == len(files) + 1
    for error in summary["errors"]:
        assert Path(error["path"]).name in files and len(error["reason"]) > 20, error
    done = albumen("thumbs", folder, "--json", "--memory", "128M", code=None)
    items = listed(albumen, folder, "--state", "all")
    assert items["good.jpg"]["state"] == "ok" and items["good.jpg"]["format"] == "webp"
    for name in files:
        # A drawing without bounds can be drawn small, and most of a flipped picture can be seen.
        if name in ("bomb.svg", "flipped.png") and items[name]["state"] == "ok":
            continue
        assert items[name]["state"] == "broken", name
        reason = items[name]["reason"]
        assert len(reason) > 20 and reason.endswith("."), reason
        assert "crash" not in reason and "ended its decoder" not in reason, f"{name}: {reason}"
    assert done.code == 1
    for name, data in files.items():
        assert (folder / name).read_bytes() == data
    # Each by itself: its name, its reason, exit code 1; the good one is made all the same.
    out = tmp_path / "out"
    result = albumen("thumbnail", *(folder / name for name in items), "--out-dir", out, "--memory", "128M", code=1)
    for name in files:
        assert name in result.err or (out / f"{name}.jpg").exists(), name
    assert (out / "good.jpg.jpg").exists()


def test_a_broken_file_that_moves_is_the_same_file(albumen, pictures):
    (pictures / "broken.jpg").write_bytes(b"\xff\xd8 but nothing more than this")
    albumen("scan", pictures, code=1)
    before = listed(albumen, pictures, "--state", "broken")["broken.jpg"]["id"]
    (pictures / "deep").mkdir()
    (pictures / "broken.jpg").rename(pictures / "deep/renamed.jpg")
    summary = albumen("scan", pictures, "--json", code=1).last_json
    assert (summary["moved"], summary["added"], summary["missing"]) == (1, 0, 0)
    assert listed(albumen, pictures, "--state", "broken")["renamed.jpg"]["id"] == before


# MARK: Folders


def test_a_folder_that_may_not_be_read_is_named_and_keeps_its_assets(albumen, pictures):
    closed = pictures / "closed"
    closed.mkdir()
    shutil.copy(pictures / "denali.webp", closed / "inside.webp")
    count = albumen("scan", pictures, "--json").last_json["assets"]
    closed.chmod(0)
    try:
        done = unprivileged(albumen, "scan", pictures, "--json", code=1)
    finally:
        closed.chmod(0o755)
    summary = json.loads(done.stdout.splitlines()[-1])
    assert summary["missing"] == 0 and len(listed(albumen, pictures)) == count
    assert [error["path"] for error in summary["errors"]] == [str(closed)]
    assert "denied" in summary["errors"][0]["reason"]
    assert albumen("scan", pictures, "--json").last_json["assets"] == count


def test_a_file_that_may_not_be_read_is_named_and_tried_again(albumen, pictures):
    secret = pictures / "denali.webp"
    secret.chmod(0)
    try:
        done = unprivileged(albumen, "scan", pictures, "--json", code=1)
    finally:
        secret.chmod(0o644)
    errors = json.loads(done.stdout.splitlines()[-1])["errors"]
    assert [error["path"] for error in errors] == [str(secret)] and "denied" in errors[0]["reason"]
    assert albumen("scan", pictures, "--json").last_json["errors"] == []


def test_a_folder_that_is_gone_keeps_its_assets_and_says_so(albumen, pictures, tmp_path):
    count = albumen("scan", pictures, "--json").last_json["assets"]
    pictures.rename(tmp_path / "unplugged")
    library = next((tmp_path / "data/albumen").iterdir())
    result = albumen("scan", pictures, code=None)
    assert result.code != 0 and str(pictures) in result.err
    assert len(listed(albumen, library)) == count
    (tmp_path / "unplugged").rename(pictures)
    summary = albumen("scan", pictures, "--json").last_json
    assert (summary["assets"], summary["added"], summary["changed"]) == (count, 0, 0)


def test_what_is_mounted_below_a_folder_belongs_to_it_unless_the_settings_say_otherwise(albumen, pictures, tmp_path):
    inner, kernel = pictures / "disk", pictures / "kernel"
    inner.mkdir()
    kernel.mkdir()
    if os.getuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", inner], capture_output=True).returncode:
        pytest.skip("mounting is not allowed here")
    library = tmp_path / "library"
    try:
        shutil.copy(pictures / "denali.webp", inner / "on the disk.webp")
        # The kernel's own file systems have no end and no pictures.
        has_kernel = subprocess.run(["mount", "-t", "proc", "proc", kernel], capture_output=True).returncode == 0
        summary = albumen("scan", pictures, "--library", library, "--json").last_json
        names = set(listed(albumen, library))
        assert "on the disk.webp" in names and summary["errors"] == []
        settings = json.loads((library / "settings.json").read_text())
        (library / "settings.json").write_text(json.dumps({**settings, "oneFileSystem": True}))
        albumen("scan", pictures, "--library", library)
        assert set(listed(albumen, library)) == names - {"on the disk.webp"}
        (library / "settings.json").write_text(json.dumps(settings))
        albumen("scan", pictures, "--library", library)
        assert set(listed(albumen, library)) == names
        if has_kernel:
            subprocess.run(["umount", kernel], check=True)
    finally:
        subprocess.run(["umount", inner], check=True)


# MARK: The library


def test_a_library_that_cannot_be_written_is_named_with_the_way_out(albumen, pictures, tmp_path):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o555)
    done = unprivileged(albumen, "scan", pictures, "--library", closed / "library", code=3)
    assert str(closed) in done.stderr and "--library" in done.stderr
    assert list(closed.iterdir()) == []
    # One that was written before: what is in it can still be listed, and stays.
    library = tmp_path / "library"
    count = albumen("scan", pictures, "--library", library, "--json").last_json["assets"]
    library.chmod(0o555)
    for path in library.iterdir():
        path.chmod(0o444)
    try:
        done = unprivileged(albumen, "scan", pictures, "--library", library, code=3)
        assert str(library) in done.stderr and "--library" in done.stderr
    finally:
        library.chmod(0o755)
        for path in library.iterdir():
            path.chmod(0o644)
    assert albumen("scan", pictures, "--library", library, "--json").last_json["assets"] == count


def test_a_catalog_that_another_program_locks_is_named_and_unharmed(albumen, pictures, tmp_path):
    library = tmp_path / "library"
    count = albumen("scan", pictures, "--library", library, "--json").last_json["assets"]
    shutil.copy(pictures / "denali.webp", pictures / "new.webp")
    other = sqlite3.connect(library / "catalog.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    result = albumen("scan", pictures, "--library", library, code=3)
    assert "catalog.db" in result.err and "another program" in result.err
    assert len(listed(albumen, library)) == count
    other.execute("ROLLBACK")
    other.close()
    assert albumen("scan", pictures, "--library", library, "--json").last_json["assets"] == count + 1


@pytest.mark.parametrize("damage", ["no database", "cut", "overwritten"])
def test_a_damaged_catalog_is_named_by_every_command_and_left_alone(albumen, pictures, tmp_path, damage):
    library = tmp_path / "library"
    albumen("scan", pictures, "--library", library)
    catalog = library / "catalog.db"
    connection = sqlite3.connect(catalog)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    for name in ("catalog.db-wal", "catalog.db-shm"):
        (library / name).unlink(missing_ok=True)
    data = bytearray(catalog.read_bytes())
    if damage == "no database":
        data = bytearray(b"no database at all" * 500)
    elif damage == "cut":
        del data[len(data) // 3:]
    else:
        data[4096:] = os.urandom(len(data) - 4096)
    catalog.write_bytes(data)
    for command in (["scan", pictures, "--library", library], ["list", library], ["stats", library], ["thumbs", library]):
        result = albumen(*command, code=3)
        assert "catalog.db" in result.err, result.err
        assert "move it away" in result.err or "backup" in result.err, result.err
    assert albumen("doctor", library, code=3)
    if damage == "no database":
        assert catalog.read_bytes() == data
    # The way out works: it is moved away, and a scan makes a new one.
    catalog.rename(library / "damaged.db")
    for name in ("catalog.db-wal", "catalog.db-shm"):
        (library / name).unlink(missing_ok=True)
    assert albumen("scan", pictures, "--library", library, "--json").last_json["assets"] == len(list(pictures.iterdir()))


def test_after_a_full_disk_everything_before_is_there_and_a_scan_goes_on(albumen, corpus, tmp_path):
    if os.getuid() != 0:
        pytest.skip("a small file system can only be mounted as root")
    small = tmp_path / "small"
    small.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=600k", "tmpfs", small], capture_output=True).returncode:
        pytest.skip("mounting is not allowed here")
    try:
        folder = tmp_path / "pictures"
        folder.mkdir()
        data = (corpus / "jpeg/exif_gps.jpg").read_bytes()
        for number in range(10):
            (folder / f"{number:05}.jpg").write_bytes(data + number.to_bytes(4, "big"))
        library = small / "library"
        assert albumen("scan", folder, "--library", library, "--json").last_json["assets"] == 10
        before = {name: item["id"] for name, item in listed(albumen, library).items()}
        for number in range(10, 6000):
            (folder / f"{number:05}-{'long name ' * 8}.jpg").write_bytes(data + number.to_bytes(4, "big"))
        result = albumen("scan", folder, "--library", library, code=3)
        assert "full" in result.err and str(library) in result.err, result.err
        subprocess.run(["mount", "-o", "remount,size=64m", small], check=True)
        after = listed(albumen, library)
        assert {name: after[name]["id"] for name in before} == before
        assert albumen("scan", folder, "--library", library, "--json").last_json["assets"] == 6000
        after = listed(albumen, library)
        assert {name: after[name]["id"] for name in before} == before
        assert "ok" in albumen("doctor", library).out
    finally:
        subprocess.run(["umount", small], check=True)


# MARK: Output


def test_every_command_for_machines_prints_json_only(albumen, pictures, tmp_path):
    albumen("scan", pictures)
    for command in (
        ["list", pictures], ["stats", pictures], ["memory", pictures], ["doctor", pictures], ["doctor"],
        ["info", pictures / "denali.webp"], ["thumbs", pictures], ["scan", pictures],
        ["thumbnail", pictures / "denali.webp", "--out-dir", tmp_path / "out"],
    ):
        result = albumen(*command, "--json")
        lines = result.out.splitlines()
        assert lines, command
        for line in lines:
            assert isinstance(json.loads(line), dict), command
        assert result.err == "", command
    with serving(albumen, pictures, "--no-watch"):
        running = albumen("memory", pictures, "--json").last_json
        assert running["limit"] > 0 and running["pss"] > 0 and running["accounts"]


def test_progress_is_for_terminals_alone(albumen, pictures):
    piped = albumen("scan", pictures)
    assert "\r" not in piped.err and "\x1b" not in piped.err + piped.out
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [ALBUMEN, "thumbs", pictures], stdout=subprocess.PIPE, stderr=theirs, env=albumen.environment)
    os.close(theirs)
    seen = b""
    while True:
        try:
            part = os.read(ours, 65536)
        except OSError:
            break
        if not part:
            break
        seen += part
    os.close(ours)
    out = process.stdout.read()
    assert process.wait() == 0
    assert b"\r" in seen and b"%" in seen
    assert b"\x1b" not in out and b"\r" not in out


def test_completion_offers_every_option_of_every_command(albumen, tmp_path):
    script = tmp_path / "albumen.bash"
    script.write_text(albumen("completions", "bash").out)
    scripts = {shell: albumen("completions", shell).out for shell in ("zsh", "fish")}
    for name in COMMANDS:
        options = [word.rstrip(",") for word in albumen(name, "--help").out.split("Examples:")[0].split() if word.startswith("--")]
        line = f'. {script}; COMP_WORDS=(albumen {name} --); COMP_CWORD=2; _albumen; printf "%s\\n" "${{COMPREPLY[@]}}"'
        offered = subprocess.run(["bash", "-c", line], capture_output=True, text=True).stdout.split()
        own = albumen(name, "--help").out.split("Options:\n")[1].split("\n\n")[0]
        for option in {word.strip(",=") for word in own.split() if word.startswith("--")} & set(options):
            assert option in offered, f"bash: {name} {option}"
            for shell, text in scripts.items():
                assert option.removeprefix("--") in text, f"{shell}: {name} {option}"
