"""Tags in and out with the real program on real files; exiftool says what is in the sidecars."""

import json
import shutil
import sqlite3
import subprocess

import pytest

from serving import serving

needs_exiftool = pytest.mark.skipif(shutil.which("exiftool") is None, reason="exiftool is not installed")


@pytest.fixture
def pictures(tmp_path, corpus, albumen):
    """Three pictures in a scanned library: two with metadata in a folder below, one without."""
    folder = tmp_path / "pictures"
    (folder / "sub").mkdir(parents=True)
    shutil.copy(corpus / "metadata/sunrise.jpg", folder / "a.jpg")
    shutil.copy(corpus / "metadata/mongolels.jpg", folder / "sub/b c.jpg")
    shutil.copy(corpus / "png/16bit.png", folder / "c.png")
    albumen("scan", folder)
    return folder


def listed(albumen, folder) -> dict:
    lines = albumen("tag", "list", folder, "--json").out.splitlines()
    return {tag["name"]: tag for tag in map(json.loads, lines)}


def exported(albumen, folder, *more) -> dict:
    """The pictures of an export by their names."""
    lines = albumen("tag", "export", folder, "-o", "-", "--format", "jsonl", *more).out.splitlines()
    assets = [entry["asset"] for entry in map(json.loads, lines) if "asset" in entry]
    return {asset["path"].rsplit("/", 1)[1]: asset for asset in assets}


def exiftool(path, *tags) -> dict:
    done = subprocess.run(["exiftool", "-json", "-G1", *tags, path], capture_output=True, check=True)
    return json.loads(done.stdout)[0]


def test_sidecars_of_other_programs(albumen, pictures):
    (pictures / "a.jpg.txt").write_bytes("character:saber\nlong hair\nrating:q\ncafé\n".encode())
    (pictures / "sub/b c.json").write_text(
        json.dumps({"category": "danbooru", "tags": ["1girl", "kantoku"], "tags_artist": ["kantoku"], "rating": "e"}))
    (pictures / "c.txt").write_bytes(b"1girl, caf\xe9, " + b"x" * 300)
    run = albumen("tag", "import", pictures, "--json", code=1)
    assert run.last_json["changed"] == 3
    assert run.last_json["issues"] == 2
    assert "Latin-1" in run.err and "longer than 256" in run.err
    tags = listed(albumen, pictures)
    assert tags["saber"]["category"] == "character" and tags["kantoku"]["category"] == "artist"
    assert tags["1girl"]["count"] == 2 and tags["café"]["count"] == 2
    assets = exported(albumen, pictures)
    assert assets["a.jpg"]["rating"] == "questionable" and assets["b c.jpg"]["rating"] == "explicit"
    again = albumen("tag", "import", pictures, "--json", code=1)
    assert again.last_json["changed"] == 0


def test_ten_thousand_rows_with_bad_ones(albumen, pictures, tmp_path):
    rows = ["path,tags,stars"]
    for number in range(10_000):
        rows.append('c.png,"broken"x,1' if number % 100 == 7 else f"c.png,tag {number % 50},3")
    rows.append("nowhere.png,lost,1")
    table = pictures / "t.csv"
    table.write_text("\r\n".join(rows) + "\r\n")
    dry = albumen("tag", "import", pictures, table, "--dry-run", "--json", code=1)
    assert dry.last_json["dryRun"] and listed(albumen, pictures) == {}
    run = albumen("tag", "import", pictures, table, "--json", code=1)
    assert run.last_json["pictures"] == 9901
    assert run.last_json["found"] == 9900
    assert run.last_json["missing"] == 1
    assert run.last_json["issues"] == 100
    assert run.last_json["firstIssues"][0]["line"] == 9
    assert "nowhere.png: it is not in the library" in run.err
    assert len(exported(albumen, pictures)["c.png"]["tags"]["imported"]) == 50


def test_edits_from_the_command_line(albumen, pictures):
    albumen("tag", "add", pictures, "character:saber", "place/rome", "-p", pictures / "a.jpg")
    assert albumen("tag", "add", pictures, "cat", "--ids", "1,2,3", "--json").last_json["changed"] == 3
    assert albumen("tag", "add", pictures, "cat", "--ids", "1", "--dry-run", "--json").last_json["changed"] == 0
    albumen("tag", "alias", pictures, "cat", "neko")
    assert albumen("tag", "imply", pictures, "neko", "animal", "--dry-run", "--json").last_json["changed"] == 3
    albumen("tag", "imply", pictures, "cat", "animal")
    albumen("tag", "remove", pictures, "cat", "-q", "saber")
    tags = listed(albumen, pictures)
    assert tags["cat"]["count"] == 2 and tags["cat"]["aliases"] == ["neko"] and tags["animal"]["count"] == 2
    albumen("tag", "merge", pictures, "animal", "cat")
    albumen("tag", "rename", pictures, "place", "places")
    tags = listed(albumen, pictures)
    assert "places/rome" in tags and "animal" not in tags
    assert "did you mean \"tag add\"" in albumen("tag", "ad", pictures, code=2).err
    assert "there is no tag" in albumen("tag", "rename", pictures, "xyzzy", "x", code=3).err


