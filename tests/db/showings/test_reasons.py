"""Every reason of rules 3.3 from real photos, the real engine and the rule, on both databases: a change to a genuine
check-in, the verdict, and what is said of it.

Obama is the broker and enrolled from another picture; Biden or the astronaut is the client.
"""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from io import BytesIO

import pytest
from PIL import ExifTags, Image, ImageEnhance, ImageFilter, ImageOps
from sqlalchemy import select

from portal.access.actor import Actor
from portal.clock import SHANGHAI
from portal.crypto import digest
from portal.models import CaptureNonce, Person, Role, Showing, Side
from portal.services.faces import challenges, faces
from portal.services.faces.challenges import CameraHolder, Capture
from portal.services.faces.faces import Shot
from portal.services.showings import check_ins, photos
from portal.web.words.photo_quality import advice_of
from tests import factories as make
from tests.photos import jpeg, people
from tests.site import Site, codes, engine, real_turn, refusal, seen, shot, turned

PAIR = ("obama", "biden")

# ---- the quality gate: what was done to the client's half of a good photo → the tests that fail ----


def pair(change: Callable[[Image.Image], Image.Image]) -> Image.Image:
    """Broker and client, and something is wrong with the client's half."""
    frame = people(*PAIR)
    box = (frame.width // 2, 0, frame.width, frame.height)
    frame.paste(change(frame.crop(box)).resize((box[2] - box[0], box[3] - box[1])), box)
    return frame


def squeezed(half: Image.Image) -> Image.Image:
    """One cheek wide and the other narrow, as of a head turned far to the side."""
    width, height = half.size
    middle, left, right = width // 2, round(width * 0.35), round(width * 0.65)
    wide = ((0, 0, middle, height), (left, 0, left, height, middle, height, middle, 0))
    narrow = ((middle, 0, right, height), (middle, 0, middle, height, width, height, width, 0))
    return half.transform(half.size, Image.Transform.MESH, [wide, narrow])


def masked(half: Image.Image) -> Image.Image:
    """Something white held before nose and mouth."""
    half.paste("white", (0, half.height // 2, half.width, half.height * 3 // 4))
    return half


def far_away() -> Image.Image:
    """Both too far from the camera: a quarter as large."""
    return people(*PAIR).resize((320, 180))


POOR: dict[str, tuple[Callable[[], Image.Image], str]] = {
    "blurred": (partial(pair, lambda half: half.filter(ImageFilter.GaussianBlur(7))), "blurred"),
    "dark": (partial(pair, lambda half: half.point(lambda value: value // 5)), "too_dark"),
    "bright": (partial(pair, lambda half: half.point(lambda value: min(255, 165 + value // 2))), "too_bright"),
    "flat": (partial(pair, lambda half: ImageEnhance.Contrast(half).enhance(0.2)), "flat"),
    "small": (far_away, "too_small"),
    "turned": (partial(pair, squeezed), "turned"),
    "uncertain": (partial(pair, masked), "too_uncertain"),
}


@pytest.mark.parametrize(("picture", "test"), POOR.values(), ids=POOR)
def test_a_poor_photo_goes_to_a_person_and_says_what_would_help(
    site: Site, picture: Callable[[], Image.Image], test: str
) -> None:
    site.enrol()
    showing = site.check_in(seen(picture))
    assert (showing.verdict, codes(showing)) == ("needs_review", ["poor_quality"])
    assert test in showing.reasons[0]["facts"]["tests"]
    assert advice_of([test])


# ---- who is there ----


def nobody() -> Image.Image:
    return Image.effect_noise((1280, 720), 40).convert("RGB")


def bystander() -> Image.Image:
    """Broker and client, and far behind them somebody else."""
    frame = people(*PAIR)
    frame.paste(people("astronaut", size=(200, 200)), (540, 0))
    return frame


def test_nobody_in_the_photo(site: Site) -> None:
    site.enrol()
    showing = site.check_in(seen(nobody))
    expected = ["no_face", "broker_absent", "client_absent", "failed_liveness"]
    assert (showing.verdict, codes(showing)) == ("needs_review", expected)


def test_bystanders_do_not_disturb(site: Site) -> None:
    site.enrol()
    assert len(engine().analyse(seen(bystander).photo.rgb)) == 3
    assert site.check_in(seen(bystander)).verdict == "verified"


def test_a_photo_each(site: Site) -> None:
    """The broker's and the client's; or the client's with the broker beside him. The broker twice is no client."""
    site.enrol()

    def each(client: Shot) -> Showing:
        nonce, first = site.nonce(), shot("obama3")
        capture = Capture(first, turned(first, site.side(nonce, first)), client, in_page=True)
        return site.check_in(capture, nonce=nonce)

    showing = each(shot("biden"))
    assert (showing.verdict, codes(showing)) == ("verified", [])
    assert len(photos.photos_of(site.session, showing)) == 3
    twice = each(shot("obama"))
    assert twice.verdict == "rejected"
    assert "client_is_broker" in codes(twice)


def test_the_broker_may_stand_beside_the_client_in_the_second_photo(site: Site) -> None:
    site.enrol()
    nonce, first = site.nonce(), shot("obama3")
    capture = Capture(first, turned(first, site.side(nonce, first)), shot("obama", "biden"), in_page=True)
    assert site.check_in(capture, nonce=nonce).verdict == "verified"


def test_a_colleague_is_no_client(site: Site) -> None:
    site.enrol()
    colleague = Actor.of(make.person(site.session, Role.RECEPTION))
    make.own_face(site.session, colleague, site.now, engine(), shot("biden"), confirmed=True)
    showing = site.check_in(shot("obama", "biden"))
    assert (showing.verdict, codes(showing)) == ("rejected", ["client_is_partner"])


# ---- a photo that was sent before, for another client: how it was changed → the verdict, and how it was found ----


def cropped(share: float) -> Image.Image:
    frame = people(*PAIR)
    width, height = frame.size
    return frame.crop((int(width * share), int(height * share), int(width * (1 - share)), int(height * (1 - share))))


REUSED: dict[str, tuple[Callable[[], bytes], str, str]] = {
    "the same file": (lambda: jpeg(people(*PAIR)), "rejected", "exact"),
    "recompressed": (lambda: jpeg(people(*PAIR), 30), "rejected", "perceptual"),
    "half the size": (lambda: jpeg(people(*PAIR).resize((640, 360))), "rejected", "perceptual"),
    "brighter": (lambda: jpeg(ImageEnhance.Brightness(people(*PAIR)).enhance(1.2)), "rejected", "perceptual"),
    "a little cropped": (lambda: jpeg(cropped(0.03)), "needs_review", "near_copy"),
    "cropped": (lambda: jpeg(cropped(0.10)), "needs_review", "near_copy"),
    "mirrored": (lambda: jpeg(ImageOps.mirror(people(*PAIR))), "needs_review", "near_copy"),
}


@pytest.mark.parametrize(("again", "verdict", "by"), REUSED.values(), ids=REUSED)
def test_a_photo_is_reused_for_another_client(site: Site, again: Callable[[], bytes], verdict: str, by: str) -> None:
    site.enrol()
    site.check_in(shot(*PAIR))
    other = site.register(development=site.registration.development)
    showing = site.check_in(faces.look(engine(), again()), registration=other)
    assert (showing.verdict, codes(showing)) == (verdict, ["seen_under_other_client", "photo_reused"])
    assert showing.reasons[1]["facts"]["by"] == by


def test_a_copy_of_the_clients_own_earlier_visit_but_not_of_another_try(site: Site) -> None:
    site.enrol()
    site.check_in(shot(*PAIR))
    crop = faces.look(engine(), jpeg(cropped(0.05)))
    assert site.check_in(crop).verdict == "verified"  # at once: the same people in the same place
    site.now += timedelta(days=1)
    later = site.check_in(faces.look(engine(), jpeg(cropped(0.08))))
    assert (later.verdict, codes(later)) == ("needs_review", ["photo_reused"])


# ---- the challenge ----


@pytest.mark.parametrize("side", Side)
def test_a_real_turn_to_either_side(site: Site, side: Side) -> None:
    site.enrol("obama")
    capture = real_turn(side)
    nonce = nonce_for(site, side)
    site.side(nonce, capture.straight)
    showing = site.check_in(capture, nonce=nonce)
    assert (showing.verdict, codes(showing)) == ("verified", [])


def nonce_for(site: Site, side: Side) -> str:
    """Draw until this side comes; it is not told yet, so nothing is left unanswered."""
    while True:
        nonce = site.nonce()
        row = site.session.scalars(select(CaptureNonce).where(CaptureNonce.digest == digest(nonce))).one()
        if row.side is side:
            return nonce


def test_turning_the_other_way_is_not_what_was_asked(site: Site) -> None:
    site.enrol("obama")
    nonce, capture = nonce_for(site, Side.RIGHT), real_turn(Side.LEFT)
    site.side(nonce, capture.straight)
    showing = site.check_in(capture, nonce=nonce)
    assert (showing.verdict, codes(showing), by(showing)) == ("needs_review", ["failed_liveness"], "other_side")


DOUBTFUL: dict[str, tuple[Callable[[Shot, Side], Shot | None], bool, str]] = {
    "a print that is held still": (lambda first, _side: first, True, "not_turned"),
    "a print that is turned": (lambda first, side: turned(first, side, 0.29), True, "not_turned"),
    "somebody else turns": (lambda _first, side: turned(shot("astronaut"), side), True, "another_person"),
    "nobody is there any more": (lambda _first, _side: seen(nobody), True, "nobody"),
    "no second shot": (lambda _first, _side: None, True, "not_in_page"),
    "not by the page's camera": (turned, False, "not_in_page"),
}


@pytest.mark.parametrize(("second", "in_page", "expected"), DOUBTFUL.values(), ids=DOUBTFUL)
def test_a_challenge_that_is_not_met_is_looked_at_by_a_person(
    site: Site, second: Callable[[Shot, Side], Shot | None], in_page: bool, expected: str
) -> None:
    site.enrol()
    nonce, first = site.nonce(), shot(*PAIR)
    side = site.side(nonce, first)
    showing = site.check_in(Capture(first, second(first, side), in_page=in_page), nonce=nonce)
    assert (showing.verdict, codes(showing), by(showing)) == ("needs_review", ["failed_liveness"], expected)


def test_the_side_is_told_for_one_first_shot_and_to_one_session(site: Site) -> None:
    nonce, first = site.nonce(), shot(*PAIR)
    assert site.side(nonce, first) is site.side(nonce, first)
    assert refusal(lambda: site.side(nonce, shot("obama3", "biden"))) == "capture_over"
    elsewhere = CameraHolder(site.actor, make.web_session(site.session, person=site.broker).id)
    told = partial(challenges.tell_side, site.session, elsewhere, site.now, site.registration.touch)
    assert refusal(lambda: told(nonce=site.nonce(), straight_sha256=first.photo.sha256)) == "capture_over"


def test_another_first_shot_than_the_side_was_told_for(site: Site) -> None:
    site.enrol()
    nonce, first = site.nonce(), shot("obama3", "biden")
    side = site.side(nonce, shot(*PAIR))
    showing = site.check_in(Capture(first, turned(first, side), in_page=True), nonce=nonce)
    assert (codes(showing), by(showing)) == (["failed_liveness"], "not_in_page")


def test_sides_that_are_let_go_are_counted(site: Site) -> None:
    site.enrol()
    for _ in range(6):
        site.side(site.nonce(), shot(*PAIR))
    showing = site.check_in(shot(*PAIR))
    assert (showing.verdict, codes(showing), by(showing)) == ("needs_review", ["failed_liveness"], "many_tries")


def by(showing: Showing) -> str:
    return str(showing.reasons[-1]["facts"]["by"])


# ---- when and where ----


def test_a_word_is_good_in_its_own_session_only(site: Site) -> None:
    site.enrol()
    elsewhere = make.web_session(site.session, person=site.broker).id
    showing = site.check_in(shot(*PAIR), web_session_id=elsewhere)
    assert (showing.verdict, codes(showing)) == ("rejected", ["stale_capture"])


def dated(seconds_ago: float, offset: str = "+08:00") -> Callable[[Site], Shot]:
    """The photo as a camera app writes it, with its own date."""

    def take(site: Site) -> Shot:
        taken = (site.now - timedelta(seconds=seconds_ago)).astimezone(SHANGHAI)
        exif = Image.Exif()
        shot_facts = exif.get_ifd(ExifTags.IFD.Exif)
        shot_facts[ExifTags.Base.DateTimeOriginal] = f"{taken:%Y:%m:%d %H:%M:%S}"
        if offset:
            shot_facts[ExifTags.Base.OffsetTimeOriginal] = offset
        file = BytesIO()
        people(*PAIR).save(file, "JPEG", exif=exif)
        return faces.look(engine(), file.getvalue())

    return take


DATES: dict[str, tuple[Callable[[Site], Shot], str]] = {
    "just now": (dated(3), "verified"),
    "just now, the zone not said": (dated(3, offset=""), "verified"),
    "a clock two minutes slow": (dated(120), "verified"),
    "an hour ago": (dated(3600), "rejected"),
    "yesterday": (dated(86_400, offset=""), "rejected"),
    "tomorrow": (dated(-86_400), "rejected"),
}


@pytest.mark.parametrize(("take", "verdict"), DATES.values(), ids=DATES)
def test_a_picture_out_of_an_album_tells_its_date(site: Site, take: Callable[[Site], Shot], verdict: str) -> None:
    site.enrol()
    showing = site.check_in(take(site))
    assert showing.verdict == verdict
    assert [(reason["code"], reason["facts"]["by"]) for reason in showing.reasons] == (
        [] if verdict == "verified" else [("stale_capture", "camera_date")]
    )


def test_outside_the_opening_hours(site: Site) -> None:
    site.enrol()
    hour = site.now.astimezone(SHANGHAI).hour
    site.registration.development.policy = {"opens_hour": hour + 1, "closes_hour": hour + 2}
    showing = site.check_in(shot(*PAIR))
    assert (showing.verdict, codes(showing)) == ("needs_review", ["outside_slot"])
    assert showing.reasons[0]["facts"] == {"opens": hour + 1, "closes": hour + 2}


# ---- reception's tablet ----


def test_at_the_tablet_receptions_eyes_stand_in_for_the_challenge(site: Site) -> None:
    site.enrol()
    host = Actor.of(make.person(site.session, Role.RECEPTION))
    holder = CameraHolder(host, make.web_session(site.session, person=site.session.get_one(Person, host.id)).id)
    showing = check_ins.check_in(
        site.session,
        host,
        site.now,
        engine=engine(),
        files=site.files,
        sent=check_ins.CheckIn(
            registration=site.registration,
            web_session_id=holder.web_session_id,
            nonce=site.nonce(holder=holder),
            capture=Capture(shot(*PAIR), in_page=True),
            client_consent=True,
            locale="zh_Hans_CN",
        ),
    )
    assert (showing.verdict, codes(showing)) == ("verified", [])
    assert (showing.broker_id, showing.host_id) == (site.broker.id, host.id)
