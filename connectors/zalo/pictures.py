"""Pictures made to fit what Zalo takes: JPEG or PNG of at most 1 MB."""

from __future__ import annotations

import io

from PIL import Image, ImageOps

MAX_BYTES = 1_000_000
# Past this a picture is no photo any more but an attempt on our memory.
MAX_PIXELS = 40_000_000
_SIDES = (2048, 1600, 1200, 800, 480)
_QUALITIES = (88, 75, 60)
_UNREADABLE = (
    OSError,
    ValueError,
    SyntaxError,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)


class PictureRefused(Exception):
    """These bytes are no picture that can be sent."""


def fit(data: bytes) -> tuple[bytes, str]:
    """Give a picture that Zalo takes, and a file name for it; a small JPEG or PNG stays as it is.

    Of what moves only the first image is left; transparent parts become white. Raises
    PictureRefused for bytes that are no picture, and for one of more than 40 million pixels.
    """
    try:
        with Image.open(io.BytesIO(data)) as picture:
            # A JPEG is read at a fraction of its size when that is enough.
            picture.draft("RGB", (_SIDES[0], _SIDES[0]))
            if picture.width * picture.height > MAX_PIXELS:
                raise PictureRefused("it has too many pixels")
            if len(data) <= MAX_BYTES and picture.format in ("JPEG", "PNG"):
                picture.load()
                return data, "anh.jpg" if picture.format == "JPEG" else "anh.png"
            flat = _flat(ImageOps.exif_transpose(picture))
    except _UNREADABLE as error:
        raise PictureRefused("it cannot be read as a picture") from error
    for side in _SIDES:
        flat.thumbnail((side, side), Image.Resampling.LANCZOS)
        for quality in _QUALITIES:
            made = io.BytesIO()
            flat.save(made, "JPEG", quality=quality, optimize=True)
            if made.tell() <= MAX_BYTES:
                return made.getvalue(), "anh.jpg"
    raise PictureRefused("it cannot be made small enough")


def _flat(picture: Image.Image) -> Image.Image:
    if picture.mode in ("RGB", "L"):
        return picture.convert("RGB")
    layer = picture.convert("RGBA")
    ground = Image.new("RGB", layer.size, "white")
    ground.paste(layer, mask=layer.getchannel("A"))
    return ground
