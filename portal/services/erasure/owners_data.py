"""What owners told after the handover, and what was said of their complaints: it goes on request, at once. That there
was a survey or a complaint, and when it was answered, stays."""

from collections.abc import Iterator

from sqlalchemy import func, select

from ...models import CareFile, Complaint, ComplaintStep, ComplaintWords, OwnerFile, Survey, SurveyAnswer
from .parts import Part, What


def parts(client_id: int) -> Iterator[Part]:
    """The words of a client's owner's files, surveys and complaints."""
    files = select(CareFile.id).where(CareFile.client_id == client_id)
    owners = select(OwnerFile.id).where(OwnerFile.file_id.in_(files))
    for name in ("family_sealed", "hobbies_sealed"):
        column = getattr(OwnerFile, name)
        yield Part(What.NOTES, OwnerFile, (OwnerFile.id.in_(owners), func.length(column) > 0), {name: None})
    surveys = select(Survey.id).where(Survey.owner_id.in_(owners))
    yield Part(
        What.NOTES,
        SurveyAnswer,
        (SurveyAnswer.survey_id.in_(surveys), func.length(SurveyAnswer.words_sealed) > 0),
        {"words_sealed": None},
    )
    steps = select(ComplaintStep.id).join(Complaint).where(Complaint.owner_id.in_(owners))
    yield Part(
        What.NOTES,
        ComplaintWords,
        (ComplaintWords.step_id.in_(steps), func.length(ComplaintWords.text_sealed) > 0),
        {"text_sealed": None},
    )
