"""Instructions by callgrind, the steady guard against small steps backwards."""

import argparse
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time

CHECKOUT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(CHECKOUT, "Benchmarks"))

from make_library import exif  # noqa: E402

RECORD = os.path.join(CHECKOUT, "Benchmarks", "counts.json")
# More than this is a step backwards; less than its inverse should be written down.
TOLERANCE = 1.05
# Wide enough for a thumbnail of 256 to need an eighth only.
WIDTH, HEIGHT = 2304, 1728
SEED = 1


class Failed(Exception):
    """What could not be counted, and why."""


def program(name, folder):
    """A copy of a benchmark without symbols: valgrind cannot read those that Swift writes."""
    path = os.path.join(CHECKOUT, ".build", "release", name)
    if not os.access(path, os.X_OK):
        raise Failed(f"{path} is not built; build it with: "
                     f"swift build -c release --static-swift-stdlib --product {name}")
    copy = os.path.join(folder, name)
    if not os.path.exists(copy):
        run("strip", "-o", copy, path)
    return copy


def run(*words):
    # Hash tables in the same order each time: their collisions are instructions too.
    done = subprocess.run(words, capture_output=True, text=True,
                          env={**os.environ, "SWIFT_DETERMINISTIC_HASHING": "1"})
    if done.returncode != 0:
        raise Failed(f"`{' '.join(words[:4])} …` ended with {done.returncode}: "
                     f"{(done.stderr or done.stdout).strip()[-300:]}")
    return done.stderr


# MARK: Inputs

