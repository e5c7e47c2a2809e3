"""What staff may write down of a lead: what was said, and the next step, which is whole or not there."""

from datetime import date

from commissions.refusal import Refusal


def check(text: str, step: str, step_by: int | None, due_on: date | None, *, over: bool, today: date) -> None:
    """Refuse a note that says nothing or half a step.

    A next step says what, who and by when: lead_step_incomplete (with the `field` that is missing), lead_step_past (the
    day has been). A note says something: lead_note_empty, unless the step so far is `over`.
    """
    if step or due_on is not None:
        for field, given in (("step", step), ("step_by", step_by), ("due_on", due_on)):
            if not given:
                raise Refusal("lead_step_incomplete", field=field)
    if due_on is not None and due_on < today:
        raise Refusal("lead_step_past", field="due_on")
    if not (text or step or over):
        raise Refusal("lead_note_empty", field="text")
