"""Illustrations for developments that have no picture yet: each design of posters has one of its own.

All are drawn from the poster's two colours, so that they belong to any brand, in thousandths of the picture's width:
what is too wide or too high for a place is cut off around the middle.
"""

import math
from collections.abc import Callable, Mapping

from PIL import Image, ImageDraw, ImageFilter

from referral.drawing.colours import mix, rgb
from referral.posters.designs import skyline

_SMOOTH = 2  # drawn so many times as large, and reduced
_WHITE, _BLACK = "#ffffff", "#000000"

Point = tuple[float, float]


class _Sheet:
    """A picture that is drawn on in thousandths of its width; `high` is its height in them."""

    def __init__(self, size: tuple[int, int]) -> None:
        self.image = Image.new("RGB", (size[0] * _SMOOTH, size[1] * _SMOOTH))
        self.unit = self.image.width / 1000
        self.high = self.image.height / self.unit
        self._pen = ImageDraw.Draw(self.image)

    def sky(self, *colours: str, top: float = 0, bottom: float | None = None) -> None:
        """Colours down a part of the picture, one running into the next."""
        end = self.high if bottom is None else bottom
        strip = Image.new("RGB", (1, len(colours)))
        strip.putdata([tuple(bytes.fromhex(colour[1:])) for colour in colours])
        whole = strip.resize((1, max(round((end - top) * self.unit), 1)), Image.Resampling.BICUBIC)
        self.image.paste(whole.resize((self.image.width, whole.height)), (0, round(top * self.unit)))

    def block(self, left: float, top: float, width: float, height: float, fill: str, radius: float = 0) -> None:
        box = [part * self.unit for part in (left, top, left + width, top + height)]
        self._pen.rounded_rectangle(box, radius * self.unit, fill=fill)

    def disc(self, centre: float, middle: float, radius: float, fill: str, flat: float = 1) -> None:
        box = (centre - radius, middle - radius * flat, centre + radius, middle + radius * flat)
        self._pen.ellipse([part * self.unit for part in box], fill=fill)

    def shape(self, points: list[Point], fill: str) -> None:
        self._pen.polygon([(x * self.unit, y * self.unit) for x, y in points], fill=fill)

    def glow(self, centre: float, middle: float, radius: float, colour: str, strength: int) -> None:
        """A light that fades."""
        side = 128
        halo = Image.new("L", (side, side), 0)
        ImageDraw.Draw(halo).ellipse((side // 4, side // 4, side * 3 // 4, side * 3 // 4), fill=strength)
        soft = halo.filter(ImageFilter.GaussianBlur(side / 9))
        reach = round(radius * 2 * self.unit)
        soft = soft.resize((2 * reach, 2 * reach), Image.Resampling.BICUBIC)
        self.image.paste(colour, (round(centre * self.unit) - reach, round(middle * self.unit) - reach), soft)

    def ridge(self, level: float, swing: float, seed: float, fill: str, base: float | None = None) -> None:
        """A line of hills that fills everything down to the base."""
        heights = [
            (x, level - swing * (math.sin(x / 173 + seed) + 0.5 * math.sin(x / 71 + 2.3 * seed) + 0.9))
            for x in range(0, 1001, 5)
        ]
        end = self.high if base is None else base
        self.shape([*heights, (1000, end), (0, end)], fill)

    def done(self) -> Image.Image:
        return self.image.reduce(_SMOOTH)


def draw(scene: str, size: tuple[int, int], primary: str, accent: str) -> Image.Image:
    """The picture of this name in the size asked for; colours are #rrggbb."""
    if scene not in _SCENES:
        return skyline.draw(size, primary, accent)
    paint, least = _SCENES[scene]
    width, height = max(size[0], size[1] * 1000 // least[1]), max(size[1], size[0] * least[0] // 1000)
    sheet = _Sheet((width, height))
    paint(sheet, primary, accent)
    left, top = (width - size[0]) // 2, height - size[1]
    return sheet.done().crop((left, top, left + size[0], top + size[1]))


def _green(primary: str, leaf: str) -> str:
    """What grows, near to the brand's colour; of a red brand, whose mixture with green is brown, hardly."""
    red, green, _blue = rgb(primary)
    return mix(primary, leaf, 86 if red > green + 60 else 46)


def _hills(sheet: _Sheet, primary: str, accent: str) -> None:
    """A lake between hills in the morning, with a boat."""
    warm, shore = mix(mix(accent, "#ffb27a", 45), _WHITE, 55), sheet.high * 0.66
    sheet.sky(mix(primary, _WHITE, 45), mix(primary, _WHITE, 72), warm, bottom=shore)
    sheet.glow(640, shore - 250, 210, mix(warm, _WHITE, 40), 150)
    sheet.disc(640, shore - 250, 66, mix(warm, _WHITE, 70))
    for number, (level, swing, fade) in enumerate(((-150, 62, 66), (-86, 52, 48), (-34, 42, 26), (10, 22, 6))):
        sheet.ridge(shore + level, swing, 1.7 + number * 1.9, mix(mix(primary, warm, fade), _WHITE, fade // 4), shore)
    sheet.sky(mix(mix(primary, warm, 62), _WHITE, 20), mix(primary, warm, 30), mix(primary, _BLACK, 12), top=shore)
    for step in range(14):
        reach = 260 - step * 14
        sheet.block(640 - reach / 2 + (step * 47 % 60 - 30), shore + 8 + step * step * 1.4, reach, 2.2 + step * 0.22,
                    mix(mix(primary, warm, 62), _WHITE, 34), 1.5)  # fmt: skip
    hull, water = mix(primary, _BLACK, 62), shore + (sheet.high - shore) * 0.38
    sheet.shape([(268, water), (402, water), (376, water + 20), (292, water + 20)], hull)
    sheet.shape([(330, water - 92), (330, water - 8), (270, water - 8)], mix(warm, _WHITE, 55))
    sheet.shape([(338, water - 104), (338, water - 8), (398, water - 8)], mix(warm, _WHITE, 25))


def _garden(sheet: _Sheet, primary: str, accent: str) -> None:
    """Houses behind trees, a lawn and a path that leads there."""
    warm, ground = mix(mix(accent, "#ffc58a", 40), _WHITE, 62), sheet.high - 170
    sheet.sky(mix(primary, _WHITE, 58), mix(primary, _WHITE, 80), warm, bottom=ground)
    sheet.glow(250, ground - 230, 150, mix(warm, _WHITE, 50), 150)
    sheet.ridge(ground - 70, 34, 2.2, mix(mix(primary, _WHITE, 62), warm, 30), ground)
    wall, roof = mix(warm, _WHITE, 62), mix(primary, _BLACK, 20)
    for left, width, floors in ((180, 150, 2), (352, 176, 3), (560, 150, 2), (736, 128, 2)):
        top = ground - floors * 56
        sheet.block(left, top, width, floors * 56, wall)
        sheet.shape([(left - 16, top), (left + width / 2, top - 58), (left + width + 16, top)], roof)
        for floor in range(floors):
            for bay in range(3):
                lit = (floor + bay + left) % 3 == 0
                pane = mix(accent, _WHITE, 30) if lit else mix(primary, _WHITE, 34)
                sheet.block(left + width * (0.12 + bay * 0.3), top + 14 + floor * 56, width * 0.17, 28, pane, 3)
    sheet.block(0, ground - 6, 1000, 200, mix(_green(primary, "#7fa65a"), _WHITE, 26))
    sheet.shape([(440, ground - 6), (486, ground - 6), (700, sheet.high), (380, sheet.high)], mix(warm, _WHITE, 45))
    leaf = _green(primary, "#4f7f45")
    for centre, radius, shade in ((60, 92, 18), (150, 58, 0), (548, 46, 8), (712, 52, 0), (905, 104, 18), (988, 74, 4)):
        sheet.block(centre - 5, ground - radius * 0.5, 10, radius * 0.62 + 8, mix(primary, _BLACK, 55))
        sheet.disc(centre, ground - radius * 1.2, radius, mix(leaf, _BLACK, shade))
        sheet.disc(centre - radius * 0.28, ground - radius * 1.42, radius * 0.52, mix(leaf, _WHITE, 16))
    for centre, radius in ((250, 26), (300, 34), (640, 30), (820, 36), (868, 24)):
        sheet.disc(centre, ground + 4, radius, mix(leaf, _BLACK, 10), 0.72)


def _facade(sheet: _Sheet, primary: str, accent: str) -> None:
    """A house from near by: balconies, plants, and evening light in some windows."""
    warm = mix(mix(accent, "#ffbf7d", 50), _WHITE, 40)
    sheet.sky(mix(primary, _WHITE, 34), mix(primary, _WHITE, 64), mix(warm, _WHITE, 30))
    sheet.glow(860, sheet.high * 0.3, 200, mix(warm, _WHITE, 50), 130)
    wall, shade, glass = mix(warm, _WHITE, 78), mix(mix(primary, _WHITE, 66), warm, 20), mix(primary, _BLACK, 18)
    left, bay, storey = 70.0, 178.0, 150.0
    top = sheet.high - 6 * storey + 20
    sheet.block(left + 4 * bay, top + storey, 150, sheet.high, mix(shade, primary, 30))
    sheet.block(left, top, 4 * bay, sheet.high, wall)
    sheet.block(left - 14, top - 22, 4 * bay + 28, 24, mix(primary, _BLACK, 26))
    for floor in range(7):
        level = top + 26 + floor * storey
        for column in range(4):
            edge = left + column * bay
            lit = (floor * 3 + column * 5) % 7 < 2
            pane = mix(accent, "#ffe2b0", 62) if lit else mix(glass, _WHITE, 10 + 6 * column)
            sheet.block(edge + 20, level, bay - 40, 88, pane, 4)
            sheet.block(edge + bay / 2 - 2, level, 4, 88, mix(wall, shade, 40))
            if lit:
                sheet.block(edge + 20, level, 26, 88, mix(warm, _WHITE, 52), 4)
            sheet.block(edge + 8, level + 76, bay - 16, 40, mix(shade, _WHITE, 32), 3)
            for rail in range(9):
                sheet.block(edge + 16 + rail * (bay - 36) / 8, level + 80, 2.4, 34, mix(primary, _WHITE, 30))
            sheet.block(edge + 4, level + 112, bay - 8, 9, mix(primary, _BLACK, 20))
            if (floor + column * 2) % 3 == 0:
                for at in (0.3, 0.45, 0.58):
                    sheet.disc(edge + bay * at, level + 76, 17, mix(_green(primary, "#5d8a4c"), _WHITE, 8))
    for centre, radius in ((30, 90), (905, 120), (985, 84)):
        sheet.disc(centre, sheet.high - radius * 0.5, radius, mix(_green(primary, "#4f7f45"), _BLACK, 22))


def _window(sheet: _Sheet, primary: str, accent: str) -> None:
    """A room that looks out on water and hills; a chair and a plant before the glass."""
    warm, floor = mix(mix(accent, "#ffb27a", 45), _WHITE, 58), sheet.high - 150
    shore = floor - sheet.high * 0.2
    sheet.sky(mix(primary, _WHITE, 48), mix(primary, _WHITE, 76), warm, bottom=shore)
    sheet.glow(620, shore - 260, 190, mix(warm, _WHITE, 45), 150)
    sheet.disc(620, shore - 260, 58, mix(warm, _WHITE, 72))
    for number, (level, swing, fade) in enumerate(((-90, 58, 60), (-40, 46, 38), (6, 26, 14))):
        sheet.ridge(shore + level, swing, 3.1 + number * 1.6, mix(mix(primary, warm, fade), _WHITE, fade // 4), shore)
    sheet.sky(mix(mix(primary, warm, 60), _WHITE, 26), mix(primary, _WHITE, 14), top=shore, bottom=floor)
    for step in range(8):
        sheet.block(
            540 + step * 37 % 90, shore + 10 + step * step * 2.6, 190 - step * 12, 2.6, mix(warm, _WHITE, 40), 1
        )
    wall, frame = mix(warm, _WHITE, 74), mix(primary, _BLACK, 46)
    for edge, wide in ((0, 66), (934, 66)):
        sheet.block(edge, 0, wide, sheet.high, wall)
    sheet.block(0, 0, 1000, 54, wall)
    for edge in (60, 343, 640, 926):
        sheet.block(edge, 54, 13, floor - 54, frame)
    sheet.block(60, 50, 879, 13, frame)
    sheet.block(60, 54 + (floor - 54) * 0.24, 879, 8, frame)
    for edge, turn in ((14, 1), (898, -1)):
        for fold in range(4):
            sheet.block(
                edge + fold * 24 * turn, 36, 27, floor - 26, mix(mix(warm, _WHITE, 58), primary, 5 + fold % 2 * 7), 9
            )
    sheet.block(0, floor, 1000, 160, mix(mix(accent, "#c79a6b", 60), _BLACK, 18))
    for board in range(4):
        sheet.block(0, floor + 6 + board * 38, 1000, 2, mix(mix(accent, "#c79a6b", 60), _BLACK, 34))
    _chair(sheet, floor, mix(primary, _BLACK, 30), frame)
    pot = mix(accent, _WHITE, 18)
    for bend in (-74, -44, -14, 20, 52, 80):
        tip = (778 + bend, floor - 230 + abs(bend) * 0.9)
        sheet.shape(
            [(770, floor - 56), tip, (786, floor - 56)], mix(_green(primary, "#4f7f45"), _WHITE, 8 + abs(bend) // 8)
        )
    sheet.shape([(742, floor - 60), (816, floor - 60), (804, floor + 26), (754, floor + 26)], pot)


def _chair(sheet: _Sheet, floor: float, seat: str, legs: str) -> None:
    sheet.block(196, floor - 150, 52, 146, seat, 22)
    sheet.block(204, floor - 62, 180, 58, seat, 20)
    sheet.block(352, floor - 106, 40, 98, mix(seat, _WHITE, 10), 16)
    for edge in (224, 362):
        sheet.block(edge, floor - 6, 9, 42, legs)


def _night(sheet: _Sheet, primary: str, accent: str) -> None:
    """Towers at nightfall, windows lit, under a moon."""
    deep, warm = mix(primary, "#0b1622", 62), mix(accent, "#ffe2b0", 60)
    sheet.sky(mix(deep, _BLACK, 20), mix(primary, "#0b1622", 38), mix(mix(primary, accent, 30), _WHITE, 30))
    sheet.glow(690, sheet.high * 0.2, 130, mix(warm, _WHITE, 50), 120)
    sheet.disc(690, sheet.high * 0.2, 62, mix(warm, _WHITE, 70))
    for star in range(26):
        sheet.disc(star * 389 % 1000, 30 + star * 211 % 620, 2.2 + star % 3, mix(primary, _WHITE, 70))
    for left, width, high, shade in ((20, 170, 560, 30), (610, 150, 640, 30), (840, 180, 520, 34)):
        sheet.block(left, sheet.high - high, width, high, mix(mix(primary, "#0b1622", 34), _WHITE, shade // 4))
    for left, width, high in ((150, 210, 860), (420, 190, 1040), (700, 200, 760)):
        top = sheet.high - high
        sheet.block(left, top, width, high, mix(deep, _BLACK, 8))
        sheet.block(left + width * 0.3, top - 30, width * 0.4, 30, mix(deep, _BLACK, 8))
        sheet.block(left + width * 0.8, top, width * 0.2, high, mix(deep, _BLACK, 36))
        for floor in range(int(high / 44)):
            for bay in range(4):
                lit = (floor * 7 + bay * 11 + left) % 9 < 4
                pane = mix(warm, _WHITE, 10 * ((floor + bay) % 3)) if lit else mix(deep, _WHITE, 10)
                sheet.block(left + width * (0.07 + bay * 0.185), top + 22 + floor * 44, width * 0.12, 24, pane, 2)
    for centre, radius in ((40, 96), (180, 70), (390, 84), (610, 78), (770, 66), (930, 110)):
        sheet.disc(centre, sheet.high - radius * 0.3, radius, mix(deep, _BLACK, 46))


_SCENES: Mapping[str, tuple[Callable[[_Sheet, str, str], None], tuple[int, int]]] = {
    "hills": (_hills, (620, 1150)),
    "garden": (_garden, (470, 900)),
    "facade": (_facade, (660, 1050)),
    "window": (_window, (760, 1300)),
    "night": (_night, (1100, 1500)),
}
"""What paints a scene, and the least and the most height that it fills, in thousandths of its width."""

SCENES = ("skyline", *_SCENES)
"""The names of the scenes."""
