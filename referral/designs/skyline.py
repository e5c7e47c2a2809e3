"""A skyline at first light, for developments that have no picture yet.

Drawn from the poster's own two colours, so that it belongs to any brand: sky, sun, three rows of buildings that
grow darker towards us, trees and water.
"""

from PIL import Image, ImageDraw, ImageFilter

from referral.design import mix

_SCALE = 2  # drawn twice as large and reduced, which smooths every edge
_WHITE = "#ffffff"

# Buildings by row, in thousandths of the width: (left, width, top). Tops count from the upper edge.
_FAR = ((0, 70, 560), (64, 52, 500), (122, 80, 590), (206, 44, 470), (256, 90, 555), (352, 58, 610),
        (420, 66, 520), (492, 84, 580), (580, 48, 480), (634, 76, 560), (716, 54, 500), (776, 92, 575),
        (872, 50, 520), (926, 80, 565))  # fmt: skip
_MIDDLE = ((30, 88, 480), (150, 70, 400), (262, 96, 520), (470, 78, 440), (590, 96, 505), (800, 84, 430),
           (905, 96, 520))  # fmt: skip
_NEAR = ((84, 122, 330), (228, 122, 450), (622, 132, 250), (776, 122, 390))
_TREES = ((-10, 60), (58, 44), (110, 56), (176, 38), (360, 46), (410, 62), (470, 44), (520, 58), (580, 40),
          (900, 50), (950, 64), (1005, 50))  # fmt: skip
_GROUND = 672  # where buildings stand
_SHORE = 696


def draw(size: tuple[int, int], primary: str, accent: str) -> Image.Image:
    """The picture, in the size asked for; colours are #rrggbb."""
    width, height = size[0] * _SCALE, size[1] * _SCALE
    glow = mix(mix(accent, "#ff9d66", 45), _WHITE, 58)
    sky = _gradient((width, height), mix(primary, _WHITE, 30), mix(primary, _WHITE, 62), glow)
    _sun(sky, glow)
    pen = ImageDraw.Draw(sky)
    _blocks(pen, width, _FAR, mix(mix(primary, _WHITE, 50), glow, 45))
    _blocks(pen, width, _MIDDLE, mix(mix(primary, _WHITE, 30), glow, 22))
    for building in _NEAR:
        _tower(pen, width, building, mix(primary, "#000000", 22), glow)
    _shore(sky, primary, glow)
    return sky.resize(size, Image.Resampling.LANCZOS)


def _gradient(size: tuple[int, int], top: str, middle: str, bottom: str) -> Image.Image:
    """Three colours down the picture, the last one reached where the buildings stand."""
    upper = Image.linear_gradient("L").resize((size[0], size[1] * 38 // 100))
    lower = Image.linear_gradient("L").resize((size[0], size[1] - upper.height))
    sky = Image.new("RGB", size)
    sky.paste(Image.composite(Image.new("RGB", upper.size, middle), Image.new("RGB", upper.size, top), upper))
    below = Image.composite(Image.new("RGB", lower.size, bottom), Image.new("RGB", lower.size, middle), lower)
    sky.paste(below, (0, upper.height))
    return sky


def _sun(sky: Image.Image, glow: str) -> None:
    width = sky.width
    for radius, blur, strength in ((210, 90, 120), (92, 1, 235)):
        halo = Image.new("L", sky.size, 0)
        centre, level, reach = width * 480 // 1000, width * 330 // 1000, width * radius // 1000
        box = (centre - reach, level - reach, centre + reach, level + reach)
        ImageDraw.Draw(halo).ellipse(box, fill=strength)
        sky.paste(mix(glow, _WHITE, 55), mask=halo.filter(ImageFilter.GaussianBlur(blur)))


def _blocks(pen: ImageDraw.ImageDraw, width: int, row: tuple[tuple[int, int, int], ...], colour: str) -> None:
    unit = width / 1000
    for left, breadth, top in row:
        pen.rectangle((left * unit, top * unit, (left + breadth) * unit, _GROUND * unit), fill=colour)
        crown = breadth * 0.3
        pen.rectangle(
            ((left + crown) * unit, (top - 16) * unit, (left + breadth - crown) * unit, top * unit),
            fill=colour,
        )


def _tower(
    pen: ImageDraw.ImageDraw, width: int, building: tuple[int, int, int], colour: str, glow: str
) -> None:
    """A tower of flats: a lit side, a slab edge for every floor, and some windows with the lights on."""
    unit = width / 1000
    left, breadth, top = building
    side = breadth * 0.28
    pen.rectangle((left * unit, top * unit, (left + breadth) * unit, _GROUND * unit), fill=colour)
    shade = mix(colour, "#000000", 30)
    pen.rectangle(
        ((left + breadth - side) * unit, top * unit, (left + breadth) * unit, _GROUND * unit), fill=shade
    )
    pen.rectangle(
        ((left + 14) * unit, (top - 18) * unit, (left + breadth - side) * unit, top * unit), fill=shade
    )
    slab, dark = mix(colour, _WHITE, 26), mix(colour, _WHITE, 10)
    bays = 4
    bay = (breadth - side - 12) / bays
    for floor, level in enumerate(range(top + 16, _GROUND - 34, 17)):
        pen.rectangle(
            (left * unit, level * unit, (left + breadth - side) * unit, (level + 2) * unit), fill=slab
        )
        for place in range(bays):
            lit = (floor * 7 + place * 5 + left) % 11 < 3
            start = left + 6 + place * bay + bay * 0.18
            pen.rectangle(
                (start * unit, (level + 5) * unit, (start + bay * 0.64) * unit, (level + 13) * unit),
                fill=mix(glow, _WHITE, 30) if lit else dark,
            )


def _shore(sky: Image.Image, primary: str, glow: str) -> None:
    """Trees in front of the towers, and water that holds the sky's light."""
    unit = sky.width / 1000
    pen = ImageDraw.Draw(sky)
    leaf = mix(primary, "#000000", 42)
    for centre, radius in _TREES:
        middle = _GROUND - radius * 0.35
        pen.ellipse(
            (
                (centre - radius) * unit,
                (middle - radius) * unit,
                (centre + radius) * unit,
                (middle + radius) * unit,
            ),
            fill=leaf,
        )
    pen.rectangle((0, _GROUND * unit - 30, sky.width, _SHORE * unit), fill=leaf)
    shore = round(_SHORE * unit)
    water = _gradient(
        (sky.width, max(sky.height - shore, 1)), mix(glow, primary, 40), mix(glow, primary, 62), primary
    )
    sky.paste(water, (0, shore))
    for step in range(9):
        level, reach = _SHORE + 3 + step * 5, 150 - step * 12
        start = 480 - reach + (step * 37) % 50
        pen.rounded_rectangle(
            (start * unit, level * unit, (start + reach * 1.6) * unit, (level + 1.4) * unit),
            radius=unit,
            fill=mix(glow, _WHITE, 20),
        )
