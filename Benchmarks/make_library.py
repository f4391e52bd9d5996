#!/usr/bin/env python3
"""Makes a library of realistic JPEG photographs, the same for the same seed.

    Benchmarks/make_library.py DIRECTORY [--count 20000] [--seed 1] [--bases 240] [--small]

A few hundred base pictures (crops of the installed wallpapers where there are some, else generated
ones) are written again and again, each copy with EXIF of its own (time, camera, lens, exposure,
orientation, for three in five a position) and a comment of its own at its end, so that no two files
are equal. Folders are YEAR/MONTH of the capture time. With --small the pictures are a tenth as heavy,
for scan rates. Needs the `vips` command; nothing else beyond Python's standard library.
"""

import argparse
import glob
import json
import multiprocessing
import os
import random
import shutil
import struct
import subprocess
import sys
import time

CAMERAS = [
    ("Canon", "Canon EOS R6", "RF24-105mm F4 L IS USM"),
    ("Canon", "Canon EOS 80D", "EF-S18-135mm f/3.5-5.6 IS USM"),
    ("NIKON CORPORATION", "NIKON Z 6_2", "NIKKOR Z 24-70mm f/4 S"),
    ("NIKON CORPORATION", "NIKON D750", "50.0 mm f/1.8"),
    ("SONY", "ILCE-7M4", "FE 35mm F1.8"),
    ("FUJIFILM", "X-T4", "XF16-55mmF2.8 R LM WR"),
    ("Apple", "iPhone 13 Pro", "iPhone 13 Pro back camera 5.7mm f/1.5"),
    ("Google", "Pixel 7", "Pixel 7 back camera 6.81mm f/1.85"),
    ("Panasonic", "DC-GH5", "LEICA DG 12-60/F2.8-4.0"),
]
PLACES = [(52.52, 13.405), (48.858, 2.294), (37.775, -122.419), (-33.857, 151.215), (35.659, 139.745)]
SIZES = [(1600, 1200), (1600, 1066), (1200, 1600), (1920, 1080), (1440, 1440), (1280, 1920)]
WALLPAPERS = ["/usr/share/backgrounds", "/usr/share/wallpapers", "/usr/share/desktop-base"]


# MARK: EXIF

def entry(tag, kind, value):
    """One directory entry: (tag, type, count, bytes)."""
    if kind == 2:
        data = value.encode() + b"\0"
        return tag, kind, len(data), data
    if kind == 5:
        pairs = value if isinstance(value, list) else [value]
        return tag, kind, len(pairs), b"".join(struct.pack("<II", *pair) for pair in pairs)
    return tag, kind, 1, struct.pack("<H" if kind == 3 else "<I", value)


def directory(entries, offset):
    """A TIFF directory at `offset` with its values behind it."""
    table, heap = b"", b""
    heap_start = offset + 2 + 12 * len(entries) + 4
    for tag, kind, count, data in sorted(entries):
        if len(data) <= 4:
            field = data.ljust(4, b"\0")
        else:
            field = struct.pack("<I", heap_start + len(heap))
            heap += data + b"\0" * (len(data) % 2)
        table += struct.pack("<HHI", tag, kind, count) + field
    return struct.pack("<H", len(entries)) + table + b"\0\0\0\0" + heap


def degrees(value):
    value = abs(value)
    whole, minutes = int(value), int(value % 1 * 60)
    return [(whole, 1), (minutes, 1), (int((value * 60 % 1) * 60 * 1000), 1000)]


