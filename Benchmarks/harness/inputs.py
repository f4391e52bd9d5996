"""Inputs, made by seed once and kept in a cache directory, and the programs that are measured."""

import json
import os
import platform
import shutil
import subprocess

from measuring import Skipped, command

CHECKOUT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


class Context:
    """What every benchmark gets: options, paths and inputs."""

    def __init__(self, options):
        self.options = options
        self.cache = os.path.abspath(options.cache)
        self.scratch = os.path.join(self.cache, f"scratch-{os.getpid()}")
        os.makedirs(self.scratch, exist_ok=True)

    def albumen(self):
        return self.built("albumen", os.environ.get("ALBUMEN"))

    def built(self, name, path=None):
        """A program of this checkout, built for release."""
        path = path or os.path.join(CHECKOUT, ".build", "release", name)
        if not os.access(path, os.X_OK):
            raise Skipped(f"{path} is not built; build it with: swift build -c release")
        return path

    def tool(self, name, package):
        path = shutil.which(name)
        if not path:
            raise Skipped(f"{name} is not installed (Debian package {package})")
        return path

    def library(self, small=False, count=None):
        """A generated library; made once for a count and seed."""
        kind = "small" if small else "full"
        count = count or self.options.count
        name = f"library-{kind}-{count}-seed{self.options.seed}"
        folder = os.path.join(self.cache, name)
        done = folder + ".json"
        if not os.path.exists(done):
            self.tool("vips", "libvips-tools")
            shutil.rmtree(folder, ignore_errors=True)
            words = [os.path.join(CHECKOUT, "Benchmarks", "make_library.py"), folder,
                     "--count", str(count), "--seed", str(self.options.seed)]
            _, output = command(words + (["--small"] if small else []))
            with open(done, "w") as file:
                file.write(output)
        return folder

    def linked_library(self, count):
        """As many names: the same small pictures again and again, by hard links, so that every size
        costs the same per file but for its number."""
        base = max(1, min(10_000, count // 10 or 1))
        source = self.library(small=True, count=base)
        folder = os.path.join(self.cache, f"library-linked-{count}-of-{base}-seed{self.options.seed}")
        done = folder + ".json"
        if not os.path.exists(done):
            shutil.rmtree(folder, ignore_errors=True)
            made = 0
            for copy in range(-(-count // base)):
                for place, _, names in os.walk(source):
                    target = os.path.join(folder, f"{copy:03}", os.path.relpath(place, source))
                    os.makedirs(target, exist_ok=True)
                    for name in names[:count - made]:
                        os.link(os.path.join(place, name), os.path.join(target, name))
                    made += len(names[:count - made])
            with open(done, "w") as file:
                json.dump({"count": made}, file)
        return folder

    def camera_library(self, count):
        """Small pictures behind the headers of cameras' files; answers (folder, how many headers, some
        files). A tenth are written, each with a comment of its own; the others are hard links to them."""
        if not self.options.camera:
            raise Skipped("no JPEGs from cameras; name a folder of them with --camera FOLDER")
        headers = [header for path in sorted(jpegs(self.options.camera)) if (header := camera_header(path))]
        if not headers:
            raise Skipped(f"{self.options.camera} has no JPEGs from cameras")
        written = max(1, count // 10)
        folder = os.path.join(self.cache, f"library-camera-{count}-of-{len(headers)}-seed{self.options.seed}")
        if not os.path.exists(folder):
            unfinished = folder + ".part"
            shutil.rmtree(unfinished, ignore_errors=True)
            bodies = [without_header(path) for path in self.files(min(written, 200), small=True)]
            for number in range(count):
                name = f"{number // 100:05}/{number % 100:03}.jpg"
                path = os.path.join(unfinished, name)
                if number % 100 == 0:
                    os.makedirs(os.path.dirname(path))
                if number >= written:
                    first = number % written
                    os.link(os.path.join(unfinished, f"{first // 100:05}/{first % 100:03}.jpg"), path)
                    continue
                remark = f"picture {number}".encode()
                with open(path, "wb") as file:
                    file.write(b"\xff\xd8" + headers[number % len(headers)] + b"\xff\xfe"
                               + (len(remark) + 2).to_bytes(2, "big") + remark + bodies[number % len(bodies)])
            os.rename(unfinished, folder)
        some = [os.path.join(folder, f"{number // 100:05}/{number % 100:03}.jpg")
                for number in range(min(500, written))]
        return folder, len(headers), some

    def files(self, count, small=False, library_count=None):
        """The first files of the library by name."""
        found = []
        for folder, folders, names in os.walk(self.library(small, library_count)):
            folders.sort()
            found += [os.path.join(folder, name) for name in sorted(names)]
            if len(found) >= count:
                break
        return found[:count]

    def fresh(self, name):
        """An empty directory."""
        path = os.path.join(self.scratch, name)
        shutil.rmtree(path, ignore_errors=True)
        os.makedirs(path)
        return path

    def clean(self):
        shutil.rmtree(self.scratch, ignore_errors=True)


def jpegs(folder):
    return (os.path.join(place, name) for place, _, names in os.walk(folder)
            for name in names if name.lower().endswith((".jpg", ".jpeg")))


def segments(data):
    """(marker, start, end) of the segments of a JPEG before its first scan."""
    at = 2
    while data[:2] == b"\xff\xd8" and at + 4 <= len(data) and data[at] == 0xFF:
        end = at + 2 + int.from_bytes(data[at + 2:at + 4], "big")
        yield data[at + 1], at, end
        if data[at + 1] == 0xDA:
            return
        at = end


def camera_header(path):
    """The application segments of a file that names its camera's make, if they are whole; else None."""
    with open(path, "rb") as file:
        data = file.read()
    parts = [data[start:end] for marker, start, end in segments(data) if 0xE0 <= marker <= 0xEF]
    # The tag of the make, in either byte order, near the beginning of the EXIF.
    hasMake = any(part[4:10] == b"Exif\0\0" and (b"\x01\x0f\x00\x02" in part[:400]
                                                 or b"\x0f\x01\x02\x00" in part[:400]) for part in parts)
    header = b"".join(parts)
    return header if hasMake and len(header) <= 64_000 else None


def without_header(path):
    """A JPEG's bytes from its first segment that is not an application's."""
    with open(path, "rb") as file:
        data = file.read()
    return data[next(start for marker, start, _ in segments(data) if not 0xE0 <= marker <= 0xEF):]


def machine():
    """What the numbers were taken on."""
    model = platform.machine()
    with open("/proc/cpuinfo") as file:
        for line in file:
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    with open("/proc/meminfo") as file:
        memory = int(file.readline().split()[1]) // (1 << 20)
    return {"processor": model, "cores": os.cpu_count(), "memory_gib": memory + 1,
            "kernel": platform.release(), "system": system_name(), "commit": commit()}


def system_name():
    try:
        with open("/etc/os-release") as file:
            fields = dict(line.rstrip("\n").split("=", 1) for line in file if "=" in line)
        return fields.get("PRETTY_NAME", "Linux").strip('"')
    except OSError:
        return "Linux"


def commit():
    result = subprocess.run(["git", "-C", CHECKOUT, "rev-parse", "--short", "HEAD"],
                            capture_output=True, text=True)
    return result.stdout.strip() or "unknown"


def last_json(text):
    """The last line of a command's output that is a JSON object."""
    for line in reversed(text.strip().splitlines()):
        if line.startswith("{"):
            return json.loads(line)
    raise ValueError("the output holds no JSON line")
