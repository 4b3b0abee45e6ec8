"""The reader of images: what it reads, what it survives, and what it costs the process that asks."""

import contextlib
import io
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from PIL import ExifTags, Image

from apps.ocr import engine as engine_module
from apps.ocr.engine import Engine, ReaderBusy, ReaderFailed, ReaderMissing, Unreadable
from tests.ocr.drawing import WORDS, blank, bomb, hidden_bomb, png_that_says, printed, saved

READER = Path(engine_module.__file__).with_name("reader.py")
TAKEN = {  # what a camera that was held so has done to the picture
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
LONG = 60.0  # seconds: a busy machine starts a reader late


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    engine = Engine()
    yield engine
    engine.stop()


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP", "GIF"])
def test_every_format_that_is_taken_is_read(engine: Engine, format: str) -> None:
    assert engine.read(printed("harbour", format), within=LONG) == ["harbour"]


def test_nine_of_ten_printed_words_and_numbers_are_read(engine: Engine) -> None:
    read = [engine.read(printed(word, size=18 + 3 * place), within=LONG) for place, word in enumerate(WORDS)]

    assert sum(lines == [word] for lines, word in zip(read, WORDS, strict=True)) >= 9


def test_what_is_transparent_is_white_and_lines_come_from_top_to_bottom(engine: Engine) -> None:
    see_through = Image.new("RGBA", (300, 200), (0, 0, 0, 0))
    for top, word in ((10, "upper"), (110, "lower")):
        letters = Image.open(io.BytesIO(printed(word))).convert("L").point(lambda value: 255 - value)
        see_through.paste("black", (20, top), letters)

    assert engine.read(saved(see_through), within=LONG) == ["upper", "lower"]


def test_nothing_is_read_where_nothing_stands(engine: Engine) -> None:
    assert engine.read(blank(), within=LONG) == []


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_that_was_taken_sideways_is_read_upright(engine: Engine, orientation: int) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    upright = Image.open(io.BytesIO(printed("harbour 48213"))).convert("RGB")
    sideways = upright.transpose(TAKEN[orientation]) if orientation > 1 else upright

    assert engine.read(saved(sideways, "JPEG", exif=exif), within=LONG) == ["harbour 48213"]


@pytest.mark.parametrize(
    "exif",
    [
        b"MM\0*\xff\xff\xff\xff",
        b"II*\0\x08\0\0\0\x01\0\x12\x01\x0b\0\x01\0\0\0\0\0\x80\x7f\0\0\0\0",
        b"II*\0\x08\0\0\0\x01\0\x12\x01\x02\0\x04\0\0\0six\0\0\0\0\0",
    ],
    ids=["no EXIF at all", "infinity", "a word"],
)
def test_an_orientation_that_cannot_be_read_is_left_alone(engine: Engine, exif: bytes) -> None:
    assert engine.read(printed("harbour", "JPEG", exif=b"Exif\0\0" + exif), within=LONG) == ["harbour"]


@pytest.mark.parametrize("mode", ["CMYK", "1", "L", "P", "I;16"])
def test_colours_of_every_kind_are_read(engine: Engine, mode: str) -> None:
    picture = Image.open(io.BytesIO(printed("harbour")))
    in_16_bits = picture.convert("I").point(lambda value: value * 257)
    other = in_16_bits.convert(mode) if mode == "I;16" else picture.convert(mode)

    assert engine.read(saved(other, "JPEG" if mode == "CMYK" else "PNG"), within=LONG) == ["harbour"]


def test_of_a_film_the_first_picture_is_read(engine: Engine) -> None:
    first, empty = Image.open(io.BytesIO(printed("harbour"))), Image.new("RGB", (180, 60), "white")

    assert engine.read(saved(first, "GIF", save_all=True, append_images=[empty] * 50), within=LONG) == ["harbour"]


@pytest.mark.parametrize("size", [(10_000, 1), (1, 10_000), (10_000, 3)])
def test_a_mere_line_is_an_empty_picture_and_ends_no_reader(engine: Engine, size: tuple[int, int]) -> None:
    assert engine.read(blank(*size), within=LONG) == []
    assert engine.read(printed("harbour"), within=LONG) == ["harbour"]


@pytest.mark.parametrize(
    "image",
    [
        png_that_says(300, 100, b"no picture" * 20),
        printed("harbour")[:200],
        b"GIF89a" + bytes(300),
        b"\xff\xd8\xff" + os.urandom(300),
        b"RIFF\x00\x01\x00\x00WEBPVP8 " + os.urandom(300),
        b"%PDF-1.4" + bytes(300),
        b"BM" + bytes(300),
        saved(Image.new("RGB", (200, 100)), "TIFF"),
    ],
    ids=["PNG", "half a PNG", "GIF", "JPEG", "WebP", "PDF", "BMP", "TIFF"],
)
def test_what_is_no_image_after_all_is_told_and_the_reader_lives_on(engine: Engine, image: bytes) -> None:
    before = engine.pid
    with pytest.raises(Unreadable):
        engine.read(image, within=LONG)

    assert engine.read(printed("bridge"), within=LONG) == ["bridge"]
    assert before in {None, engine.pid}


@pytest.mark.parametrize("image", [bomb(), hidden_bomb()], ids=["a bomb", "one that says it is small"])
def test_a_bomb_is_over_in_two_seconds_and_costs_the_asking_process_nothing(engine: Engine, image: bytes) -> None:
    engine.read(printed("bridge"), within=LONG)
    before, begun_at = resident(os.getpid()), time.monotonic()
    with contextlib.suppress(Unreadable, ReaderFailed):
        assert engine.read(image, within=LONG) == []

    assert time.monotonic() - begun_at < 2
    assert resident(os.getpid()) - before < 4 * 1024**2
    assert engine.read(printed("bridge"), within=LONG) == ["bridge"]


def test_the_kernel_keeps_the_memory_limit_and_the_next_image_gets_a_new_reader() -> None:
    engine = Engine(memory=700 * 1024**2)
    try:
        assert engine.read(printed("bridge"), within=LONG) == ["bridge"]
        first = engine.pid
        with pytest.raises(ReaderFailed):
            engine.read(page_full_of_text(), within=LONG)
        assert engine.read(printed("bridge"), within=LONG) == ["bridge"]
        assert engine.pid not in {None, first}
    finally:
        engine.stop()


def test_an_image_that_takes_too_long_costs_the_reader_its_life() -> None:
    engine = Engine(reads_within=engine_module.ENOUGH_SECONDS)
    try:
        engine.read(printed("bridge"), within=LONG)
        first = engine.pid
        os.kill(first or 0, 19)  # SIGSTOP: it does nothing any more
        with pytest.raises(ReaderFailed):
            engine.read(printed("bridge"), within=LONG)
        assert not Path(f"/proc/{first}").exists()
        assert engine.read(printed("bridge"), within=LONG) == ["bridge"]
    finally:
        engine.stop()


def test_a_reader_that_was_killed_is_replaced() -> None:
    engine = Engine()
    try:
        engine.read(printed("bridge"), within=LONG)
        os.kill(engine.pid or 0, 9)
        time.sleep(0.2)
        assert engine.read(printed("bridge"), within=LONG) == ["bridge"]
    finally:
        engine.stop()


def test_several_who_ask_at_once_get_a_turn_each_and_one_process_reads(engine: Engine) -> None:
    with ThreadPoolExecutor(8) as threads:
        texts = list(threads.map(lambda word: engine.read(printed(word), within=LONG), WORDS[:8]))

    assert texts == [[word] for word in WORDS[:8]]


def test_who_has_no_time_left_is_told_that_the_reader_is_busy(engine: Engine) -> None:
    with pytest.raises(ReaderBusy):
        engine.read(printed("bridge"), within=0)


def test_without_the_extra_nothing_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_module, "_NEEDED", ("no_such_module",))

    with pytest.raises(ReaderMissing):
        Engine().read(printed("bridge"), within=LONG)


