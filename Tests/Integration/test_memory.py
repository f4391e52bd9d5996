"""The promise: all processes together keep to the bytes they were given."""

import os
import subprocess
from pathlib import Path

import pytest

from conftest import ALBUMEN
from memory_group import MemoryGroup
from process_memory import Sampler

MIB = 1 << 20


def make_jpeg(path: Path, width: int, height: int, progressive: bool) -> None:
    """A picture with detail everywhere: fractal noise, so that the file is as big as a photograph's."""
    plain = path.with_suffix(".v")
    subprocess.run(["vips", "perlin", plain, str(width), str(height), "--cell-size", "64"], check=True)
    noise = path.with_suffix(".n.v")
    subprocess.run(["vips", "gaussnoise", noise, str(width), str(height), "--sigma", "12", "--mean", "0", "--seed", "3"], check=True)
    scaled = path.with_suffix(".s.v")
    subprocess.run(["vips", "linear", plain, scaled, "100", "128"], check=True)
    both = path.with_suffix(".b.v")
    subprocess.run(["vips", "add", scaled, noise, both], check=True)
    byte = path.with_suffix(".u.v")
    subprocess.run(["vips", "cast", both, byte, "uchar"], check=True)
    colour = path.with_suffix(".c.v")
    subprocess.run(["vips", "bandjoin", f"{byte} {byte} {byte}", colour], check=True)
    options = f"[Q=88,interlace={'true' if progressive else 'false'}]"
    subprocess.run(["vips", "copy", colour, f"{path}{options}"], check=True)
    for temporary in (plain, noise, scaled, both, byte, colour):
        temporary.unlink()


def make_100_megapixels(path: Path) -> None:
    """The same at 11600 × 8700, progressive and in colour: one piece again and again, so that it is made
    in a few seconds."""
    piece = path.with_suffix(".piece.jpg")
    make_jpeg(piece, 1450, 1088, progressive=False)
    turned, colour = path.with_suffix(".t.v"), path.with_suffix(".c.v")
    whole = path.with_suffix(".w.v")
    subprocess.run(["vips", "rot", piece, turned, "d180"], check=True)
    subprocess.run(["vips", "linear", turned, colour, "1 0.8 0.5", "0 30 60"], check=True)
    subprocess.run(["vips", "add", colour, piece, whole], check=True)
    subprocess.run(["vips", "linear", whole, colour, "0.5", "0", "--uchar"], check=True)
    subprocess.run(["vips", "replicate", colour, whole, "8", "8"], check=True)
    subprocess.run(["vips", "copy", whole, f"{path}[Q=88,interlace=true]"], check=True)
    for temporary in (piece, turned, colour, whole):
        temporary.unlink()


def peak_of(arguments, environment, interval=0.02) -> tuple[int, int]:
    process = subprocess.Popen(
        [ALBUMEN, *map(os.fspath, arguments)], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    with Sampler(process.pid, interval=interval) as sampler:
        message = process.stderr.read()
        code = process.wait(timeout=120)
    assert sampler.samples
    print(message.decode())
    return code, sampler.peak


def test_a_36_megapixel_progressive_jpeg_stays_under_256_mib(albumen, tmp_path):
    picture = tmp_path / "progressive.jpg"
    make_jpeg(picture, 7360, 4912, progressive=True)
    code, peak = peak_of(
        ["thumbnail", picture, "-o", tmp_path / "small.jpg", "--memory", "256M"], albumen.environment)
    assert code == 0
    assert (tmp_path / "small.jpg").stat().st_size > 1000
    assert peak <= 256 * MIB, f"{peak / MIB:.1f} MiB"


def test_100_progressive_megapixels_stay_under_64_mib(albumen, tmp_path):
    picture = tmp_path / "progressive.jpg"
    make_100_megapixels(picture)
    peaks = []
    # It takes a moment, of which samples see a part: several times, and another moment each.
    for _ in range(5):
        code, peak = peak_of(
            ["thumbnail", picture, "-o", tmp_path / "small.jpg"], albumen.environment, interval=0.01)
        assert code == 0
        peaks.append(peak)
    assert (tmp_path / "small.jpg").stat().st_size > 1000
    assert max(peaks) <= 64 * MIB, [f"{peak / MIB:.1f} MiB" for peak in peaks]
    # A worker at work was seen: with its windows and planes it has more than an idle one.
    assert max(peaks) > 16 * MIB, [f"{peak / MIB:.1f} MiB" for peak in peaks]


@pytest.mark.parametrize("memory", ["96M", "128M"])
def test_small_budgets_are_kept_too(albumen, corpus, tmp_path, memory):
    library = tmp_path / "library"
    code, scanned = peak_of(["scan", corpus, "--library", library, "--memory", memory], albumen.environment)
    assert code in (0, 1)
    code, made = peak_of(["thumbs", library, "--memory", memory], albumen.environment)
    assert code in (0, 1)
    limit = int(memory[:-1]) * MIB
    assert max(scanned, made) <= limit, f"{scanned / MIB:.1f} and {made / MIB:.1f} MiB of {memory}"


def test_a_container_of_256_mib_is_survived_without_a_kill(albumen, corpus, tmp_path):
    with MemoryGroup.make(256 * MIB) as group:
        library = tmp_path / "library"
        for command in (["scan", corpus, "--library", library], ["thumbs", library]):
            done = subprocess.run(
                [ALBUMEN, *map(os.fspath, command)], env=albumen.environment, preexec_fn=group.enter,
                capture_output=True, timeout=300)
            assert done.returncode in (0, 1), done.stderr.decode()
            assert b"crashed" not in done.stderr
        assert group.kills == 0
