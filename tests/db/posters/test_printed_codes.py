"""What a poster says of its code: paper says in it that it is paper, and a code that was chosen is printed."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pypdfium2
import pytest
import zxingcpp
from sqlalchemy.orm import Session

from portal.adapters.storage.files import FolderFiles
from portal.models import Campaign
from portal.services.contacts import vault_of
from portal.services.posters import posters
from portal.services.posters.posters import PosterChoices, PosterSettings, PosterSpec
from tests import factories as make


@pytest.fixture
def order(session: Session, tmp_path: Path) -> PosterSpec:
    settings = PosterSettings(
        "https://portal.example.com", {"zh": "云栖置业", "en": "Cloudrest Homes"}, tmp_path / "designs"
    )
    files = FolderFiles(tmp_path / "files", vault_of(session))
    return posters.spec_of(settings, files, make.referrer(session), None, PosterChoices(design="column"))


def test_paper_says_in_its_code_that_it_is_paper(order: PosterSpec, now: datetime) -> None:
    (page,) = pypdfium2.PdfDocument(posters.pdf(order, now))
    assert zxingcpp.read_barcode(page.render(scale=2).to_pil()).text == f"{order.url}&c=print"
    assert zxingcpp.read_barcode(order.sheet.image()).text == order.url
    assert Campaign.PRINT.value == "print"


def test_a_code_that_was_chosen_is_printed_as_it_was_chosen(order: PosterSpec) -> None:
    own = replace(order, own_code="SUNSHINE")
    assert own.key != order.key
    said = " ".join(line.text for line in own.sheet.lines)
    assert "SUNSHINE" in said
    assert order.code[:4] not in said
    assert zxingcpp.read_barcode(own.sheet.image()).text == order.url, "the drawn one stays in the picture"
