"""A client takes the consent back: everything of the face is gone at once, and the proof stays (rules 3.2, 3.5)."""

from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import select

from portal.models import Consent, Erasure, FaceTemplate, Guardian, Photo, Relation, TextMessage
from portal.services.faces import faces
from portal.services.messages import texts
from portal.services.privacy import withdrawals
from portal.services.showings.guardians import GuardianFacts
from tests.site import Site, refusal, shot

KEY = b"a key of more than sixteen bytes"


def client_faces(site: Site) -> list[FaceTemplate]:
    mine = select(FaceTemplate).where(FaceTemplate.client_id == site.registration.client_id)
    return list(site.session.scalars(mine))


def withdraw(site: Site) -> tuple[int, int]:
    gone = withdrawals.withdraw_face_consent(
        site.session, site.now + timedelta(hours=1), site.registration.client_id, None, site.files
    )
    return gone.photos, gone.templates


def test_withdrawing_erases_photos_and_templates_and_keeps_the_proof(site: Site) -> None:
    site.enrol()
    site.check_in(shot("obama", "biden"))
    client_id = site.registration.client_id
    kept, photos = withdrawals.kept(site.session, client_id), site.session.scalars(select(Photo)).all()
    assert kept
    assert (kept.photos, kept.templates, len(kept.developments)) == (len(photos), 1, 1)
    assert all(site.files.get(photo.file_name) for photo in photos)

    assert withdraw(site) == (len(photos), 1)
    site.session.commit()
    assert [row.vector_sealed for row in client_faces(site)] == [None]
    for photo in photos:
        assert photo.erased_at == site.now + timedelta(hours=1)
        with pytest.raises(FileNotFoundError):
            site.files.get(photo.file_name)
    assert len(site.session.scalars(select(Erasure)).all()) == len(photos) + 1
    assert withdrawals.kept(site.session, client_id) is None
    assert withdrawals.withdrawn_at(site.session, client_id) == site.now + timedelta(hours=1)
    assert faces.enrolment(site.session, site.broker.id) is not None  # the broker's own is his
    assert withdraw(site) == (0, 0)


def test_a_later_visit_asks_anew(site: Site) -> None:
    site.enrol()
    site.check_in(shot("obama", "biden"))
    withdraw(site)
    site.now += timedelta(hours=2)
    site.check_in(shot("obama", "astronaut"))
    given = site.session.scalars(select(Consent).where(Consent.purpose == "face_client").order_by(Consent.id)).all()
    assert [consent.withdrawn_at is None for consent in given] == [False, True]


def test_the_link_opens_one_clients_page(site: Site) -> None:
    client_id = site.registration.client_id
    token = withdrawals.token_for(client_id, KEY)
    assert withdrawals.client_of(site.session, token, KEY, site.now).id == client_id
    for forged in (withdrawals.token_for(client_id, b"another key of enough bytes"), token[:-1], "x"):
        opened = partial(withdrawals.client_of, site.session, forged, KEY, site.now)
        assert refusal(opened) == "link_invalid"


def test_the_link_is_texted_once_a_consent_and_within_the_days_limit(site: Site) -> None:
    client_id = site.registration.client_id

    def send() -> TextMessage | None:
        return withdrawals.send_link(site.session, site.now, client_id, "token")

    assert send() is None  # nothing was agreed to
    site.enrol()
    site.check_in(shot("obama", "biden"))
    assert (send() is None, send() is None) == (False, True)
    for other, sent in (("astronaut", True), ("biden", False)):
        withdraw(site)
        site.now += timedelta(hours=2)
        site.check_in(shot("obama", other))
        assert (send() is not None) is sent
    assert getattr(texts.refusal_of(site.session, site.now, client_id), "code", None) == "texts_used_up"


def test_a_guardian_consents_for_a_child(site: Site) -> None:
    site.enrol()
    site.check_in(shot("obama", "biden"), guardian=GuardianFacts(" 王芳 ", Relation.MOTHER))
    row = site.session.scalars(select(Guardian)).one()
    consent = site.session.get_one(Consent, row.consent_id)
    assert (consent.client_id, row.relation) == (site.registration.client_id, "mother")
    assert "王芳".encode() not in row.name_sealed
    kept = withdrawals.kept(site.session, site.registration.client_id)
    assert kept
    assert kept.guardian == "王芳"
