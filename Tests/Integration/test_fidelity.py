"""Thumbnails of real pictures beside the full decode reduced with Lanczos."""

import io
import sqlite3
import statistics
import subprocess
from pathlib import Path

import pytest
from conftest import ROOT
from PIL import Image, ImageCms, ImageOps
from similarity import luma, similarity

SIZE = 256
# Debian's wallpaper packages put theirs there.
PHOTOGRAPHS = Path("/usr/share/backgrounds")


def in_srgb(picture: Image.Image) -> Image.Image:
    """As thumbnails are."""
    profile = picture.info.get("icc_profile")
    if profile is None:
        return picture
    return ImageCms.profileToProfile(
        picture, ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB"), outputMode="RGB")


def large_pictures(folder):
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() in (".jpg", ".jpeg") and "broken" not in path.parts and not path.is_symlink():
            try:
                with Image.open(path) as picture:
                    if max(picture.size) >= 2048 and picture.mode in ("L", "RGB"):
                        yield path
            except (OSError, Image.DecompressionBombError):
                continue


def as_jpeg(picture: Image.Image) -> Image.Image:
    """With what is lost by saving it."""
    kept = io.BytesIO()
    picture.save(kept, "JPEG", quality=100)
    return Image.open(kept)


def test_thumbnails_look_like_the_full_decode_reduced_with_lanczos(albumen, corpus, tmp_path):
    found, shrunk = {}, {}
    for path in large_pictures(corpus):
        name = str(path.relative_to(corpus))
        jpeg = tmp_path / f"{len(found)}.jpg"
        albumen("thumbnail", path, "-o", jpeg, "--size", str(SIZE), "--quality", "100")
        with Image.open(jpeg) as made, Image.open(path) as whole, Image.open(path) as eighth:
            eighth.draft("RGB", (eighth.width // 8, eighth.height // 8))
            best, peer = (
                in_srgb(ImageOps.exif_transpose(picture)).resize(made.size, Image.Resampling.LANCZOS)
                for picture in (whole, eighth))
            found[name] = similarity(luma(made), luma(best))
            shrunk[name] = similarity(luma(as_jpeg(peer)), luma(best))
    assert len(found) >= 2
    # How much of a picture's finest detail an eighth can keep depends on the picture.
    assert min(found.values()) >= 0.99, found
    assert max(found.values()) >= 0.998, found
    # libjpeg-turbo at 1/8 is the peer that has the same to work with.
    assert all(found[name] >= shrunk[name] - 0.0015 for name in found), (found, shrunk)


def test_photographs_come_nearer_to_the_full_decode_than_a_plain_eighth(tmp_path):
    """What is reduced, before it is saved: a JPEG's own loss is more than what is asked here."""
    reduce = ROOT / ".build/release/jpeg-eighth-benchmark"
    photographs = list(large_pictures(PHOTOGRAPHS))
    if not photographs:
        pytest.skip(f"{PHOTOGRAPHS} has no photographs; Debian's lomiri-wallpapers-16.04 brings some")
    ours, peers = [], []
    for path in photographs:
        reduced = tmp_path / "reduced.ppm"
        subprocess.run([reduce, "reduce", str(SIZE), path, reduced], check=True, timeout=60)
        with Image.open(reduced) as made, Image.open(path) as whole, Image.open(path) as eighth:
            eighth.draft("RGB", (eighth.width // 8, eighth.height // 8))
            best, peer = (
                luma(picture.convert("RGB").resize(made.size, Image.Resampling.LANCZOS))
                for picture in (whole, eighth))
            ours.append(similarity(luma(made), best))
            peers.append(similarity(peer, best))
    assert statistics.median(ours) >= 0.998, ours
    assert statistics.median(ours) > statistics.median(peers), (ours, peers)


def test_a_library_enlarges_the_eighth_of_twelve_megapixels_by_a_hair_and_nobody_sees_it(albumen, tmp_path):
    """4,000 pixels are 500 at an eighth, and the larger thumbnail has 512."""
    folder, library = tmp_path / "pictures", tmp_path / "library"
    folder.mkdir()
    for path in large_pictures(PHOTOGRAPHS):
        with Image.open(path) as picture:
            if picture.width >= 4000:
                picture.crop((0, 0, 4000, min(3000, picture.height))).save(folder / path.name, quality=92)
    if not any(folder.iterdir()):
        pytest.skip(f"{PHOTOGRAPHS} has no photographs of 12 megapixels; Debian's lomiri-wallpapers-16.04 brings some")
    albumen("scan", folder, "--library", library)
    albumen("thumbs", library)
    with sqlite3.connect(library / "catalog.db") as catalog:
        names = {number: bytes(name).decode() for number, name in catalog.execute("SELECT id, name FROM assets")}
    lost = {}
    with sqlite3.connect(library / "derived.db") as derived:
        rows = "SELECT asset_id, bytes FROM entries JOIN blobs ON id = blob_id WHERE size = 512"
        for number, jpeg in derived.execute(rows):
            path = folder / names[number]
            exact = tmp_path / "exact.jpg"
            # Who names a size gets it from more pixels.
            albumen("thumbnail", path, "-o", exact, "--size", "512")
            with Image.open(io.BytesIO(jpeg)) as made, Image.open(exact) as named, Image.open(path) as whole:
                assert made.size == named.size and max(made.size) == 512
                best = luma(in_srgb(whole).resize(made.size, Image.Resampling.LANCZOS))
                lost[path.name] = similarity(luma(named), best) - similarity(luma(made), best)
    assert len(lost) == len(list(folder.iterdir()))
    # Of the finest detail, which a thumbnail's own compression takes more of.
    assert max(lost.values()) <= 0.03, lost
    assert statistics.median(lost.values()) <= 0.006, lost
    assert any(lost.values()), "nothing was enlarged"
