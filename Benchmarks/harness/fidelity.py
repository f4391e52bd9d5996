"""Compares reduced pictures with the whole picture reduced with Lanczos.

    fidelity.py JPEG REDUCED PEER

Prints a line of JSON: the SSIM of the luma of both; none for a peer of another size. Colours and
orientation are as stored in all of them.
"""

import json
import sys

from PIL import Image
from similarity import luma, similarity


def main():
    path, ours, theirs = sys.argv[1:4]
    Image.MAX_IMAGE_PIXELS = None
    with Image.open(ours) as made:
        reduced = luma(made)
        size = made.size
    with Image.open(path) as picture:
        best = luma(picture.convert("RGB").resize(size, Image.Resampling.LANCZOS))
    with Image.open(theirs) as peer:
        told = {"ours": similarity(reduced, best), "theirs": None}
        if peer.size == size:
            told["theirs"] = similarity(luma(peer), best)
    print(json.dumps(told))


if __name__ == "__main__":
    main()