def picture(path):
    """Soft areas of colour with the grain of a camera, as a PPM; whole numbers only, so that it is the
    same everywhere."""
    rng = random.Random(SEED)
    cell = 128
    across, down = WIDTH // cell + 1, HEIGHT // cell + 1
    grid = [[[rng.randrange(30, 226) for _ in range(3)] for _ in range(across)] for _ in range(down)]
    with open(path, "wb") as file:
        file.write(f"P6\n{WIDTH} {HEIGHT}\n255\n".encode())
        for y in range(HEIGHT):
            row, below = divmod(y, cell)
            edge = [[(top * (cell - below) + bottom * below) // cell for top, bottom in zip(*pair)]
                    for pair in zip(grid[row], grid[min(row + 1, down - 1)])]
            # Two dice make small deviations likelier than large ones.
            grain = [(a + b) // 24 - 10 for a, b in zip(rng.randbytes(WIDTH), rng.randbytes(WIDTH))]
            line = bytearray()
            for x in range(WIDTH):
                column, beyond = divmod(x, cell)
                left, right = edge[column], edge[min(column + 1, across - 1)]
                for channel in range(3):
                    soft = (left[channel] * (cell - beyond) + right[channel] * beyond) // cell
                    line.append(soft + grain[x])
            file.write(line)


def inputs(folder):
    """The files by what they are."""
    source = os.path.join(folder, "picture.ppm")
    picture(source)
    encode = program("jpeg-eighth-benchmark", folder)
    kinds = {
        # quality, sampling across and down, channels, progressive, restart interval
        "baseline": (90, 2, 2, 3, 0, 0), "4:2:2": (90, 2, 1, 3, 0, 0), "4:4:4": (90, 1, 1, 3, 0, 0),
        "progressive": (90, 2, 2, 3, 1, 0),
    }
    files = {}
    for kind, numbers in kinds.items():
        files[kind] = os.path.join(folder, kind.replace(":", "") + ".jpg")
        run(encode, "encode", source, files[kind], *map(str, numbers))
    files["camera"] = os.path.join(folder, "camera.jpg")
    with open(files["baseline"], "rb") as plain, open(files["camera"], "wb") as file:
        file.write(plain.read(2) + exif(random.Random(SEED), time.gmtime(SEED), WIDTH, HEIGHT) + plain.read())
    for kind, words in {"png": ["pngsave"], "webp": ["webpsave", "--Q", "85"],
                        "tiff": ["tiffsave", "--compression", "deflate"]}.items():
        files[kind] = os.path.join(folder, f"picture.{kind}")
        run("vips", words[0], source, files[kind], *words[1:])
    return files


# MARK: Counting

def instructions(words):
    told = run("valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", *words)
    found = re.search(r"Collected : (\d+)", told)
    if not found:
        raise Failed(f"callgrind did not say what it collected: {told.strip()[-300:]}")
    return int(found[1])


def each(words, few, many):
    """Instructions of one repetition: the start of the program is in both runs."""
    return (instructions(words(many)) - instructions(words(few))) // (many - few)


def counted(folder):
    """What is counted, by name."""
    files = inputs(folder)
    counts, catalog, search = (program(name, folder) for name in (
        "counts-benchmark", "catalog-benchmark", "search-benchmark"))

    def inserts(count):
        library = tempfile.mkdtemp(dir=folder)
        return [catalog, "insert", library, str(count)]

    yield "header of a camera's JPEG", each(
        lambda n: [counts, "probe", str(n), files["camera"]], 100, 1100)
    for kind in ("baseline", "4:2:2", "4:4:4", "progressive", "png", "webp", "tiff"):
        yield f"thumbnail of 4 MP, {kind}", each(
            lambda n: [counts, "thumbnail", str(n), files[kind]], 1, 3)  # noqa: B023 (used at once)
    yield "thumbnail found in memory", each(lambda n: [counts, "hit", str(n)], 1000, 101_000)
    for what, work in {"beginning of a tag": "begin", "inside of tags": "inside",
                       "letters of no tag": "nowhere", "tag that is none": "like",
                       "pattern of tags": "pattern"}.items():
        yield f"{what}, of 20,000", each(
            lambda n: [search, "count", work, str(n), "20000"], 1, 11)  # noqa: B023 (used at once)
    yield "query read", each(lambda n: [search, "count", "query", str(n), "1"], 100, 1100)
    yield "new file in the catalog", each(inserts, 512, 4608)


def main():
    parser = argparse.ArgumentParser(prog="Benchmarks/counts", description=__doc__)
    parser.add_argument("--update", action="store_true", help="write the counts down")
    options = parser.parse_args()
    for tool, package in (("valgrind", "valgrind"), ("strip", "binutils"), ("vips", "libvips-tools")):
        if not shutil.which(tool):
            print(f"Benchmarks/counts needs {tool} (Debian package {package})", file=sys.stderr)
            return 3
    recorded = {}
    if os.path.exists(RECORD):
        with open(RECORD) as file:
            recorded = json.load(file)
    found, grown, shrunk = {}, [], []
    print(f"{'instructions of':36} {'now':>13} {'recorded':>13}  ratio")
    try:
        with tempfile.TemporaryDirectory() as folder:
            for name, count in counted(folder):
                found[name] = count
                before = recorded.get(name)
                ratio = f"{count / before:6.3f}" if before else "   new"
                print(f"{name:36} {count:13,} {before or 0:13,} {ratio}", flush=True)
                if not before or count > TOLERANCE * before:
                    grown.append(name)
                elif count * TOLERANCE < before:
                    shrunk.append(name)
    except Failed as reason:
        print(f"Benchmarks/counts: {reason}", file=sys.stderr)
        return 1
    if options.update:
        with open(RECORD, "w") as file:
            json.dump(found, file, indent=2)
            file.write("\n")
        return 0
    if shrunk:
        print(f"fewer than recorded, write them down with --update: {', '.join(shrunk)}")
    if grown:
        print(f"more than recorded by over a twentieth: {', '.join(grown)}. If that is meant, write it down with "
              "Benchmarks/counts --update", file=sys.stderr)
    return 1 if grown else 0


if __name__ == "__main__":
    sys.exit(main())
