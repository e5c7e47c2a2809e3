"""A skyline at first light, for developments that have no picture yet.

Drawn from the poster's own two colours, so that it belongs to any brand: sky, sun, three rows of buildings
that grow darker towards us, trees and water.
"""

from PIL import Image, ImageDraw, ImageFilter

from referral.drawing.colours import mix

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
_STOREY = 17
_BAYS = 4
_HALO = 128  # the pixels of the sun's glow before it is enlarged
_LEAST_HEIGHT, _LEAST_WIDTH = 770, 980  # in thousandths of the other side: less would cut the scene, or drown it
_FOCUS = 520  # what stays in the middle when the sides are cut


class _Pen:
    """Draws in thousandths of the picture's width, so that the scene keeps its shape in any size."""

    def __init__(self, image: Image.Image) -> None:
        self._draw = ImageDraw.Draw(image)
        self._unit = image.width / 1000

    def block(self, left: float, top: float, width: float, height: float, fill: str) -> None:
        self._draw.rectangle(self._box(left, top, width, height), fill=fill)

    def streak(self, left: float, top: float, width: float, height: float, fill: str) -> None:
        self._draw.rounded_rectangle(self._box(left, top, width, height), self._unit, fill=fill)

    def disc(self, centre: float, middle: float, radius: float, fill: str) -> None:
        self._draw.ellipse(self._box(centre - radius, middle - radius, 2 * radius, 2 * radius), fill=fill)

    def _box(self, left: float, top: float, width: float, height: float) -> tuple[float, float, float, float]:
        unit = self._unit
        return left * unit, top * unit, (left + width) * unit, (top + height) * unit


def draw(size: tuple[int, int], primary: str, accent: str) -> Image.Image:
    """The picture, in the size asked for; colours are #rrggbb. What is too wide or too high for it is cut off."""
    width, height = max(size[0], size[1] * _LEAST_WIDTH // 1000), max(size[1], size[0] * _LEAST_HEIGHT // 1000)
    left, top = (width - size[0]) * _FOCUS // 1000, height - size[1]
    return _scene((width, height), primary, accent).crop((left, top, left + size[0], top + size[1]))


def _scene(size: tuple[int, int], primary: str, accent: str) -> Image.Image:
    width, height = size[0] * _SCALE, size[1] * _SCALE
    glow = mix(mix(accent, "#ff9d66", 45), _WHITE, 58)
    sky = _gradient((width, height), mix(primary, _WHITE, 30), mix(primary, _WHITE, 62), glow)
    _sun(sky, glow)
    pen = _Pen(sky)
    _blocks(pen, _FAR, mix(mix(primary, _WHITE, 50), glow, 45))
    _blocks(pen, _MIDDLE, mix(mix(primary, _WHITE, 30), glow, 22))
    for building in _NEAR:
        _tower(pen, building, mix(primary, "#000000", 22), glow)
    _shore(sky, pen, primary, glow)
    return sky.reduce(_SCALE)


def _gradient(size: tuple[int, int], top: str, middle: str, bottom: str) -> Image.Image:
    """Three colours down the picture, the last one reached where the buildings stand. Made one pixel wide, and drawn
    out: a row has one colour."""
    upper = Image.linear_gradient("L").resize((1, size[1] * 38 // 100))
    lower = Image.linear_gradient("L").resize((1, size[1] - upper.height))
    sky = Image.new("RGB", (1, size[1]))
    sky.paste(Image.composite(Image.new("RGB", upper.size, middle), Image.new("RGB", upper.size, top), upper))
    below = Image.composite(Image.new("RGB", lower.size, bottom), Image.new("RGB", lower.size, middle), lower)
    sky.paste(below, (0, upper.height))
    return sky.resize(size, Image.Resampling.NEAREST)


def _sun(sky: Image.Image, glow: str) -> None:
    centre, level = sky.width * 480 // 1000, sky.width * 330 // 1000
    colour = mix(glow, _WHITE, 55)
    halo = Image.new("L", (_HALO, _HALO), 0)  # small: a glow has no edges to lose
    ImageDraw.Draw(halo).ellipse((_HALO // 4, _HALO // 4, _HALO * 3 // 4, _HALO * 3 // 4), fill=120)
    reach = sky.width * 420 // 1000
    soft = halo.filter(ImageFilter.GaussianBlur(_HALO / 10)).resize((2 * reach, 2 * reach), Image.Resampling.BICUBIC)
    sky.paste(colour, (centre - reach, level - reach), soft)
    radius = sky.width * 92 // 1000
    ImageDraw.Draw(sky).ellipse((centre - radius, level - radius, centre + radius, level + radius), fill=colour)


def _blocks(pen: _Pen, row: tuple[tuple[int, int, int], ...], colour: str) -> None:
    for left, width, top in row:
        pen.block(left, top, width, _GROUND - top, colour)
        pen.block(left + width * 0.3, top - 16, width * 0.4, 16, colour)


def _tower(pen: _Pen, building: tuple[int, int, int], colour: str, glow: str) -> None:
    """A tower of flats: a side in shade, a slab edge for every floor, and some windows with the lights on."""
    left, width, top = building
    front = width * 0.72
    shade, slab = mix(colour, "#000000", 30), mix(colour, _WHITE, 26)
    pen.block(left, top, front, _GROUND - top, colour)
    pen.block(left + front, top, width - front, _GROUND - top, shade)
    pen.block(left + 14, top - 18, front - 14, 18, shade)
    pane = (front - 12) / _BAYS
    for floor, level in enumerate(range(top + 16, _GROUND - 34, _STOREY)):
        pen.block(left, level, front, 2, slab)
        for bay in range(_BAYS):
            lit = (floor * 7 + bay * 5 + left) % 11 < 3
            fill = mix(glow, _WHITE, 30) if lit else mix(colour, _WHITE, 10)
            pen.block(left + 6 + (bay + 0.18) * pane, level + 5, pane * 0.64, 8, fill)


def _shore(sky: Image.Image, pen: _Pen, primary: str, glow: str) -> None:
    """Trees in front of the towers, and water that holds the sky's light."""
    leaf = mix(primary, "#000000", 42)
    for centre, radius in _TREES:
        pen.disc(centre, _GROUND - radius * 0.35, radius, leaf)
    pen.block(0, _GROUND - 16, 1000, _SHORE - _GROUND + 16, leaf)
    shore = sky.width * _SHORE // 1000
    depth = max(sky.height - shore, 1)
    water = _gradient((sky.width, depth), mix(glow, primary, 40), mix(glow, primary, 62), primary)
    sky.paste(water, (0, shore))
    for step in range(9):
        reach = 150 - step * 12
        start = 480 - reach + step * 37 % 50
        pen.streak(start, _SHORE + 3 + step * 5, reach * 1.6, 1.4, mix(glow, _WHITE, 20))
