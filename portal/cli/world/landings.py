"""The demo's pages for friends: house types with drawn floor plans, pictures, prices that hold, hours and a hotline.

Nothing is photographed, so nothing needs a licence: views are the posters' illustrations.
"""

import io
from datetime import timedelta

import numpy as np
from PIL import Image, ImageDraw

from referral.posters.designs import scenes

from ...adapters.images.photos import Photo
from ...clock import local_day
from ...models import Development, Role
from ...services.landing import content, house_types, pictures
from ...services.landing.content import ContentFacts
from ...services.landing.house_types import HouseTypeFacts
from .timeline import World

_WAN = 1_000_000
_HOMES = (
    HouseTypeFacts("A1 晨光", "A1 Daybreak", 3, 2, 1, 8900, 268 * _WAN),
    HouseTypeFacts("B2 湖景", "B2 Lakeside", 3, 2, 2, 11560, 345 * _WAN),
    HouseTypeFacts("C1 远山", "C1 Hillside", 4, 2, 3, 14280, 458 * _WAN),
)
_VIEWS = (
    ("清晨的湖岸", "The shore in the morning", "hills"),
    ("傍晚归家", "Home in the evening", "night"),
    ("社区花园", "The gardens", "garden"),
)
_LIGHT = "#e0a24a"
_WORDS = {
    "zh": {
        "hours": "每天 9:00–18:00，节假日不休",
        "about": ["全部户型南向带阳台，客厅开间 3.9 米以上。", "社区内有 1.2 公里步道、儿童活动区和四季花园。"],
    },
    "en": {
        "hours": "Daily 9:00–18:00, holidays included",
        "about": ["All homes face south with a balcony.", "1.2 km of paths, a playground and gardens inside."],
    },
}
_PRICES_HOLD = timedelta(days=60)


def open_pages(world: World) -> None:
    """Give the first development a page that friends see; that of the others is still empty."""
    development, manager, start = world.developments[0], world.actor(Role.CHANNEL_MANAGER), world.begins
    for facts in _HOMES:
        plan = _photo(_floor_plan(facts.bedrooms))
        house_types.add(world.session, manager, start, world.files, development, facts, plan)
    for caption, caption_en, scene in _VIEWS:
        view = _photo(_view(development, scene))
        pictures.add(world.session, manager, start, world.files, development, view, (caption, caption_en))
    until = local_day(world.ends + _PRICES_HOLD)
    content.change(world.session, manager, start, development, ContentFacts("400-826-1688", until, _WORDS))
    content.publish(world.session, manager, start, development)


def _view(development: Development, scene: str) -> Image.Image:
    return scenes.draw(scene, (960, 640), development.colour, _LIGHT)


def _floor_plan(bedrooms: int) -> Image.Image:
    """Walls of a home: living room and kitchen to one side, so many bedrooms to the other."""
    image = Image.new("RGB", (960, 720), "white")
    pen = ImageDraw.Draw(image)
    left, top, right, foot, middle = 90, 70, 870, 650, 400
    pen.rectangle((left, top, right, foot), fill="#f4f1ea", outline="#3c4650", width=12)
    pen.line((middle, top, middle, foot), fill="#3c4650", width=8)
    pen.line((left, 290, middle - 90, 290), fill="#3c4650", width=8)
    step = (foot - top) // bedrooms
    for room in range(1, bedrooms):
        pen.line((middle, top + room * step, right, top + room * step), fill="#3c4650", width=8)
    for room in range(bedrooms):
        door = top + room * step + step // 2
        pen.line((middle, door - 30, middle, door + 30), fill="#f4f1ea", width=10)
        pen.arc((middle - 60, door - 60, middle + 60, door + 60), 270, 360, fill="#9aa3ab", width=3)
        bed = (right - 190, door - step // 4, right - 40, door + step // 4)
        pen.rounded_rectangle(bed, 12, fill="#dfe6ea", outline="#9aa3ab", width=3)
    pen.rounded_rectangle((left + 50, 400, left + 190, 560), 16, fill="#dfe6ea", outline="#9aa3ab", width=3)
    pen.line((left + 60, foot, middle - 60, foot), fill="#8fb8c8", width=14)
    return image


def _photo(image: Image.Image) -> Photo:
    """A picture of ours as one that was taken in."""
    file = io.BytesIO()
    image.save(file, "JPEG", quality=88)
    return Photo(file.getvalue(), np.asarray(image), image.width, image.height, "", "")
