"""Thumbnails of real pictures beside the full decode reduced with Lanczos."""

import io
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