def test_the_reader_knows_no_secret_and_has_no_connection(engine: Engine) -> None:
    engine.read(printed("bridge"), within=LONG)
    process = Path(f"/proc/{engine.pid}")

    names = {line.split(b"=")[0] for line in (process / "environ").read_bytes().split(b"\0") if line}
    assert names <= {b"PATH", b"OMP_NUM_THREADS", b"ORT_DISABLE_TELEMETRY", b"LC_CTYPE"}
    opened = {os.readlink(file).partition(":")[0] for file in (process / "fd").iterdir()}
    assert opened <= {"pipe", "/dev/null"}  # no connection, no database, no store of what onnxruntime would report
    [limit] = [line for line in (process / "limits").read_text().splitlines() if line.startswith("Max open files")]
    assert limit.split()[3:5] == ["0", "0"]


@pytest.mark.parametrize(
    "code",
    [
        "import socket; socket.create_connection(('127.0.0.1', 9))",
        "import urllib.request; urllib.request.urlopen('http://127.0.0.1:9/')",
        "import subprocess; subprocess.run(['true'])",
        "import os; os.system('true')",
        "open('written', 'w')",
        "import os; os.rename('a', 'b')",
    ],
)
def test_the_reader_can_fetch_start_and_write_nothing(tmp_path: Path, code: str) -> None:
    program = f"import sys, runpy; guard = runpy.run_path({str(READER)!r})['_stay_inside']\nsys.addaudithook(guard)\n"
    done = subprocess.run(
        [sys.executable, "-I", "-c", program + code],
        cwd=tmp_path,
        env=engine_module._ENVIRONMENT,
        capture_output=True,
        text=True,
    )

    assert "is nothing that a reader of images does" in done.stderr
    assert not list(tmp_path.iterdir())


def resident(pid: int) -> int:
    """The memory that a process holds, in bytes."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def page_full_of_text() -> bytes:
    """As much work as an image may be: many long lines."""
    line = Image.open(io.BytesIO(printed("the quick brown fox jumps over the lazy dog " * 3, size=40))).convert("L")
    page = Image.new("L", (line.width, 3000), "white")
    for top in range(0, 3000, 60):
        page.paste(line.crop((0, 10, line.width, 65)), (0, top))
    return saved(page, "JPEG", quality=5)
