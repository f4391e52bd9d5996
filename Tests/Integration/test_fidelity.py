"""Thumbnails of real pictures beside the full decode reduced with Lanczos."""

import io

from PIL import Image, ImageCms, ImageOps

from similarity import luma, similarity

SIZE = 256


def in_srgb(picture: Image.Image) -> Image.Image:
    """As thumbnails are."""
    profile = picture.info.get("icc_profile")
    if profile is None:
        return picture
    return ImageCms.profileToProfile(
        picture, ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB"), outputMode="RGB")


def large_pictures(corpus):
    for path in sorted(corpus.rglob("*")):
        if path.suffix.lower() in (".jpg", ".jpeg") and "broken" not in path.parts:
            try:
                with Image.open(path) as picture:
                    if max(picture.size) >= 2048 and picture.mode in ("L", "RGB"):
                        yield path
            except (OSError, Image.DecompressionBombError):
                continue


def test_thumbnails_look_like_the_full_decode_reduced_with_lanczos(albumen, corpus, tmp_path):
    found, shrunk = {}, {}
    for path in large_pictures(corpus):
        name = str(path.relative_to(corpus))
        jpeg = tmp_path / f"{len(found)}.jpg"
        albumen("thumbnail", path, "-o", jpeg, "--size", str(SIZE), "--quality", "100")
        with Image.open(jpeg) as made, Image.open(path) as whole, Image.open(path) as eighth:
            eighth.draft("RGB", (eighth.width // 8, eighth.height // 8))
            best, peer = (
                luma(in_srgb(ImageOps.exif_transpose(picture)).resize(made.size, Image.Resampling.LANCZOS))
                for picture in (whole, eighth))
            found[name], shrunk[name] = similarity(luma(made), best), similarity(peer, best)
    assert len(found) >= 2
    # How much of a picture's finest detail an eighth can keep depends on the picture.
    assert min(found.values()) >= 0.99, found
    assert max(found.values()) >= 0.998, found
    # libjpeg-turbo at 1/8 is the peer that has the same to work with.
    assert all(found[name] >= shrunk[name] - 0.0015 for name in found), (found, shrunk)
