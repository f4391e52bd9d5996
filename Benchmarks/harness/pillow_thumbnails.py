#!/usr/bin/env python3
"""Makes 256-px JPEG thumbnails with Pillow: pillow_thumbnails.py PROCESSES OUT FILE…

Prints one line and ends with 3 when this Pillow cannot read the first file. Run by the benchmarks."""

import importlib
import multiprocessing
import os
import sys

from PIL import Image, UnidentifiedImageError

for plugin in ("pillow_heif", "pillow_jxl"):
    try:
        module = importlib.import_module(plugin)
        if plugin == "pillow_heif":
            module.register_heif_opener()
    except ImportError:
        pass
Image.MAX_IMAGE_PIXELS = None


def make(words):
    source, target = words
    with Image.open(source) as picture:
        picture.thumbnail((256, 256), Image.Resampling.LANCZOS)
        if picture.mode != "RGB":
            picture = picture.convert("RGB")
        picture.save(target, "JPEG", quality=82)


def main():
    processes, out, files = int(sys.argv[1]), sys.argv[2], sys.argv[3:]
    try:
        with Image.open(files[0]):
            pass
    except UnidentifiedImageError:
        print(f"this Pillow does not read {os.path.splitext(files[0])[1]}")
        return 3
    work = [(file, os.path.join(out, os.path.basename(file) + ".jpg")) for file in files]
    if processes == 1:
        for each in work:
            make(each)
    else:
        with multiprocessing.Pool(processes) as pool:
            pool.map(make, work, chunksize=1)
    return 0


if __name__ == "__main__":
    sys.exit(main())
