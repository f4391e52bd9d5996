"""The shared corpus of real files: every good one gets a thumbnail, every broken one its reason."""

import json
from pathlib import Path

# Good files that no decoder here can show yet, each with its cause.
KNOWN_UNSUPPORTED: dict[str, str] = {
    "exr/tiled.exr": "its first tile names a mip level of -687865856; OpenImageIO refuses it too",
}
# Not pictures: sidecars, which belong to the picture of their name.
SIDECARS = {"xmp"}


def test_every_good_file_is_thumbnailed_and_every_broken_one_listed(albumen, corpus, manifest, tmp_path):
    library = tmp_path / "library"
    summary = albumen("scan", corpus, "--library", library, "--json", code=None).last_json
    media = [row for row in manifest if row["format"] not in SIDECARS]
    assert summary["assets"] == len(media)
    # Cut RAW files ask for the most; everything else of the corpus fits into a quarter of this.
    made = albumen("thumbs", library, "--json", "--memory", "512M", code=None).last_json
    states = {
        str(Path(item["path"]).relative_to(corpus)): item
        for item in map(json.loads, albumen("list", library, "--state", "all", "--json").out.splitlines())
    }
    wrong = []
    for row in media:
        item = states[row["path"]]
        if row["expected"] == "ok" and row["path"] not in KNOWN_UNSUPPORTED:
            if item["state"] != "ok":
                wrong.append(f"{row['path']}: {item.get('reason')}")
        elif row["expected"] == "broken" and "either" not in row["note"] and "metadata-only" not in row["note"]:
            if item["state"] != "broken" or not item.get("reason"):
                wrong.append(f"{row['path']} passed as good")
    assert not wrong, "\n".join(wrong)
    good = sum(1 for item in states.values() if item["state"] == "ok")
    assert made["made"] == good, (made, good)
