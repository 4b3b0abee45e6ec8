"""The program that reads the text in images: a process of its own, started by `apps.ocr.engine` alone.

It imports nothing of this product, has none of its settings and an empty environment. Images come from anybody, so
decoders run here and nowhere else, under limits that the kernel keeps. Standard input carries images, standard output
the answers, each after its length in four bytes; an answer is JSON:

    {"ready": true}                     once, when the models are loaded
    {"lines": ["first", "second"]}      what stands in the image, from top to bottom
    {"problem": "not_an_image"}         or "too_many_pixels"

Usage: python -I reader.py MEMORY_BYTES MOST_PIXELS IDLE_SECONDS
"""

import io
import json
import os
import resource
import select
import struct
import sys
import warnings
from pathlib import Path
from typing import Any, Final

import numpy
import onnxruntime
import rapidocr
from PIL import ExifTags, Image

FORMATS: Final = ("PNG", "JPEG", "WEBP", "GIF")
LARGEST_IMAGE: Final = 500_000  # bytes
THREADS: Final = 1
LONGEST_SIDE: Final = 1280  # pixels that the models look at; larger images are made smaller
MOST_ELONGATED: Final = 40  # times as long as it is high: longer than any line of text
SURE_ENOUGH: Final = 0.6  # of a text in an image in which no place of a text was found
_TURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What sets a picture upright, by the orientation in its EXIF (CIPA DC-008, 4.6.5)."""
_GOES_OUTSIDE: Final = ("socket.connect", "socket.getaddrinfo", "socket.gethostby", "socket.send", "subprocess.", "os.")
_HARMLESS: Final = frozenset({"os.listdir", "os.scandir", "os.putenv", "os.unsetenv", "os.walk"})

_WRITING: Final = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_TRUNC


def main(memory: int, most_pixels: int, idle_seconds: float) -> None:
    """Answer images until there are no more, or none has come for a while."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    answers = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)  # whatever a library prints is no answer
    images = os.fdopen(os.dup(0), "rb", buffering=0)
    sys.addaudithook(_stay_inside)
    engine = _engine()
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))  # native code, too, opens no file and no connection any more
    _send(answers, {"ready": True})
    while select.select([images], [], [], idle_seconds)[0]:
        image = _received(images)
        if image is None:
            return
        _send(answers, _answer(engine, image, most_pixels))


def _answer(engine: Any, image: bytes, most_pixels: int) -> dict[str, Any]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(image), formats=FORMATS) as opened:
                if opened.width * opened.height > most_pixels:
                    return {"problem": "too_many_pixels"}
                picture = _on_white(opened)
    except (OSError, ValueError, SyntaxError, EOFError, IndexError, struct.error, Image.DecompressionBombError):
        return {"problem": "not_an_image"}
    return {"lines": _lines(engine, picture)}


def _on_white(opened: Image.Image) -> Image.Image:
    """The first frame in colours, upright, of a size for the models; what is transparent is white."""
    if opened.mode not in {"RGB", "L", "1", "CMYK", "YCbCr"}:
        seen = opened.convert("RGBA")
        picture = Image.new("RGB", seen.size, "white")
        picture.paste(seen, mask=seen.getchannel("A"))
    else:
        picture = opened.convert("RGB")
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    turn = _turn_of(opened)
    return _not_too_thin(picture if turn is None else picture.transpose(turn))


def _turn_of(opened: Image.Image) -> Image.Transpose | None:
    """What sets it upright; nothing where it is, or its EXIF, which may say anything, says no orientation."""
    try:
        return _TURNS.get(opened.getexif().get(ExifTags.Base.Orientation, 1))
    except (OSError, ValueError, TypeError, SyntaxError, EOFError, IndexError, KeyError, OverflowError, struct.error):
        return None


def _not_too_thin(picture: Image.Image) -> Image.Image:
    """The picture with white around it where it is a mere line, which the models would blow up to a ribbon."""
    shortest = max(picture.size) // MOST_ELONGATED
    if min(picture.size) >= shortest:
        return picture
    wider = Image.new("RGB", (max(picture.width, shortest), max(picture.height, shortest)), "white")
    wider.paste(picture)
    return wider


def _lines(engine: Any, picture: Image.Image) -> list[str]:
    pixels = numpy.asarray(picture)[:, :, ::-1]
    found = engine(pixels, use_det=True, use_cls=False, use_rec=True)
    if found.txts:
        return [str(text) for text in found.txts]
    whole = engine(pixels, use_det=False, use_cls=False, use_rec=True)  # a character or two is no place of a text
    texts = zip(whole.txts or (), whole.scores or (), strict=False)
    return [str(text) for text, score in texts if text and float(score) >= SURE_ENOUGH]


def _engine() -> Any:
    """The engine with the models that came with it, warmed up. Every path is given: one that is not is fetched."""
    onnxruntime.disable_telemetry_events()
    Image.init()  # else a format's module is opened when its first image comes
    models = Path(rapidocr.__file__).parent / "models"
    settings = {
        "Global.log_level": "critical",
        "Global.use_cls": False,
        "Global.max_side_len": LONGEST_SIDE,
        "Global.model_root_dir": str(models),
        "Det.limit_type": "max",
        "Det.limit_side_len": 960,
        "Det.model_path": str(_only(models, "*_det_*.onnx")),
        "Rec.model_path": str(_only(models, "*_rec_*.onnx")),
        "Cls.model_path": str(_only(models, "*_cls_*.onnx")),
        "Rec.rec_batch_num": 2,
        "EngineConfig.onnxruntime.intra_op_num_threads": THREADS,
        "EngineConfig.onnxruntime.inter_op_num_threads": THREADS,
    }
    engine = rapidocr.RapidOCR(params=settings)
    engine(numpy.full((32, 64, 3), 255, dtype=numpy.uint8), use_det=True, use_cls=False, use_rec=True)
    engine(numpy.full((32, 64, 3), 255, dtype=numpy.uint8), use_det=False, use_cls=False, use_rec=True)
    return engine


def _only(folder: Path, pattern: str) -> Path:
    found = sorted(folder.glob(pattern))
    if not found:
        raise FileNotFoundError(f"There is no {pattern} with rapidocr.")
    return found[0]


def _stay_inside(event: str, arguments: tuple[Any, ...]) -> None:
    """Refuse what reading an image never needs: connections, programs, changes to files."""
    writes = event == "open" and bool(arguments[2] & _WRITING)
    if writes or (event.startswith(_GOES_OUTSIDE) and event not in _HARMLESS):
        raise PermissionError(f"{event} is nothing that a reader of images does.")


def _received(images: io.FileIO) -> bytes | None:
    """The next image; `None` at the end."""
    length = _exactly(images, 4)
    if length is None:
        return None
    (size,) = struct.unpack(">I", length)
    return _exactly(images, size) if size <= LARGEST_IMAGE else None


def _exactly(images: io.FileIO, size: int) -> bytes | None:
    received = bytearray()
    while len(received) < size:
        part = images.read(size - len(received))
        if not part:
            return None
        received += part
    return bytes(received)


def _send(answers: io.FileIO, answer: dict[str, Any]) -> None:
    body = json.dumps(answer).encode()
    answers.write(struct.pack(">I", len(body)) + body)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))
