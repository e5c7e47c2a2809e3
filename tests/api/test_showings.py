"""A showing end to end through the partner API: booked, proven by a code or by photos, judged, and read."""

from collections.abc import Callable
from hashlib import sha256
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from portal.access.actor import Actor
from portal.adapters.faces.drawn import Scene
from portal.db import Database
from portal.models import Development, Person, Role, Side
from portal.services.faces import challenges
from portal.services.showings import site_codes
from portal.web.limits import limiter
from tests import factories as make
from tests.api.conftest import Partner, System, partner_in
from tests.clock import MovableClock
from tests.photos import jpeg, mirrored, people
from tests.site import engine, shot
from tests.visits import open_hours


@pytest.fixture
def held(system: System, partner: Partner, clock: MovableClock) -> str:
    """A client of the broker's, registered an hour ago."""
    told = system.post("/registrations", partner.client(broker=partner.broker_id)).get_json()
    clock.move(hours=1)
    registration: str = told["id"]
    return registration


def _texted(app: Flask) -> str:
    """The code on the client's phone."""
    latest = max(app.extensions["sms"].inbox(), key=lambda one: one.at)
    return str(latest.params["code"])


def test_a_visit_is_booked_moved_and_called_off(system: System, held: str, partner: Partner, store: Database) -> None:
    assert system.get(f"/registrations/{held}/slots").get_json()["slots"] == []
    with store.transaction() as session:
        open_hours(session, session.get_one(Development, partner.development.id))
    offered = system.get(f"/registrations/{held}/slots").get_json()
    first, second = offered["slots"][:2]
    booked = system.post(f"/registrations/{held}/visit", {"begins_at": first["begins_at"], "visitors": 3}).get_json()
    assert (booked["state"], booked["visitors"], booked["begins_at"]) == ("booked", 3, first["begins_at"])
    moved = system.post(f"/registrations/{held}/visit", {"begins_at": second["begins_at"]}).get_json()
    assert system.get(f"/registrations/{held}/visit").get_json() == moved
    assert system.post(f"/registrations/{held}/visit/cancel", None).get_json()["state"] == "ended"
    assert system.get(f"/registrations/{held}/visit").status_code == 404
    assert system.post(f"/registrations/{held}/visit/cancel", None).get_json()["code"] == "slot_not_booked"


@pytest.mark.parametrize(
    ("begins", "code"), [("2026-12-01T10:00:00", "api_field_odd"), ("2099-01-01T00:00:00Z", "slot_unknown")]
)
def test_a_time_that_is_none(
    system: System, held: str, partner: Partner, store: Database, begins: str, code: str
) -> None:
    with store.transaction() as session:
        open_hours(session, session.get_one(Development, partner.development.id))
    assert system.post(f"/registrations/{held}/visit", {"begins_at": begins}).get_json()["code"] == code


def test_a_showing_by_the_clients_code_is_verified(
    system: System, held: str, partner: Partner, store: Database, clock: MovableClock
) -> None:
    with store.transaction() as session:
        reception = Actor.of(make.person(session, Role.RECEPTION))
        tablet = site_codes.code_now(session, reception, clock(), session.merge(partner.development)).text
    assert system.post(f"/registrations/{held}/site-scan", {"site_code": tablet}).status_code == 200
    assert system.post(f"/registrations/{held}/visit-code", None).get_json()["sandbox"] is None
    code = _texted(system.app)
    answer = system.post("/showings", {"registration": held, "way": "code", "code": code})
    told = answer.get_json()
    assert (answer.status_code, told["state"], told["reasons"]) == (201, "verified", [])
    assert told["receipt"]["proof_url"]
    assert told["broker"] == partner.broker_id
    assert system.get(f"/showings/{told['id']}").get_json() == told
    assert [one["id"] for one in system.get("/showings?state=verified").get_json()["items"]] == [told["id"]]
    full = system.get(f"/showings/{told['id']}?expand=registration").get_json()["registration"]
    assert (full["id"], full["protected_until"]) == (held, told["protected_until"])
    assert system.get(f"/showings/{told['id']}?expand=money").get_json()["code"] == "api_expand_unknown"


