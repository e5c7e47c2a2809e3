"""What a carer says to a client for a step: a text to copy or send, and three lines for a call."""

from dataclasses import dataclass

from ...models import CareFile, Person
from ...rules.care.plan import Channel, Step
from ...session import Session
from . import files


@dataclass(frozen=True, slots=True)
class Said:
    """The text for WeChat or a text message; or the lines of a call."""

    text: str
    script: tuple[str, ...] = ()


def text_for(session: Session, file: CareFile, carer: Person, *, channel: Channel, step: Step | None) -> Said:
    """What to say to this client for a step of the plan, or to keep in touch; in the client's language, Chinese."""
    name, place = files.name_of(session, file), file.development.name
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
