"""How alike two pictures are to an eye. Needs numpy."""

import numpy


def luma(picture) -> numpy.ndarray:
    """Of a picture of Pillow's."""
    return numpy.asarray(picture.convert("RGB"), dtype=float) @ [0.299, 0.587, 0.114]


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
