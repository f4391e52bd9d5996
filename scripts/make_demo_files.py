"""Generates the demo's own files: orientations, 16 bit, animation, video, multi-layer OpenEXR.

Only Python's standard library and the ffmpeg command are used, and every file is the same on each run.
"""

import math
import shutil
import struct
import subprocess
import sys
import zlib
from pathlib import Path


def ffmpeg(*arguments: str) -> None:
    subprocess.run(["ffmpeg", "-v", "error", "-y", *arguments], check=True, stdin=subprocess.DEVNULL)


def exif(orientation: int, taken: str) -> bytes:
    """An EXIF block (TIFF, little endian) with orientation, camera and capture time."""
    make, model, when = b"Albumen\0", b"Demo generator\0", taken.encode() + b"\0"
    count, first = 4, 8 + 2 + 4 * 12 + 4
    at_make, at_model = first, first + len(make)
    at_exif = at_model + len(model) + (len(make) + len(model)) % 2
    at_when = at_exif + 2 + 12 + 4
    ifd = struct.pack("<H", count)
    ifd += struct.pack("<HHII", 0x010F, 2, len(make), at_make)
    ifd += struct.pack("<HHII", 0x0110, 2, len(model), at_model)
    ifd += struct.pack("<HHIHH", 0x0112, 3, 1, orientation, 0)
    ifd += struct.pack("<HHII", 0x8769, 4, 1, at_exif) + struct.pack("<I", 0)
    body = b"II*\0" + struct.pack("<I", 8) + ifd + make + model
    body += b"\0" * (at_exif - len(body))
    body += struct.pack("<H", 1) + struct.pack("<HHII", 0x9003, 2, len(when), at_when)
    body += struct.pack("<I", 0) + when
    return b"Exif\0\0" + body


def with_exif(jpeg: bytes, orientation: int, taken: str) -> bytes:
    block = exif(orientation, taken)
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(block) + 2) + block + jpeg[2:]


# For each orientation the transposition that stores an upright picture so that it must be turned back.
STORED = {
    1: "null", 2: "hflip", 3: "hflip,vflip", 4: "vflip",
    5: "transpose=0", 6: "transpose=2", 7: "transpose=3", 8: "transpose=1",
}


# Older than the photographs, so that those come first on the page.
def orientations(folder: Path, work: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for number, transposition in STORED.items():
        plain = work / f"{number}.jpg"
        hue = number * 40
        ffmpeg("-f", "lavfi", "-i", "gradients=s=960x640:c0=#204060:c1=#f0c080:x0=0:y0=0:x1=960:y1=640:d=0.04:r=25:seed=7",
               "-vf", f"hue=h={hue},drawbox=x=40:y=40:w=200:h=120:c=white@0.9:t=fill,"
                      f"drawbox=x=40:y=200:w=120:h=40:c=black@0.8:t=fill,{transposition}",
               "-frames:v", "1", "-q:v", "3", str(plain))
        data = with_exif(plain.read_bytes(), number, f"2005:0{number}:1{number} 1{number}:30:00")
        (folder / f"orientation-{number}.jpg").write_bytes(data)


def png16(path: Path, width: int = 800, height: int = 500) -> None:
    """A 16-bit gradient so fine that 8 bits would band."""
    rows = bytearray()
    for y in range(height):
        rows.append(0)
        for x in range(width):
            light = 20000 + int(9000 * x / width + 4000 * math.sin(y / 60))
            rows += struct.pack(">HHH", light, light + 1500, light + 6000)

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 16, 2, 0, 0, 0)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header)
                     + chunk(b"IDAT", zlib.compress(bytes(rows), 6)) + chunk(b"IEND", b""))