def exif(rng, when, width, height):
    make, model, lens = rng.choice(CAMERAS)
    zone = rng.choice(["+01:00", "+02:00", "+09:00", "-07:00", "+00:00"])
    stamp = time.strftime("%Y:%m:%d %H:%M:%S", when)
    orientation = rng.choices([1, 6, 8, 3], [80, 10, 7, 3])[0]
    photo = [
        entry(0x829A, 5, (1, rng.choice([30, 60, 125, 250, 500, 1000]))),
        entry(0x829D, 5, (rng.choice([14, 18, 28, 40, 56, 80]), 10)),
        entry(0x8827, 3, rng.choice([100, 200, 400, 800, 1600])),
        entry(0x9003, 2, stamp), entry(0x9011, 2, zone),
        entry(0x920A, 5, (rng.choice([24, 35, 50, 85, 105]), 1)),
        entry(0xA002, 4, width), entry(0xA003, 4, height), entry(0xA434, 2, lens),
    ]
    position = []
    if rng.random() < 0.6:
        latitude, longitude = rng.choice(PLACES)
        latitude += rng.gauss(0, 0.3)
        longitude += rng.gauss(0, 0.3)
        position = [
            entry(1, 2, "N" if latitude >= 0 else "S"), entry(2, 5, degrees(latitude)),
            entry(3, 2, "E" if longitude >= 0 else "W"), entry(4, 5, degrees(longitude)),
        ]
    first = [
        entry(0x010F, 2, make), entry(0x0110, 2, model), entry(0x0112, 3, orientation),
        entry(0x0132, 2, stamp), entry(0x8769, 4, 0),
    ] + ([entry(0x8825, 4, 0)] if position else [])
    photo_start = 8 + len(directory(first, 8))
    position_start = photo_start + len(directory(photo, photo_start))
    starts = {0x8769: photo_start, 0x8825: position_start}
    first = [entry(tag, kind, starts[tag]) if tag in starts else (tag, kind, count, data)
             for tag, kind, count, data in first]
    tiff = b"II*\0\x08\0\0\0" + directory(first, 8) + directory(photo, photo_start)
    if position:
        tiff += directory(position, position_start)
    body = b"Exif\0\0" + tiff
    return b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body


# MARK: Base pictures

def run(*words):
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def make_base(job):
    """Writes one base picture: a crop of a wallpaper, or a generated one, as a JPEG without metadata."""
    number, seed, source, small, folder = job
    rng = random.Random(seed * 1_000_003 + number)
    width, height = rng.choice(SIZES)
    if small:
        width, height = width // 4, height // 4
    out = os.path.join(folder, f"base-{number:04}.jpg")
    options = f"[Q={rng.choice([82, 86, 90])},strip" + (",interlace]" if number % 10 == 9 else "]")
    scratch = os.path.join(folder, f"scratch-{number:04}")
    if source:
        path, full_width, full_height = rng.choice(source)
        left = rng.randint(0, full_width - width)
        top = rng.randint(0, full_height - height)
        run("vips", "crop", path, out + options, *map(str, (left, top, width, height)))
    else:
        # Clouds in three colours, lit from one side, with some grain.
        bands = []
        for band in range(3):
            name = f"{scratch}-{band}.v"
            run("vips", "perlin", name, str(width), str(height),
                "--cell-size", str(rng.choice([64, 128, 256])), "--seed", str(number * 3 + band + seed))
            bands.append(name)
        run("vips", "bandjoin", " ".join(bands), f"{scratch}-rgb.v")
        run("vips", "gaussnoise", f"{scratch}-n.v", str(width), str(height), "--sigma", "12",
            "--mean", "0", "--seed", str(number + seed))
        run("vips", "linear", f"{scratch}-rgb.v", f"{scratch}-c.v", "100 110 90", "128 118 140")
        run("vips", "add", f"{scratch}-c.v", f"{scratch}-n.v", f"{scratch}-g.v")
        run("vips", "copy", f"{scratch}-g.v", f"{scratch}-s.v", "--interpretation", "srgb")
        run("vips", "cast", f"{scratch}-s.v", f"{scratch}.v", "uchar")
        run("vips", "copy", f"{scratch}.v", out + options)
    for name in glob.glob(glob.escape(scratch) + "*"):
        os.unlink(name)
    with open(out, "rb") as file:
        data = file.read()
    os.unlink(out)
    return data, width, height


