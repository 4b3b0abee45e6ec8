"""The reader of images, as the rest of the product sees it: one process beside each process that needs it.

It is started when the first image comes and ends when none has come for a while. An image that takes too long, or
more memory than it may have, costs its reader the life: the next image gets a new one.
"""

import importlib.util
import json
import os
import select
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, Final

import structlog

MEMORY_BYTES: Final = 1_536 * 1024**2
MOST_PIXELS: Final = 10_000_000
READS_WITHIN_SECONDS: Final = 15.0  # one image
ENOUGH_SECONDS: Final = 5.0  # who had as many and did not finish is told that the image is at fault
LEAST_SECONDS: Final = 0.5  # below them it is not begun
IDLE_SECONDS: Final = 600.0
LEAVES_SECONDS: Final = 30.0  # before it ends by itself, it is given nothing more
_READER: Final = Path(__file__).with_name("reader.py")
_NEEDED: Final = ("rapidocr", "onnxruntime", "PIL")
_ENVIRONMENT: Final = {"PATH": os.defpath, "OMP_NUM_THREADS": "1", "ORT_DISABLE_TELEMETRY": "1"}
"""All that the reader is told: no secret of ours. By default onnxruntime reports what it does to its makers."""

log = structlog.get_logger(__name__)


class ReaderMissing(Exception):
    """The extra [ocr] is not installed."""


class ReaderBusy(Exception):
    """The reader is at another image, or still starting, and the time was over before it was free."""


class ReaderFailed(Exception):
    """The reader gave up over this image: it took too long or too much memory."""


class Unreadable(Exception):
    """The bytes begin like an image and are none, or are a larger one than they say."""


def is_installed() -> bool:
    """Whether the extra [ocr] is here. Nothing of it is loaded to find out."""
    return all(importlib.util.find_spec(name) is not None for name in _NEEDED)


class Engine:
    """One reader, which reads one image at a time for whichever thread asks.

    Args:
        memory: bytes that the process may have mapped.
        reads_within: seconds that an image may take.
    """

    def __init__(self, *, memory: int = MEMORY_BYTES, reads_within: float = READS_WITHIN_SECONDS) -> None:
        self._memory = memory
        self._reads_within = reads_within
        self._turn = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._is_ready = False
        self._used_at = 0.0

    def read(self, image: bytes, *, within: float) -> list[str]:
        """The lines of text in an image, from top to bottom.

        Args:
            image: a PNG, JPEG, WebP or GIF of at most 500,000 bytes.
            within: seconds after which nobody waits for it any more, waiting for a turn included.

        Raises:
            ReaderMissing: without the extra.
            ReaderBusy: when its turn did not come in time, or too late.
            ReaderFailed: when the reader did not survive it, or did not finish in time.
            Unreadable: when it is no image after all.
        """
        ends_at = time.monotonic() + within
        if not self._turn.acquire(timeout=max(0.0, within)):
            raise ReaderBusy("The reader of images is busy with others.")
        try:
            self._make_ready(ends_at)
            answer = self._asked(image, min(ends_at - time.monotonic(), self._reads_within))
        finally:
            self._turn.release()
        if "lines" not in answer:
            raise Unreadable(str(answer.get("problem")))
        return [str(line) for line in answer["lines"]]

    def stop(self) -> None:
        """End the process, if it runs."""
        with self._turn:
            self._end()

    @property
    def pid(self) -> int | None:
        """The reader's process, while it lives."""
        return self._process.pid if self._process and self._process.poll() is None else None

    def _make_ready(self, ends_at: float) -> None:
        """Start the reader where none runs, and wait for its models. One that is still starting may go on doing so."""
        is_leaving = time.monotonic() - self._used_at > IDLE_SECONDS - LEAVES_SECONDS
        if self._process is None or self._process.poll() is not None or is_leaving:
            self._start()
        if self._is_ready:
            return
        try:
            self._is_ready = bool(self._answer(ends_at).get("ready"))
        except TimeoutError:
            raise ReaderBusy("The reader of images is still starting.") from None
        except (OSError, EOFError, ValueError) as error:
            self._end()
            log.exception("ocr.reader_did_not_start")
            raise ReaderBusy("The reader of images did not start.") from error

    def _start(self) -> None:
        if not is_installed():
            raise ReaderMissing("The extra [ocr] is not installed.")
        self._end()
        self._used_at = time.monotonic()
        limits = [str(self._memory), str(MOST_PIXELS), str(IDLE_SECONDS)]
        self._process = subprocess.Popen(  # noqa: S603  (this program, with numbers)
            [sys.executable, "-I", str(_READER), *limits],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            cwd="/",
            env=_ENVIRONMENT,
            start_new_session=True,
        )
        for pipe in (self._process.stdin, self._process.stdout):
            os.set_blocking(pipe.fileno(), False)  # type: ignore[union-attr]

    def _asked(self, image: bytes, seconds: float) -> dict[str, Any]:
        if seconds < LEAST_SECONDS:
            raise ReaderBusy("There is no time left to read this image.")
        self._used_at = time.monotonic()
        ends_at = self._used_at + seconds
        try:
            self._send(struct.pack(">I", len(image)) + image, ends_at)
            return self._answer(ends_at)
        except (TimeoutError, OSError, EOFError, ValueError) as error:
            log.warning("ocr.reader_failed", why=type(error).__name__, size=len(image))
            self._end()
            if isinstance(error, TimeoutError) and seconds < ENOUGH_SECONDS:
                raise ReaderBusy("There was too little time left to read this image.") from error
            raise ReaderFailed("The reader gave up over this image.") from error

    def _send(self, message: bytes, ends_at: float) -> None:
        rest = memoryview(message)
        pipe = self._process.stdin.fileno()  # type: ignore[union-attr]
        while rest:
            _wait(pipe, select.POLLOUT, ends_at)
            rest = rest[os.write(pipe, rest) :]

    def _answer(self, ends_at: float) -> dict[str, Any]:
        (size,) = struct.unpack(">I", self._received(4, ends_at))
        answer: dict[str, Any] = json.loads(self._received(size, ends_at))
        return answer

    def _received(self, size: int, ends_at: float) -> bytes:
        received = b""
        pipe = self._process.stdout.fileno()  # type: ignore[union-attr]
        while len(received) < size:
            _wait(pipe, select.POLLIN, ends_at)
            part = os.read(pipe, size - len(received))
            if not part:
                raise EOFError("The reader ended.")
            received += part
        return received

    def _end(self) -> None:
        process, self._process, self._is_ready = self._process, None, False
        if process:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                pipe.close()  # type: ignore[union-attr]


def _wait(pipe: int, event: int, ends_at: float) -> None:
    """Wait until a pipe takes or has something.

    Raises:
        TimeoutError: at the end of the time.
    """
    waiting = select.poll()
    waiting.register(pipe, event)
    left = ends_at - time.monotonic()
    if left <= 0 or not waiting.poll(left * 1000):
        raise TimeoutError("The reader took too long.")


engine: Final = Engine()