def exr(path: Path, width: int = 960, height: int = 540) -> None:
    """A scanline OpenEXR, ZIP by 16 lines, with a beauty layer and two more (diffuse, depth)."""
    def attribute(name: str, kind: str, value: bytes) -> bytes:
        return name.encode() + b"\0" + kind.encode() + b"\0" + struct.pack("<I", len(value)) + value

    channels = ["B", "G", "R", "depth.Z", "diffuse.B", "diffuse.G", "diffuse.R"]  # sorted by name
    listed = b"".join(name.encode() + b"\0" + struct.pack("<IB3xII", 1, 0, 1, 1) for name in channels) + b"\0"
    window = struct.pack("<iiii", 0, 0, width - 1, height - 1)
    header = struct.pack("<II", 20000630, 2)
    header += attribute("channels", "chlist", listed)
    header += attribute("compression", "compression", bytes([3]))
    header += attribute("dataWindow", "box2i", window) + attribute("displayWindow", "box2i", window)
    header += attribute("lineOrder", "lineOrder", bytes([0]))
    header += attribute("pixelAspectRatio", "float", struct.pack("<f", 1))
    header += attribute("screenWindowCenter", "v2f", struct.pack("<ff", 0, 0))
    header += attribute("screenWindowWidth", "float", struct.pack("<f", 1)) + b"\0"

    def row(y: int) -> bytes:
        planes = {name: [] for name in channels}
        v = y / height
        for x in range(width):
            u = x / width
            ball = (u - 0.62) ** 2 * 3.2 + (v - 0.5) ** 2
            lit = max(0.0, 1 - ball / 0.1)
            sky = 0.15 + 0.5 * (1 - v)
            sun = 8 * math.exp(-((u - 0.2) ** 2 * 3.2 + (v - 0.25) ** 2) / 0.002)
            planes["R"].append(sky * 0.6 + lit * 0.9 + sun)
            planes["G"].append(sky * 0.8 + lit * 0.45 + sun * 0.85)
            planes["B"].append(sky * 1.2 + lit * 0.2 + sun * 0.5)
            planes["diffuse.R"].append(lit * 0.9)
            planes["diffuse.G"].append(lit * 0.45)
            planes["diffuse.B"].append(lit * 0.2)
            planes["depth.Z"].append(3.0 if lit > 0 else 100.0)
        return b"".join(struct.pack(f"<{width}e", *planes[name]) for name in channels)

    blocks = []
    for top in range(0, height, 16):
        raw = b"".join(row(y) for y in range(top, min(top + 16, height)))
        split = raw[0::2] + raw[1::2]
        # OpenEXR's predictor: each byte as its difference to the one before, offset by 128.
        predicted = bytes([split[0]]) + bytes((b - a + 384) & 255 for a, b in zip(split, split[1:]))
        packed = zlib.compress(predicted, 6)
        blocks.append((top, packed if len(packed) < len(raw) else raw))
    offset = len(header) + 8 * len(blocks)
    table, body = b"", b""
    for top, data in blocks:
        table += struct.pack("<Q", offset + len(body))
        body += struct.pack("<iI", top, len(data)) + data
    path.write_bytes(header + table + body)


def animations(folder: Path) -> None:
    source = ["-f", "lavfi", "-i", "testsrc2=s=480x320:r=12:d=2"]
    ffmpeg(*source, "-vf", "split[a][b];[a]palettegen[p];[b][p]paletteuse", str(folder / "animated.gif"))
    ffmpeg(*source, "-c:v", "libwebp", "-loop", "0", "-q:v", "60", str(folder / "animated.webp"))
    ffmpeg("-f", "lavfi", "-i", "mandelbrot=s=1280x720:r=25:start_scale=0.02", "-t", "4", "-c:v", "libx264",
           "-preset", "veryfast", "-pix_fmt", "yuv420p", "-movflags", "+faststart",
           "-metadata", "creation_time=2005-06-01T12:00:00Z", str(folder / "mandelbrot.mp4"))


def main() -> None:
    target = Path(sys.argv[1])
    work = target / ".work"
    work.mkdir(parents=True, exist_ok=True)
    formats = target / "Formats"
    formats.mkdir(exist_ok=True)
    orientations(formats / "Orientations", work)
    png16(formats / "gradient-16-bit.png")
    exr(formats / "layers.exr")
    animations(formats)
    shutil.rmtree(work)


if __name__ == "__main__":
    main()
