"""Keeps what the network sees of the pictures that judge it, so that a run's folder can show them by itself."""

import io
from collections.abc import Generator, Sequence

from PIL import Image

from core.data.cache import disk_full_told, written_aside
from core.data.pixels import Pixels
from core.events import Event, Progress
from core.runs.folder import RunFolder

JPEG_QUALITY = 92            # with whole colour: 128 pixels a side show every saved bit
PICTURES_AT_A_TIME = 64      # 0.1 s at 224 pixels: bounds how long a cancel waits


def keep_seen(run: RunFolder, squares: Pixels, ids: Sequence[str]) -> Generator[Event, None, None]:
    """Write the squares of these samples as `seen/<id>.jpg`; those that stand there already are left alone.

    Raises DiskFull, and BadRun for an id that is no file's name.
    """
    files = {id: run.seen_file(id) for id in ids}
    missing = [id for id, file in files.items() if not file.exists()]
    if not missing:
        return
    with disk_full_told(run.seen):
        run.seen.mkdir(exist_ok=True)
    for start in range(0, len(missing), PICTURES_AT_A_TIME):
        chunk = missing[start:start + PICTURES_AT_A_TIME]
        for id in chunk:
            with written_aside(files[id]) as aside:
                aside.write_bytes(_jpeg(squares, id))
        yield Progress("keeping what the network sees", start + len(chunk), len(missing))


def _jpeg(squares: Pixels, id: str) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(squares.picture(squares.rows[id])).save(buffer, "JPEG", quality=JPEG_QUALITY, subsampling=0)
    return buffer.getvalue()
