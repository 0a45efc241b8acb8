"""A coarse map laid over a picture: the brighter the colour, the more of it lies there."""

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from plotly.colors import hex_to_rgb, sequential

QUALITY = 90
# Dark violet to light yellow: brightness alone tells the order, for any eyes and in print (matplotlib's inferno).
_STOPS = np.array([hex_to_rgb(colour) for colour in sequential.Inferno], dtype=np.float64)
PALETTE = np.stack([np.interp(np.linspace(0, len(_STOPS) - 1, 256), np.arange(len(_STOPS)), _STOPS[:, channel])
                    for channel in range(3)], axis=1)


def overlaid(jpeg: bytes, values: NDArray[np.float64], opacity: float) -> bytes:
    """The picture with a map (h, w) of 0 to 1 stretched over it, as JPEG; at opacity 0 the picture alone."""
    with Image.open(io.BytesIO(jpeg)) as image:
        picture = np.asarray(image.convert("RGB"), dtype=np.float64)
    stretched = np.asarray(Image.fromarray(values.astype(np.float32)).resize(
        (picture.shape[1], picture.shape[0]), Image.Resampling.BICUBIC))
    colours = PALETTE[np.rint(255 * np.clip(stretched, 0, 1)).astype(np.intp)]
    mixed = (1 - opacity) * picture + opacity * colours
    buffer = io.BytesIO()
    Image.fromarray(np.rint(mixed).astype(np.uint8)).save(buffer, "JPEG", quality=QUALITY, subsampling=0)
    return buffer.getvalue()
