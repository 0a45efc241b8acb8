"""What the benches share: where the data is, a home of one's own, and a table."""

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from core.settings import Settings, from_environment

ROOT = Path(__file__).parent.parent
# Zips of labelled photos, ants-bees.zip (train, valid) and clothing.zip (train, valid, test).
DATA = Path(os.environ.get("PLAYGROUND_BENCH_DATA", ROOT.parent / "shared" / "data"))


@contextmanager
def fresh_home() -> Iterator[Settings]:
    """Settings with an empty home, so that nothing is cached."""
    with tempfile.TemporaryDirectory() as place:
        yield from_environment({**os.environ, "PLAYGROUND_HOME": place, "PLAYGROUND_OFFLINE": "1"})


def row(*cells: object, widths: Sequence[int] = (46, 14, 14, 14)) -> None:
    print("  ".join(f"{cell!s:<{width}}" for cell, width in zip(cells, widths, strict=False)).rstrip(), flush=True)
