"""Folders of pictures for the tests: every kind the page treats differently, the same each time."""

import math
import subprocess
from pathlib import Path

from PIL import Image, ImageDraw

MONTHS = [(2023, 5), (2023, 11), (2024, 3), (2024, 8), (2025, 1), (2025, 6)]


def photo(index: int, width: int, height: int) -> Image.Image:
    """A landscape of its own: a sky, a sun, hills."""
    hue = (index * 47) % 360
    top = Image.new("HSV", (1, 2))
    top.putpixel((0, 0), (int(hue / 360 * 255), 150, 120))
    top.putpixel((0, 1), (int(((hue + 40) % 360) / 360 * 255), 90, 245))
    image = top.convert("RGB").resize((width, height), Image.Resampling.BICUBIC)
    draw = ImageDraw.Draw(image)
    radius = height * (0.08 + 0.05 * (index % 4))
    x, y = width * (0.15 + 0.7 * ((index * 37) % 100) / 100), height * (0.25 + 0.2 * ((index * 13) % 10) / 10)
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=(255, 236, 190))
    for layer in range(4):
        base, shade = height * (0.5 + 0.13 * layer), 120 - 28 * layer
        points = [(0, height)]
        for step in range(0, 41):
            at = step / 40
            wave = math.sin(at * (3 + layer) * 2 + index * (layer + 1)) + 0.5 * math.sin(at * 11 + index)
            points.append((at * width, base - wave * height * 0.06))
        points.append((width, height))
        draw.polygon(points, fill=(shade, int(shade * (0.7 + 0.1 * (index % 5))), int(shade * 0.8)))
    return image


def make_pictures(folder: Path, count: int = 160) -> dict[str, int]:
    """Fills the folder; tells how many files of which kind there are."""
    sizes = [(1200, 800), (800, 1200), (1000, 1000), (1600, 700), (900, 1100)]
    for index in range(count):
        year, month = MONTHS[index * len(MONTHS) // count]
        below = folder / f"{year}" / f"{year}-{month:02}"
        below.mkdir(parents=True, exist_ok=True)
        image = photo(index, *sizes[index % len(sizes)])
        exif = Image.Exif()
        exif[0x010F], exif[0x0110] = "Albumen", "Test Camera"
        exif.get_ifd(0x8769)[0x9003] = f"{year}:{month:02}:{1 + index % 27:02} 10:{index % 60:02}:00"
        image.save(below / f"photo {index:04}.jpg", quality=85, exif=exif)
    special = folder / "special"
    special.mkdir()
    photo(900, 5000, 3400).save(special / "large.jpg", quality=88)
    photo(901, 400, 300).save(special / "small.png")
    frames = [photo(910 + at, 240, 160).convert("P") for at in range(6)]
    frames[0].save(special / "moving.gif", save_all=True, append_images=frames[1:], duration=120, loop=0)
    whole = (special / "large.jpg").read_bytes()
    (special / "cut.jpg").write_bytes(whole[:900])
    (special / "empty.png").write_bytes(b"")
    # A name that would break a page which trusts names.
    photo(902, 500, 400).save(special / "<img src=x onerror=alert(1)> \"&amp;'.jpg")
    subprocess.run(
        ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=640x360:rate=24:duration=2",
         "-c:v", "libvpx", "-b:v", "800k", special / "clip.webm"], check=True)
    return {"images": count + 4, "videos": 1, "broken": 2}
