"""Answers as former versions of the interface knew them, and how today's are led back to them."""

from ..fields import Problem, Shown
from ..versions import Former
from .registrations import RegistrationShown


class ItemProblem(Shown):
    """Why one of several was not taken in."""

    code: str
    detail: str
    field: str | None


class BatchItem(Shown):
    """What became of one of several: a registration, or why there is none."""

    registration: RegistrationShown | None
    problem: ItemProblem | None


class BatchShown(Shown):
    """In the order in which they were sent."""

    items: list[BatchItem]


def batch(answer: Shown) -> BatchShown:
    """Until 2026-12-02 one of several was refused by a code, a sentence and the name of its field."""
    items = answer.items  # type: ignore[attr-defined]  # of the operation beside which it is declared
    return BatchShown(items=[BatchItem(registration=one.registration, problem=_problem(one.problem)) for one in items])


def _problem(said: Problem | None) -> ItemProblem | None:
    if said is None:
        return None
    field = said.errors[0].pointer.removeprefix("/") if said.errors else None
    return ItemProblem(code=said.code, detail=said.detail, field=field)


BATCH = (Former("2026-12-02", BatchShown, batch),)
