"""Thumbnails of real pictures beside the full decode reduced with Lanczos."""

import io

import numpy
from PIL import Image, ImageCms, ImageOps

SIZE = 256


def luma(picture: Image.Image) -> numpy.ndarray:
    return numpy.asarray(picture.convert("RGB"), dtype=float) @ [0.299, 0.587, 0.114]


def in_srgb(picture: Image.Image) -> Image.Image:
    """As thumbnails are."""
    profile = picture.info.get("icc_profile")
    if profile is None:
        return picture
    return ImageCms.profileToProfile(
        picture, ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB"), outputMode="RGB")


def blurred(plane: numpy.ndarray) -> numpy.ndarray:
    """With the Gaussian of SSIM's authors: 11 samples, a deviation of 1.5; without the border."""
    places = numpy.arange(-5, 6)
    weights = numpy.exp(-(places**2) / (2 * 1.5**2))
    weights /= weights.sum()
    for axis in (0, 1):
        plane = numpy.apply_along_axis(numpy.convolve, axis, plane, weights, mode="valid")
    return plane


def similarity(left: numpy.ndarray, right: numpy.ndarray) -> float:
    """Mean SSIM (Wang et al. 2004)."""
    mean_left, mean_right = blurred(left), blurred(right)
    variance_left = blurred(left**2) - mean_left**2
    variance_right = blurred(right**2) - mean_right**2
    covariance = blurred(left * right) - mean_left * mean_right
    light, contrast = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    return float(numpy.mean(
        (2 * mean_left * mean_right + light) * (2 * covariance + contrast)
        / ((mean_left**2 + mean_right**2 + light) * (variance_left + variance_right + contrast))))


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