@needs_exiftool
def test_sidecars_keep_what_others_wrote_and_come_back(albumen, pictures):
    sidecar = pictures / "a.jpg.xmp"
    subprocess.run(
        ["exiftool", "-q", "-XMP-dc:Subject=theirs", "-XMP-dc:Subject=wrong", "-XMP-crs:Exposure2012=+0.5",
         "-XMP-dc:Title-de=Meer", sidecar], check=True)
    original = (pictures / "a.jpg").read_bytes()
    albumen("tag", "add", pictures, "character:saber", "place/rome", "a, b", "-p", pictures / "a.jpg")
    albumen("tag", "add", pictures, "wrong", "-p", pictures / "a.jpg")
    albumen("tag", "remove", pictures, "wrong", "-p", pictures / "a.jpg")
    assert albumen("tag", "export", pictures, "--json").last_json == {"written": 1, "unchanged": 0, "failed": 0}
    assert albumen("tag", "export", pictures, "--json").last_json == {"written": 0, "unchanged": 1, "failed": 0}
    found = exiftool(sidecar, "-XMP:all")
    assert set(found["XMP-dc:Subject"]) == {"saber", "rome", "a, b", "place", "theirs"}
    assert "place|rome" in found["XMP-lr:HierarchicalSubject"]
    assert found["XMP-dc:Title-de"] == "Meer" and float(found["XMP-crs:Exposure2012"]) == 0.5
    assert (pictures / "a.jpg").read_bytes() == original
    # A library that knows nothing reads the same back.
    before = exported(albumen, pictures)["a.jpg"]["tags"]
    elsewhere = pictures.parent / "other.lib"
    albumen("scan", pictures, "--library", elsewhere)
    albumen("tag", "import", elsewhere, "--metadata")
    after = exported(albumen, elsewhere)["a.jpg"]["tags"]
    assert after["user"] == before["user"] and after["removed"] == before["removed"]
    assert "theirs" in after["imported"]


@needs_exiftool
def test_copies_have_the_tags_and_originals_do_not(albumen, pictures, tmp_path):
    originals = {path: path.read_bytes() for path in pictures.rglob("*") if path.is_file()}
    albumen("tag", "add", pictures, "sea", "--ids", "1,2,3")
    assert "inside of the library's folder" in albumen("tag", "export", pictures, "--embed", pictures / "x", code=3).err
    albumen("tag", "export", pictures, "--embed", tmp_path / "copies")
    assert "sea" in exiftool(tmp_path / "copies/a.jpg", "-XMP-dc:Subject")["XMP-dc:Subject"]
    assert (tmp_path / "copies/c.png").read_bytes() == originals[pictures / "c.png"]
    assert exiftool(tmp_path / "copies/c.png.xmp", "-XMP-dc:Subject")["XMP-dc:Subject"] == "sea"
    assert {path: path.read_bytes() for path in pictures.rglob("*") if path.is_file()} == originals
    again = albumen("tag", "export", pictures, "--embed", tmp_path / "copies", code=1)
    assert "there is a file already" in again.err


def test_documents_bring_a_library_back_also_where_files_moved(albumen, pictures, tmp_path):
    albumen("tag", "add", pictures, "character:saber", "cat", "--ids", "1,2")
    albumen("tag", "remove", pictures, "cat", "--ids", "2")
    albumen("tag", "alias", pictures, "cat", "neko")
    albumen("tag", "imply", pictures, "cat", "animal")
    for name in ["tags.json", "tags.jsonl"]:
        albumen("tag", "export", pictures, "-o", tmp_path / name)
    moved = tmp_path / "moved"
    shutil.copytree(pictures, moved)
    (moved / "a.jpg").rename(moved / "other.jpg")
    albumen("scan", moved)
    before = exported(albumen, pictures)
    for name in ["tags.json", "tags.jsonl"]:
        albumen("tag", "import", moved, tmp_path / name)
        after = exported(albumen, moved)
        assert after["other.jpg"]["tags"] == before["a.jpg"]["tags"]
        assert after["c.png"]["tags"] == before["c.png"]["tags"]
    assert listed(albumen, moved)["cat"]["aliases"] == ["neko"]
    broken = tmp_path / "broken.json"
    broken.write_bytes((tmp_path / "tags.json").read_bytes()[:-40])
    state = exported(albumen, moved)
    run = albumen("tag", "import", moved, broken, code=3)
    assert "broken.json, line" in run.err and exported(albumen, moved) == state


def test_a_database_for_other_programs(albumen, pictures, tmp_path):
    albumen("tag", "add", pictures, "character:saber", "cat", "--ids", "1,2")
    albumen("tag", "export", pictures, "-o", tmp_path / "tags.sqlite")
    with sqlite3.connect(tmp_path / "tags.sqlite") as database:
        rows = database.execute(
            """SELECT a.path, t.name, c.name, x.origin FROM asset_tags x JOIN assets a ON a.id = x.asset_id
            JOIN tags t ON t.id = x.tag_id JOIN categories c ON c.id = t.category_id ORDER BY 1, 2""").fetchall()
        assert (str(pictures / "a.jpg"), "saber", "character", "user") in rows and len(rows) == 4
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert not list(tmp_path.glob(".*part"))


def test_tags_wait_for_a_running_server_to_end(albumen, pictures):
    with serving(albumen, pictures) as (process, _):
        refused = albumen("tag", "add", pictures, "sea", "-p", pictures / "a.jpg", code=3)
        assert "has this library open" in refused.err and str(process.pid) in refused.err
        # Reading is possible meanwhile.
        assert listed(albumen, pictures).keys().isdisjoint({"sea"})
    albumen("tag", "add", pictures, "sea", "-p", pictures / "a.jpg")
    assert listed(albumen, pictures)["sea"]["count"] == 1