def prepare_wallpaper(job):
    """Decodes a wallpaper once, at two scales that every crop fits into; answers their paths and sizes."""
    number, path, small, folder = job
    prepared = []
    for scale in (1, 1.5):
        side = int(1960 * scale) // (4 if small else 1)
        name = os.path.join(folder, f"wallpaper-{number}-{scale}.v")
        # The lesser side becomes `side`, so that a portrait crop fits as well as a landscape one.
        run("vips", "thumbnail", path, name, str(side * 4), "--height", str(side), "--size", "both")
        width, height = header(name, "width"), header(name, "height")
        if width < side:
            run("vips", "thumbnail", path, name, str(side), "--height", str(side * 4))
            width, height = header(name, "width"), header(name, "height")
        prepared.append((name, width, height))
    return prepared


def header(path, field):
    words = ["vipsheader", "-f", field, path]
    return int(subprocess.run(words, check=True, capture_output=True, text=True).stdout)


def wallpapers():
    return [path for folder in WALLPAPERS
            for path in sorted(glob.glob(folder + "/**/*", recursive=True))
            if path.lower().endswith((".jpg", ".jpeg")) and not os.path.islink(path)][:12]


# MARK: Files

BASES = []


def after_exif(data):
    """Where what follows the start of image and a JFIF segment begins."""
    return 4 + struct.unpack(">H", data[4:6])[0] if data[2:4] == b"\xff\xe0" else 2


def write_files(job):
    first, last, seed, folder = job
    total = 0
    for number in range(first, last):
        rng = random.Random(seed * 7_919_000_000 + number)
        data, width, height = BASES[rng.randrange(len(BASES))]
        when = time.gmtime(1_262_304_000 + rng.randrange(15 * 365 * 86_400))
        comment = f"picture {number} of seed {seed}".encode()
        tail = b"\xff\xfe" + struct.pack(">H", len(comment) + 2) + comment + b"\xff\xd9"
        start = after_exif(data)
        parts = [data[:2], exif(rng, when, width, height), memoryview(data)[start:-2], tail]
        place = os.path.join(folder, f"{when.tm_year}", f"{when.tm_mon:02}")
        os.makedirs(place, exist_ok=True)
        path = os.path.join(place, f"IMG_{number:06}.jpg")
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        total += os.writev(file, parts)
        os.close(file)
        moment = time.mktime(when)
        os.utime(path, (moment, moment))
    return total


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("directory")
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--bases", type=int, default=240)
    parser.add_argument("--small", action="store_true")
    options = parser.parse_args()
    folder = os.path.abspath(options.directory)
    if os.path.isdir(folder) and os.listdir(folder):
        sys.exit(f"{folder} is not empty; give a new directory")
    os.makedirs(folder, exist_ok=True)
    begun = time.monotonic()
    # tmpfs where there is one: the scratch pictures are raw.
    scratch = os.path.join("/dev/shm" if os.access("/dev/shm", os.W_OK) else folder,
                           f"albumen-bases-{os.getpid()}")
    os.makedirs(scratch, exist_ok=True)
    os.environ["VIPS_CONCURRENCY"] = "1"
    count = min(options.bases, max(1, options.count))
    processes = os.cpu_count() or 1
    with multiprocessing.Pool(processes) as pool:
        found = pool.map(prepare_wallpaper, [(number, path, options.small, scratch)
                                             for number, path in enumerate(wallpapers())])
        sources = found or [None]
        jobs = [(number, options.seed, sources[number % len(sources)], options.small, scratch)
                for number in range(count)]
        BASES.extend(pool.map(make_base, jobs, chunksize=4))
    shutil.rmtree(scratch)
    made = time.monotonic()
    step = max(1, min(500, options.count // processes + 1))
    with multiprocessing.Pool(processes) as pool:  # a new pool, so that it inherits the bases
        jobs = [(first, min(options.count, first + step), options.seed, folder)
                for first in range(0, options.count, step)]
        total = sum(pool.imap_unordered(write_files, jobs))
    print(json.dumps({
        "files": options.count, "bytes": total, "bases": count,
        "from": "wallpapers" if sources[0] else "generated",
        "base_seconds": round(made - begun, 1), "seconds": round(time.monotonic() - begun, 1)}))


if __name__ == "__main__":
    main()
