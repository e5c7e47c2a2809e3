"""From a photo's bytes to the verdict, stage by stage, against face_recognition's defaults on the same photos.

Both get the same JPEGs of broker and client side by side and one photo in which the broker enrolled; both use one
thread. Theirs is the whole of what that package does: decode, find (HOG, upsampled once), encode (5 points, ResNet),
compare with the enrolled face. Ours does more in the same stages: taking in also refuses bombs, turns upright,
re-encodes without metadata and makes two hashes; encoding also measures quality; judging reads consents, earlier
photos and other people's faces from a database, and applies every rule.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO
from itertools import cycle, islice
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from sqlalchemy.orm import Session

from portal.access.actor import Actor
from portal.adapters.faces import load_engine
from portal.adapters.faces.engine import Engine, Template
from portal.adapters.faces.people import foreground
from portal.adapters.faces.yunet import YuNet
from portal.adapters.images import photos
from portal.config import Config, new_secrets
from portal.db import Database, migrate
from portal.models import Touch
from portal.rules.privacy.consent import Purpose
from portal.rules.showings import checkin
from portal.services.faces import evidence
from portal.services.faces import faces as face_service
from portal.services.faces.challenges import Answer, Capture
from portal.services.faces.encryption import open_template
from portal.services.faces.evidence import Place
from tests import factories as make
from tests.benchmarks import face_recognition
from tests.benchmarks.measure import Effort, Laps, Row, in_turn, row
from tests.photos import jpeg, people, photo, two_people

SIZES = ((640, 480), (1920, 1080))
ENROLLED = "obama2"
SHOWINGS = (("obama", "biden"), ("obama3", "astronaut"))
STAGES = {
    "take in": "load_image_file",
    "detect": "face_locations",
    "encode": "face_encodings",
    "judge": "compare_faces",
    "whole": "the four together",
}
NOW = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)
Spent = dict[str, float]


def measure(effort: Effort) -> Iterator[Row]:
    """Every stage at both sizes; milliseconds a photo with two faces."""
    theirs = Theirs()
    with _ours() as ours:
        for size in SIZES:
            given = in_turn(
                effort,
                {
                    "ours": lambda: ours.look(_photos(size, effort)),  # noqa: B023 - used up here
                    "theirs": lambda: theirs.look(_photos(size, effort)),  # noqa: B023
                },
            )
            for stage, peer in STAGES.items():
                yield row(
                    f"photo {size[0]}×{size[1]}: {stage}",
                    "ms",
                    [spent[stage] for spent in given["ours"]],
                    f"face_recognition 1.3.0 {peer}",
                    [spent[stage] for spent in given["theirs"]],
                )


@dataclass(frozen=True, slots=True)
class Ours:
    """The portal's own way, with a broker who enrolled and a client who consented."""

    engine: Engine
    detector: YuNet
    session: Session
    touch: Touch
    enrolled: Template

    def look(self, data: Sequence[bytes]) -> Spent:
        """Milliseconds a photo by stage."""
        laps = Laps()
        for one in data:
            self._look(one, laps)
        analysed, detected = laps.seconds["analyse"], laps.seconds["detect"]
        whole = sum(laps.seconds.values()) - detected  # detecting was done twice: alone, and inside analysing
        return _each(laps.seconds | {"encode": analysed - detected, "whole": whole}, len(data))

    def _look(self, data: bytes, laps: Laps) -> None:
        with laps.lap("take in"):
            taken = photos.take_in(data, max_side=face_service.MAX_SIDE)
        with laps.lap("detect"):
            self.detector.detect(taken.rgb)
        with laps.lap("analyse"):
            shot = face_service.Shot(taken, tuple(foreground(self.engine.analyse(taken.rgb))))
        with laps.lap("judge"):
            verdict = self._judge(shot)
        assert verdict.outcome is checkin.Outcome.VERIFIED, verdict

    def _judge(self, shot: face_service.Shot) -> checkin.Verdict:
        self.session.expire_all()  # a request finds nothing loaded
        site = self.touch.development
        found, _sides = evidence.by_face(
            self.session,
            NOW,
            self.engine,
            evidence.Photographed(
                touch=self.touch,
                capture=Capture(shot),
                enrolled=self.enrolled,
                answer=Answer(answered=True, issued_at=NOW - timedelta(seconds=5), arrived_at=NOW),
                place=Place(site.latitude, site.longitude),
                witnessed=True,
            ),
        )
        return checkin.judge(found, evidence.policy_for(site, self.engine))


class Theirs:
    """The peer with its defaults."""

    def __init__(self) -> None:
        self._peer = face_recognition.load()
        image = self._peer.load_image_file(photo(ENROLLED))
        (self._enrolled,) = self._peer.face_encodings(image)

    def look(self, data: Sequence[bytes]) -> Spent:
        """Milliseconds a photo by stage."""
        laps = Laps()
        for one in data:
            self._look(one, laps)
        return _each(laps.seconds | {"whole": sum(laps.seconds.values())}, len(data))

    def _look(self, data: bytes, laps: Laps) -> None:
        with laps.lap("take in"):
            image = self._peer.load_image_file(BytesIO(data))
        with laps.lap("detect"):
            places = self._peer.face_locations(image)
        with laps.lap("encode"):
            encodings = self._peer.face_encodings(image, places)
        with laps.lap("judge"):
            same = self._peer.compare_faces(np.array(encodings), self._enrolled)
        assert sorted(same) == [False, True], "broker and client"


def _photos(size: tuple[int, int], effort: Effort) -> list[bytes]:
    return [jpeg(two_people(*showing, size)) for showing in islice(cycle(SHOWINGS), effort.photos)]


def _each(spent: Spent, photos_seen: int) -> Spent:
    return {stage: spent[stage] * 1000 / photos_seen for stage in STAGES}


@contextmanager
def _ours() -> Iterator[Ours]:
    engine = load_engine()
    with ExitStack() as resources:
        folder = resources.enter_context(TemporaryDirectory(prefix="portal-bench-"))
        config = Config(data_dir=Path(folder), **new_secrets())
        migrate(config.url)
        database = Database(config.url, config.vault(), config.signer())
        resources.callback(database.dispose)
        with database.transaction() as session:
            touch = make.touch(session, at=NOW - timedelta(days=1))
            enrolled = _enrol(session, engine, touch)
        session = resources.enter_context(database.reading())
        yield Ours(engine, YuNet(), session, session.get_one(Touch, touch.id), enrolled)


def _enrol(session: Session, engine: Engine, touch: Touch) -> Template:
    """The broker's face is enrolled under consent, and the client's consent is on record."""
    earlier, broker = NOW - timedelta(hours=1), Actor.of(touch.person)
    shot = face_service.look(engine, jpeg(people(ENROLLED)))
    row = face_service.enrol(session, broker, earlier, engine=engine, shot=shot, consent=True, locale="en")
    face_service.give_consent(session, broker, earlier, Purpose.FACE_CLIENT, client_id=touch.client_id, locale="en")
    assert row.vector_sealed is not None
    return open_template(session, row.vector_sealed)