def test_a_wrong_code_is_a_try_that_stays_spent(system: System, held: str) -> None:
    system.post(f"/registrations/{held}/visit-code", None)
    asked = {"registration": held, "way": "code", "code": "000000" if _texted(system.app) != "000000" else "111111"}
    first = system.post("/showings", asked, again="one")
    assert (first.status_code, first.get_json()["code"]) == (422, "code_wrong")
    again = system.post("/showings", asked, again="one")
    assert (again.data, again.headers["Idempotency-Replayed"], again.mimetype) == (
        first.data,
        "true",
        "application/problem+json",
    )
    second = system.post("/showings", asked, again="two").get_json()
    assert second["facts"] != first.get_json()["facts"]


def test_at_reception_a_person_looks(system: System, held: str, clock: MovableClock) -> None:
    told = system.post("/showings", {"registration": held, "way": "reception"}).get_json()
    assert (told["state"], told["receipt"]) == ("at_reception", None)
    assert {one["code"] for one in told["reasons"]} >= {"client_absent"}
    clock.move(minutes=1)
    again = system.post("/showings", {"registration": held, "way": "reception"})
    assert (again.status_code, again.get_json()["id"]) == (200, told["id"])


# with photos


@pytest.fixture
def seen(
    system: System,
    held: str,
    partner: Partner,
    store: Database,
    clock: MovableClock,
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[..., TestResponse]:
    """Captures with the broker's face enrolled, as an agency's app makes them; what is given takes the place of a part,
    None leaves it out."""
    chosen = challenges.secrets.choice
    monkeypatch.setattr(challenges.secrets, "choice", lambda of: Side.LEFT if of == list(Side) else chosen(of))
    with store.transaction() as session:
        broker = Actor.of(session.get_one(Person, partner.broker.id))
        make.own_face(session, broker, clock(), engine(), shot("obama"), confirmed=True)
    straight, turned = jpeg(people("obama2", "biden")), jpeg(mirrored("obama2", "biden"))

    def capture(**given: object) -> TestResponse:
        begun = system.post(f"/registrations/{held}/capture", None).get_json()
        assert (len(begun["consent"]), begun["expires_in"]) == (4, 60)
        asked = {"nonce": begun["nonce"], "sha256": sha256(straight).hexdigest()}
        assert system.post(f"/registrations/{held}/capture/side", asked).get_json() == {"side": "left"}
        form = {"registration": held, "way": "face", "nonce": begun["nonce"], "live": "true", "client_consent": "true"}
        parts = {**form, "photo": (straight, "1.jpg"), "turned": (turned, "2.jpg"), **given}
        return system.send("/showings", {name: value for name, value in parts.items() if value is not None})

    return capture


def test_photos_are_judged_as_on_the_pages(seen: Callable[..., TestResponse], system: System, held: str) -> None:
    answer = seen()
    told = answer.get_json()
    assert (answer.status_code, told["way"], told["state"], told["reasons"]) == (201, "face", "verified", [])
    again = seen().get_json()
    assert (again["state"], [one["code"] for one in again["reasons"]]) == ("rejected", ["photo_reused"])


def test_an_album_is_no_live_capture(seen: Callable[..., TestResponse]) -> None:
    told = seen(live="false", turned=None).get_json()
    assert (told["state"], {one["code"] for one in told["reasons"]}) == ("needs_review", {"failed_liveness"})


@pytest.mark.parametrize(
    ("given", "status", "code", "pointer"),
    [
        ({"client_consent": "false"}, 422, "client_consent_needed", "/client_consent"),
        ({"photo": None}, 422, "api_part_odd", "/photo"),
        ({"photo": (b"no picture", "1.jpg")}, 422, "photo_kind", "/photo"),
        ({"selfie": (b"x", "1.jpg")}, 422, "api_part_odd", "/selfie"),
        ({"way": "telepathy"}, 422, "api_field_odd", "/way"),
        ({"latitude": "91"}, 422, "api_field_odd", "/latitude"),
        ({"guardian_name": "王芳"}, 422, "api_field_needed", "/guardian_relation"),
    ],
)
def test_what_is_wrong_with_a_form_says_where(
    seen: Callable[..., TestResponse], given: dict[str, Any], status: int, code: str, pointer: str
) -> None:
    answer = seen(**given)
    told = answer.get_json()
    assert (answer.status_code, told["code"], [one["pointer"] for one in told["errors"]]) == (status, code, [pointer])


def test_a_form_is_refused_by_its_length(system: System, held: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(system.app.config, "MAX_CONTENT_LENGTH", 1000)
    answer = system.send("/showings", {"registration": held, "way": "face", "photo": (b"x" * 1000, "1.jpg")})
    assert (answer.status_code, answer.get_json()["code"]) == (413, "api_body_too_large")


# whose rows


def test_another_agencys_client_is_not_there(
    system: System, system_of: Callable[..., System], held: str, store: Database
) -> None:
    shown = system.post("/showings", {"registration": held, "way": "reception"}).get_json()["id"]
    with store.transaction() as session:
        rival = partner_in(session)
    other = system_of(rival.agency)
    paths = (f"/registrations/{held}/slots", f"/showings/{shown}")
    assert [other.get(path).status_code for path in paths] == [404, 404]
    asked = {"registration": held, "way": "reception"}
    assert other.post("/showings", asked).get_json()["code"] == "api_reference_unknown"
    assert other.get("/showings").get_json()["items"] == []


# in the sandbox


def test_the_sandbox_shows_each_outcome(sandbox: System) -> None:
    known = {one["client"]["phone"][-2:]: one["id"] for one in _all(sandbox, "/registrations")}
    ready = known["11"]
    sent = sandbox.post(f"/registrations/{ready}/visit-code", None).get_json()["sandbox"]
    sandbox.post(f"/registrations/{ready}/site-scan", {"site_code": sent["site_code"]})
    told = sandbox.post("/showings", {"registration": ready, "way": "code", "code": sent["code"]}).get_json()
    assert told["state"] == "verified"
    assert {one["state"] for one in _all(sandbox, "/showings")} == {
        "verified",
        "at_reception",
        "confirmed_genuine",
        "confirmed_fake",
    }
    assert sandbox.get(f"/registrations/{ready}/slots").get_json()["slots"]


def _seen_there(sandbox: System, registration: str, scene: Scene, client: int, **given: str) -> TestResponse:
    """A check-in with pictures of the sandbox, as an agency's engineer tries it."""
    begun = sandbox.post(f"/registrations/{registration}/capture", None).get_json()
    straight = sandbox.get(f"/sandbox/photos/{scene}.jpg?client={client}").data
    asked = {"nonce": begun["nonce"], "sha256": sha256(straight).hexdigest()}
    side = sandbox.post(f"/registrations/{registration}/capture/side", asked).get_json()["side"]
    turned = sandbox.get(f"/sandbox/photos/{side}.jpg?client={client}").data
    form = {"registration": registration, "way": "face", "nonce": begun["nonce"], "live": "true"}
    parts = {**form, "client_consent": "true", "photo": (straight, "1.jpg"), "turned": (turned, "2.jpg"), **given}
    return sandbox.send("/showings", parts)


DRAWN = [
    (Scene.STRAIGHT, "verified"),
    (Scene.BROKER_ABSENT, "needs_review"),
    (Scene.CLIENT_ABSENT, "needs_review"),
    (Scene.NO_FACE, "needs_review"),
    (Scene.POOR_QUALITY, "needs_review"),
    (Scene.CLIENT_IS_BROKER, "rejected"),
    (Scene.CLIENT_IS_PARTNER, "rejected"),
]


def test_the_sandbox_has_pictures_for_each_verdict(sandbox: System) -> None:
    known = {one["client"]["phone"][-2:]: one["id"] for one in _all(sandbox, "/registrations")}
    for number, (scene, state) in enumerate(DRAWN):
        limiter.reset()  # five files a second are a key's budget
        told = _seen_there(sandbox, known["11"], scene, number, insist="true").get_json()
        codes = [one["code"] for one in told["reasons"]]
        assert (scene, told["state"], codes == [] or scene.value in codes) == (scene, state, True), codes
    refused = _seen_there(sandbox, known["11"], Scene.CLIENT_ABSENT, 0)
    assert (refused.status_code, refused.get_json()["code"]) == (422, "photo_one_face")
    again = _seen_there(sandbox, known["12"], Scene.STRAIGHT, 0).get_json()
    assert "seen_under_other_client" in {one["code"] for one in again["reasons"]}


@pytest.mark.parametrize(
    "asked", ["nobody.jpg", "straight.jpg?client=x", "straight.jpg?client=65536", "straight.jpg?client=²"]
)
def test_what_is_no_picture_of_the_sandbox(system: System, asked: str) -> None:
    assert system.get(f"/sandbox/photos/{asked}").get_json()["code"] == "api_not_found"


def _all(system: System, path: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = system.get(f"{path}?limit=100").get_json()["items"]
    return found
