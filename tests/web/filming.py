"""What the page's own camera sends when a second person films somebody."""

from hashlib import sha256
from io import BytesIO
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from portal.rules.showings.challenge import Side
from portal.services.faces import challenges
from tests.photos import jpeg, mirrored, people
from tests.web.client import Page, PageClient


def filmed(page: Page) -> dict[str, object]:
    """What the page's camera sends of Obama, straight and turned to the left, which is the side that is drawn for him.

    Asking anew until that side comes would now and then be refused itself: whoever lets many sides go is looked at.
    """
    straight, turned = (jpeg(picture("obama2")) for picture in (people, mirrored))
    box = page.one("[data-challenge]")
    headers = {"X-CSRFToken": page.one("#page-facts")["data-csrf-token"]}

    def ask(where: str, **fields: object) -> dict[str, Any]:
        return dict(page.client.http.post(str(box[where]), data=fields, headers=headers).get_json())

    with patch.object(challenges, "secrets", SimpleNamespace(choice=lambda _sides: Side.LEFT)):
        nonce = ask("data-nonce-url")["nonce"]
    assert ask("data-side-url", nonce=nonce, sha256=sha256(straight).hexdigest())["side"] == "left"
    photos = {"photo": (BytesIO(straight), "photo.jpg"), "turned": (BytesIO(turned), "photo.jpg")}
    return {**photos, "in_page": "yes", "nonce": nonce}


def confirm_at_the_desk(desk: PageClient, name: str) -> None:
    """Somebody meets the broker: a photo from an album is sent back, what the page's camera films of him is taken."""
    page = desk.get("home.index").task("待确认的人脸").follow(name)
    page = page.submit({"photo": (BytesIO(jpeg(people("obama2"))), "photo.jpg")}, button="确认是本人", status=422)
    assert page.errors == ["必须用本页相机现场拍摄本人，其他来源的照片不算数。请换一台允许本页使用相机的设备打开。"]
    page = page.submit(filmed(page), button="确认是本人")
    assert page.texts(".notice") == [f"已确认：是{name}本人。"]
