"""An original beside its variants: resting on a variant shows on the original what was cut for it.

HTML of our own: pictures as data, numbers and our words, never a name that somebody gave. Inside a container of the
key KEY, `STYLE` links the two parts without a script. Streamlit takes svg elements out of HTML, so the drawings are
pictures too, one layer for each variant.
"""

from base64 import b64encode
from collections.abc import Sequence

from core.jobs.previews import Point, Preview, Variant
from pages.ui import colours

KEY = "augment-board"
VARIANTS = 11               # with the square that is tested, three rows of four
SIDE = 480                  # units of a drawing along the original's longer side, whatever its pixels: one look for all
MARGIN = 28                 # units around it: a turned crop reaches a little beyond

_LOOKED_AT = ":is(:hover, :focus-visible)"
STYLE = "<style>" + """
.augment-original {position: relative; width: 100%; aspect-ratio: 1; border-radius: 8px;
  background: rgb(128 140 140 / .1)}
.augment-original img {position: absolute; inset: 0; width: 100%; height: 100%}
.augment-crop {opacity: 0}
.augment-grid {display: grid; grid-template-columns: repeat(4, minmax(0, 1fr)); gap: 10px 12px}
.augment-grid figure {margin: 0; border-radius: 6px}
.augment-grid img, .augment-blank {width: 100%; aspect-ratio: 1; display: block; border-radius: 6px;
  background: rgb(128 140 140 / .1)}
.augment-grid figcaption {font-size: .78rem; line-height: 1.25; height: 3.75em; margin-top: 4px; opacity: .78;
  overflow: hidden; display: -webkit-box; -webkit-line-clamp: 3; -webkit-box-orient: vertical}
.augment-tested figcaption {font-weight: 600}
.augment-variantLOOKED {outline: none}
.augment-variantLOOKED img {outline: 3px solid ACCENT; outline-offset: 1px}
BOARD:not(:has(.augment-variantLOOKED)) .augment-crop-0 {opacity: 1}
""".replace("BOARD", f".st-key-{KEY}").replace("LOOKED", _LOOKED_AT).replace("ACCENT", colours.ACCENT) + "".join(
    f".st-key-{KEY}:has(.augment-variant-{number}{_LOOKED_AT}) .augment-crop-{number} {{opacity: 1}}\n"
    for number in range(VARIANTS)) + "</style>"


def original(preview: Preview) -> str:
    """The original with every variant's crop drawn lightly, and the one looked at, or the first, clearly."""
    scale = SIDE / max(preview.width, preview.height)
    width, height = preview.width * scale, preview.height * scale
    outlines = [[(x * width, y * height) for x, y in variant.corners] for variant in preview.variants]
    picture = f'<image href="{_data("jpeg", preview.original)}" width="{width:.1f}" height="{height:.1f}"/>' + "".join(
        # White shows on dark pictures, black on bright ones.
        f'<polygon points="{_points(outline)}" fill="none" stroke-opacity=".35" {stroke}/>' for outline in outlines
        for stroke in ('stroke="#000" stroke-width="1.5"', 'stroke="#fff" stroke-width=".8"'))
    drawings = [_drawing(content, width, height)
                for content in (picture, *(_crop(outline, width, height) for outline in outlines))]
    layers = "".join(f'<img class="augment-crop augment-crop-{number}" alt="" src="{drawing}">'
                     for number, drawing in enumerate(drawings[1:]))
    return f'<div class="augment-original"><img alt="The original" src="{drawings[0]}">{layers}</div>'


def variants(preview: Preview) -> str:
    """What validation sees, and the draws with what was done to each."""
    tested = (f'<figure class="augment-tested"><img src="{_data("jpeg", preview.tested)}" alt="As it is tested">'
              "<figcaption>when tested: never varied</figcaption></figure>")
    return (f'<div class="augment-grid">{tested}'
            + "".join(_figure(number, variant) for number, variant in enumerate(preview.variants)) + "</div>")


def blank_original() -> str:
    """The place of an original that is still to come."""
    return '<div class="augment-original"></div>'


def blank_variants() -> str:
    """The places of variants that are still to come."""
    blank = '<figure><div class="augment-blank"></div><figcaption></figcaption></figure>'
    return f'<div class="augment-grid">{blank * (1 + VARIANTS)}</div>'


def _figure(number: int, variant: Variant) -> str:
    words = ", ".join(variant.applied) or "as it is"
    return (f'<figure class="augment-variant augment-variant-{number}" tabindex="0" title="{words}">'
            f'<img src="{_data("jpeg", variant.jpeg)}" alt="Variant {number + 1}"><figcaption>{words}</figcaption>'
            "</figure>")


def _crop(outline: Sequence[Point], width: float, height: float) -> str:
    """What the variant leaves out is dimmed; the heavy edge is its upper one, the dot that one's left end."""
    points = _points(outline)
    left, top = outline[0]
    # The nested svg cuts off what lies beyond the picture.
    return (f'<svg width="{width:.1f}" height="{height:.1f}">'
            f'<path d="M-9999 -9999H9999V9999H-9999Z M{points}Z" fill-opacity=".45" fill-rule="evenodd"/></svg>'
            f'<polygon points="{points}" fill="none" stroke="#000" stroke-opacity=".5" stroke-width="5"/>'
            f'<polygon points="{points}" fill="none" stroke="#fff" stroke-width="2"/>'
            f'<path d="M{_points(outline[:2])}" stroke="{colours.ACCENT}" stroke-width="5" stroke-linecap="round"/>'
            f'<circle cx="{left:.1f}" cy="{top:.1f}" r="7" fill="{colours.ACCENT}" stroke="#fff" stroke-width="2"/>')


def _drawing(content: str, width: float, height: float) -> str:
    """A square drawing around a picture of (width, height) units, which stands in its middle."""
    side = SIDE + 2 * MARGIN
    seen = f"{(width - side) / 2:.1f} {(height - side) / 2:.1f} {side} {side}"
    return _data("svg+xml", f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{seen}">{content}</svg>'.encode())


def _points(outline: Sequence[Point]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in outline)


def _data(kind: str, content: bytes) -> str:
    return f"data:image/{kind};base64,{b64encode(content).decode()}"
