"""Augmented previews from a process of their own, so that the server decodes no original and loads no OpenCV."""

import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

import core
from core.data.preprocessing import Preprocessing
from core.errors import BadPicture, MachineFault
from core.settings import Settings
from core.vision.augmentation import AugmentationSpec

PATIENCE_SECONDS = 10.0
START_SECONDS = 20.0         # on top, for the first answer of a process: its imports, on a busy machine
IDLE_SECONDS = 600.0         # after which the process ends by itself; the next request starts another
ATTEMPTS = 2
Point = tuple[float, float]


class Document(BaseModel):
    """One line of JSON on the pipe; bytes travel as base64."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_bytes="base64", val_json_bytes="base64")


class PreviewRequest(Document):
    """What `count` epochs in a row, from `first_epoch`, show of one picture, as training draws it."""

    file: Annotated[Path, AfterValidator(Path.absolute)]  # an original of the visitor's own
    pixels: int = Field(gt=0)          # width times height: more of them are refused
    row: int = Field(ge=0)             # the picture's place in the catalogue: part of its draws' seeds
    spec: AugmentationSpec
    preprocessing: Preprocessing
    first_epoch: int = Field(0, ge=0)  # over the whole run, from 0
    count: int = Field(11, ge=1, le=24)


class Variant(Document):
    """One draw."""

    jpeg: bytes                        # the (size, size) square that the network sees
    applied: tuple[str, ...]           # in words: "mirrored", "turned 7°"; empty where nothing happened
    corners: tuple[Point, Point, Point, Point]  # of the square in the upright original, 0..1 from its top left,
    #                                    clockwise from the square's own top left; some may lie outside


class Preview(Document):
    """A picture and what augmentation makes of it."""

    original: bytes                    # JPEG, upright, at display size
    width: int                         # pixels of that JPEG
    height: int
    tested: bytes                      # JPEG of the square that validation sees, which is never augmented
    variants: tuple[Variant, ...]


class Answer(Document):
    """A preview, or why there is none."""

    preview: Preview | None = None
    problem: str = ""
    remedy: str = ""


class Previews:
    """The door to the previewer: started with the first request, one request at a time, safe between threads."""

    def __init__(self, settings: Settings, *, command: Sequence[str] = (), patience_seconds: float = PATIENCE_SECONDS,
                 idle_seconds: float = IDLE_SECONDS) -> None:
        self.settings = settings
        self._command = tuple(command) or (sys.executable, "-m", "core.jobs.previewer", str(idle_seconds))
        self._patience_seconds = patience_seconds
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The number of the process that waits for a request, or None."""
        process = self._process
        return process.pid if process and process.poll() is None else None

    def draw(self, request: PreviewRequest) -> Preview:
        """Wait for one's turn and for the answer.

        Raises BadPicture; MachineFault where the process takes too long, or dies over the same request twice.
        """
        line = request.model_dump_json().encode() + b"\n"
        with self._lock:
            for _ in range(ATTEMPTS):
                try:
                    answer = self._asked(line)
                except BaseException:    # an answer left in the pipe would go to whoever asks next
                    self._end()
                    raise
                if answer:
                    return _preview_of(answer)
                self._end()
        raise MachineFault("The preview of this picture failed twice.",
                           remedy="Choose another picture; the others are not affected.")

    def close(self) -> None:
        """End the process; a later request would start another."""
        with self._lock:
            self._end()

    def _asked(self, line: bytes) -> bytes:
        """The answer's line; empty where the process died. Raises MachineFault when it takes too long."""
        waited_for = self._patience_seconds
        if self.pid is None:
            self._end()
            self._process = self._started()
            waited_for += START_SECONDS
        process = self._process
        assert process and process.stdin and process.stdout
        too_long = threading.Event()

        def give_up() -> None:
            too_long.set()
            process.kill()

        watch = threading.Timer(waited_for, give_up)
        watch.daemon = True
        watch.start()
        try:
            process.stdin.write(line)
            process.stdin.flush()
            answer = process.stdout.readline()
        except OSError:              # it ended between two requests
            answer = b""
        finally:
            watch.cancel()
        if answer.endswith(b"\n"):
            return answer
        if too_long.is_set():
            raise MachineFault(f"The preview took longer than {waited_for:.0f} seconds.",
                               remedy="Try again in a moment, or choose a smaller picture.")
        return b""

    def _started(self) -> subprocess.Popen[bytes]:
        """A session of its own, so that a Ctrl-C at the server's terminal lets it end by the closing pipe."""
        one_thread = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
        try:
            return subprocess.Popen(  # noqa: S603 # our own module
                self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True,
                cwd=Path(core.__file__).parent.parent, env=os.environ | one_thread)
        except OSError as error:
            raise MachineFault(f"The previews could not be started: {error.strerror}.",
                               remedy="Try again in a moment; nothing else is affected.") from error

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.communicate()        # closes the pipes and collects the process


def _preview_of(line: bytes) -> Preview:
    answer = Answer.model_validate_json(line)
    if answer.preview is None:
        raise BadPicture(answer.problem, remedy=answer.remedy)
    return answer.preview
