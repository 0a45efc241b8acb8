"""The confusion matrix as a picture: rows are what the pictures are, columns what they were taken for."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

WIDTH = 900                      # pixels, of the matrix alone
LARGEST_CELL = 90                # pixels a side
SMALLEST_COUNTED = 22            # a smaller cell has no room for its count
MARGIN, LABELS, ROW_LABEL_LETTERS = 24, 34, 18
GROUND, INK, GRID = (255, 255, 255), (31, 41, 55), (229, 231, 235)
RIGHT, WRONG = (37, 99, 235), (234, 115, 23)         # as in the playground; blue and orange differ for every eye


def drawn(counts: NDArray[np.int64], classes: tuple[str, ...]) -> Image.Image:
    """The matrix (K, K) of counts. Rows have the class's number and, where the letters are Latin, its name; columns the
    number. The stronger a colour, the larger the share of the row's class: right in blue, wrong in orange."""
    kinds = len(classes)
    cell = max(4, min(LARGEST_CELL, WIDTH // kinds))
    font = ImageFont.load_default(size=max(9, min(18, cell // 2)))
    rows = [_label(number, name) for number, name in enumerate(classes, start=1)]
    left = MARGIN + round(max(font.getlength(label) for label in rows)) + 10
    top = MARGIN + LABELS
    image = Image.new("RGB", (left + kinds * cell + MARGIN, top + kinds * cell + MARGIN), GROUND)
    draw = ImageDraw.Draw(image)
    draw.text((left, MARGIN - 14), "taken for (number of the class)", INK, font=ImageFont.load_default(size=12))
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    for row in range(kinds):
        middle = top + row * cell + cell // 2
        if cell >= SMALLEST_COUNTED // 2:
            draw.text((left - 8, middle), rows[row], INK, font=font, anchor="rm")
            draw.text((left + row * cell + cell // 2, top - 6), str(row + 1), INK, font=font, anchor="mb")
        for column in range(kinds):
            _cell(draw, (left + column * cell, top + row * cell, cell), int(counts[row, column]),
                  float(shares[row, column]), row == column, font)
    return image


def _cell(draw: ImageDraw.ImageDraw, place: tuple[int, int, int], count: int, share: float, right: bool,
          font: ImageFont.FreeTypeFont | ImageFont.ImageFont) -> None:
    x, y, side = place
    strength = 0.12 + 0.88 * share if count else 0.0
    colour = tuple(round(ground + (full - ground) * strength)
                   for ground, full in zip(GROUND, RIGHT if right else WRONG, strict=True))
    draw.rectangle((x, y, x + side - 1, y + side - 1), colour, GRID if side > 8 else None)
    if count and side >= SMALLEST_COUNTED:
        draw.text((x + side / 2, y + side / 2), str(count), GROUND if strength > 0.5 else INK, font=font, anchor="mm")


def _label(number: int, name: str) -> str:
    if not (name.isascii() and name.isprintable()):      # the font has no other letters
        return str(number)
    short = name if len(name) <= ROW_LABEL_LETTERS else f"{name[:ROW_LABEL_LETTERS - 3]}..."
    return f"{short}  {number}"
