"""The deep stage beside exiftool, over the corpus: every named value, and why where they differ."""

import json
import math
import shutil
import subprocess
from pathlib import Path

import pytest

# Where exiftool shows a value, the best place first: EXIF before XMP for what a camera measures, XMP
# before IPTC before EXIF for what people write. Groups are those of `exiftool -G1`.
PLACES = {
    "exposureSeconds": ["ExifIFD:ExposureTime", "XMP-exif:ExposureTime", "OpenEXR:ExposureTime"],
    "fNumber": ["ExifIFD:FNumber", "XMP-exif:FNumber", "OpenEXR:Aperture"],
    "iso": ["ExifIFD:ISO", "ExifIFD:RecommendedExposureIndex", "ExifIFD:ISOSpeed", "IFD0:ISO",
            "XMP-exifEX:PhotographicSensitivity", "XMP-exif:ISO", "OpenEXR:ISO"],
    "focalLength": ["ExifIFD:FocalLength", "XMP-exif:FocalLength", "OpenEXR:EffectiveFocalLength"],
    "rating": ["XMP-xmp:Rating", "IFD0:Rating"],
    "title": ["XMP-dc:Title", "IPTC:ObjectName", "XMP-photoshop:Headline", "IPTC:Headline"],
    "caption": ["XMP-dc:Description", "IPTC:Caption-Abstract", "IFD0:ImageDescription",
                "ExifIFD:UserComment", "XMP-exif:UserComment", "OpenEXR:Comments"],
    "creator": ["XMP-dc:Creator", "IPTC:By-line", "IFD0:Artist"],
    "copyright": ["XMP-dc:Rights", "IPTC:CopyrightNotice", "IFD0:Copyright", "OpenEXR:Owner"],
    "keywords": ["XMP-dc:Subject", "IPTC:Keywords"],
    "lens": ["ExifIFD:LensModel", "XMP-exifEX:LensModel", "XMP-aux:Lens", "OpenEXR:LensModel"],
}

# File: (values, reason). A value that differs without an entry here is a failure, and so is an entry
# whose values agree.
EXPLAINED: dict[str, tuple[set[str], str]] = {
    "jpeg/exif_gps.jpg": ({"iso"}, "a sensitivity of 2^32 - 1 is none"),
    "metadata/20240107_110258.jpg": ({"keywords"}, "the keywords of its sidecar stand for its own"),
    "photos/tanners_ridge.jpg": (
        {"keywords"}, "hierarchical keywords of one level look like plain ones, and count too"),
    "png/paris_icc_exif_xmp.png": (
        {"exposureSeconds", "fNumber", "iso", "focalLength", "lens"},
        "exiv2 0.27 takes a PNG's text profile for EXIF only when it begins with the word Exif"),
    "raw/sample.arw": ({"lens"}, "exiv2 knows the lens by Sony's number, exiftool shows the number"),
}


def texts(value) -> list[str]:
    if isinstance(value, list):
        return [text for part in value for text in texts(part)]
    return [str(value).strip()]


def peers_value(name, tags):
    """What exiftool has for a value, or None; 0/0 and empty texts mean that there is none."""
    if name == "keywords":
        found = []
        for place in PLACES[name]:
            found += [text for text in texts(tags.get(place, [])) if text and text not in found]
        return found
    for place in PLACES[name]:
        value = tags.get(place)
        if value is None:
            continue
        if name in ("exposureSeconds", "fNumber", "iso", "focalLength"):
            try:
                number = float(texts(value)[0].split(" ")[0])
            except ValueError:
                continue
            # exiftool says "undef" for 0/0 and "inf" for n/0; 65535 means that it is written elsewhere.
            if not math.isfinite(number) or number <= 0 or (place == "ExifIFD:ISO" and number == 65535):
                continue
            return number
        if name == "rating":
            number = float(value)
            if -1 <= number <= 5:
                return int(number)
            continue
        text = ", ".join(text for text in texts(value) if text)
        if text:
            return text
    return None


def agree(ours, theirs) -> bool:
    if isinstance(ours, float | int) and isinstance(theirs, float | int):
        return math.isclose(ours, theirs, rel_tol=1e-4)
    if isinstance(ours, str) and isinstance(theirs, str):
        # Both show line ends and runs of blanks in their own way.
        return " ".join(ours.split()) == " ".join(theirs.split())
    return ours == theirs


def differences(ours, tags) -> dict[str, str]:
    found = {}
    for name in PLACES:
        mine, theirs = ours.get(name), peers_value(name, tags)
        if name == "keywords":
            # Hierarchical keywords are ours alone: exiftool has them under each program's own name.
            mine = [word for word in mine or [] if word in theirs or "/" not in word]
        if not agree(mine, theirs):
            found[name] = f"{mine!r}, exiftool {theirs!r}"
    return found


def test_the_deep_stage_agrees_with_exiftool_but_for_what_is_explained(albumen, corpus, manifest):
    exiftool = shutil.which("exiftool")
    if exiftool is None:
        pytest.skip("exiftool is not installed (libimage-exiftool-perl)")
    files = [corpus / row["path"] for row in manifest if row["format"] != "xmp"]
    said = albumen("info", "--json", *files, code=None, timeout=300)
    ours = {str(Path(item["path"]).relative_to(corpus)): item for item in map(json.loads, said.out.splitlines())}
    read = subprocess.run(
        [exiftool, "-json", "-n", "-G1", "-a", "-q", "-charset", "iptc=UTF8", *map(str, files)],
        capture_output=True, timeout=300)
    theirs = {str(Path(item["SourceFile"]).relative_to(corpus)): item for item in json.loads(read.stdout)}
    compared, wrong = 0, []
    for path in sorted(ours.keys() & theirs.keys()):
        if "fields" not in ours[path]:
            continue  # no metadata that can be read: the header's values are compared elsewhere
        compared += 1
        found = differences(ours[path], theirs[path])
        values, reason = EXPLAINED.get(path, (set(), "nothing"))
        if set(found) != values:
            wrong.append(f"{path}: {found}; explained: {sorted(values)}, {reason}")
    assert not wrong, "\n".join(wrong)
    assert compared > 100
    assert EXPLAINED.keys() <= ours.keys()
