"""What a carer says to a client: the library's text for a step, with what is known of him filled in."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from ...access.actor import Actor
from ...models import CareFile, Deal, Person
from ...rules.care.due import KEEP_IN_TOUCH
from ...rules.care.plan import Channel, Step
from ...rules.care_texts.text import Filled, Variable, fill, script
from ...session import Session
from ..care_texts import lists
from ..care_texts.library import Entry, library
from . import files, scope

_HOME: Mapping[str, str] = {"zh": "心仪户型", "en": "the home you like"}
"""Of whose home nothing is known yet."""


TOUR = "virtual_tour"
"""The step whose text leads to the virtual tour: each client gets a link of his own there."""


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who speaks to a client, in the language that he speaks. `tour`: the client's own link to the virtual tour."""

    person: Person
    language: str = "zh"
    tour: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """The text for WeChat or a text message; or the lines of a call."""

    text: str
    script: tuple[str, ...] = ()


def text_for(
    session: Session,
    file: CareFile,
    speaker: Speaker,
    *,
    channel: Channel,
    step: Step | None,
    code: str = KEEP_IN_TOUCH,
) -> Said:
    """What to say to this client for a step of the plan, or for what follows from rhythms and silence (`code`): the
    library's text. Where it has none for this way, a plain one."""
    entry = _entry(session, file, channel, step, code)
    if entry is None:
        return _plain(session, file, speaker.person, channel, step, speaker.language)
    own = speaker.tour if entry.text.step == TOUR else ""
    said = filled_by(session, speaker.person, entry.text.words(speaker.language), file, speaker.language, own).words
    return Said("", tuple(script(said))) if channel is Channel.CALL else Said(said)


def _entry(session: Session, file: CareFile, channel: Channel, step: Step | None, code: str) -> Entry | None:
    """A call wants a script, and nothing else does."""
    held = library(session)
    wanted = ((step.code, step.stage),) if step is not None else ((code, None), (KEEP_IN_TOUCH, None))
    for name, stage in wanted:
        entry = held.for_step(name, stage, channel, file.development_id)
        if entry is not None and (entry.text.channel is Channel.CALL) is (channel is Channel.CALL):
            return entry
    return None


def _plain(session: Session, file: CareFile, carer: Person, channel: Channel, step: Step | None, language: str) -> Said:
    name, place = files.name_of(session, file), file.development.name
    if language == "en":
        return _plain_english(name, place, carer, channel, step)
    about = step.zh if step is not None else "最近的进展"
    if channel is Channel.CALL:
        return Said(
            "",
            (
                f"{name}您好，我是{place}的{carer.name}，现在方便说两分钟吗？",
                f"想跟您说一下：{about}。",
                "您看哪天方便，我再跟您约个时间？",
            ),
        )
    return Said(f"{name}您好，我是{place}的{carer.name}。{about}，您方便时回我一声就好。")


def _plain_english(name: str, place: str, carer: Person, channel: Channel, step: Step | None) -> Said:
    about = step.en if step is not None else "what has happened lately"
    if channel is Channel.CALL:
        return Said(
            "",
            (
                f"Hello {name}, this is {carer.name} from {place}. Do you have two minutes?",
                f"It is about this: {about}.",
                "Which day would suit you for another talk?",
            ),
        )
    return Said(f"Hello {name}, this is {carer.name} from {place}. {about}: write back whenever you have a moment.")


# Filled in


def filled(session: Session, actor: Actor, said: str, file: CareFile | None, language: str) -> Filled:
    """A text as it reads for a client, from whoever cares for him; without one, with its variables by their names."""
    return fill(said, {}, language) if file is None else filler(session, actor, file, language)(said)


def filler(session: Session, actor: Actor, file: CareFile, language: str) -> Callable[[str], Filled]:
    """What makes a text read for a client: what stands in it is asked once, for however many texts."""
    carer = files.carer(session, file) or session.get_one(Person, actor.id)
    values = _values(session, carer, file, language)
    return lambda said: fill(said, values, language)


def filled_by(
    session: Session, carer: Person, said: str, file: CareFile, language: str = "zh", own_link: str = ""
) -> Filled:
    """A text as it reads for a client from this carer. `own_link` stands where the development's link would."""
    return fill(said, _values(session, carer, file, language, own_link), language)


def _values(session: Session, carer: Person, file: CareFile, language: str, own_link: str = "") -> dict[Variable, str]:
    link = lists.links(session).get(file.development_id, "")
    return {
        Variable.CLIENT: files.name_of(session, file),
        Variable.DEVELOPMENT: file.development.name,
        Variable.ROOMS: _unit(session, file) or _HOME["en" if language == "en" else "zh"],
        Variable.CONSULTANT: carer.name,
        Variable.LINK: own_link if link and own_link else link,
    }


def client_name(session: Session, file: CareFile) -> str:
    """How a client is addressed: as his carer wrote the name down."""
    return files.name_of(session, file)


def client_names(session: Session, rows: Collection[CareFile]) -> dict[int, str]:
    """The same of several files, by their ids."""
    return {row.id: files.name_of(session, row) for row in rows}


def carer_names(session: Session, rows: Collection[CareFile]) -> dict[int, str]:
    """In whose care several files are, by their ids."""
    return {key: person.name for key, person in files.carers_of(session, rows).items()}


def newest_files(session: Session, actor: Actor, most: int) -> Sequence[CareFile]:
    """The newest files that the actor may see: to show a text with."""
    stmt = scope.care_files(session, actor).options(joinedload(CareFile.development))
    return session.scalars(stmt.order_by(CareFile.id.desc()).limit(most)).all()


def file_of(session: Session, actor: Actor, file_id: int) -> CareFile | None:
    """The file if the actor may see it."""
    return scope.find(session, actor, file_id)


def files_by_id(session: Session, actor: Actor, keys: Collection[int]) -> dict[int, CareFile]:
    """Those of these files that the actor may see."""
    stmt = scope.care_files(session, actor).where(CareFile.id.in_(keys)).options(joinedload(CareFile.development))
    return {row.id: row for row in session.scalars(stmt)}


def _unit(session: Session, file: CareFile) -> str | None:
    """What the client has bought, the newest."""
    same = Deal.development_id == file.development_id, Deal.client_id == file.client_id, Deal.cancelled_at.is_(None)
    return session.scalar(select(Deal.unit).where(*same).order_by(Deal.id.desc()).limit(1))
