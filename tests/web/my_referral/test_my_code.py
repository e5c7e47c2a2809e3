"""The referrer's own page about the code: the name that friends read behind the poster."""

from collections.abc import Callable

from portal.db import Database
from portal.models import Person, Role
from tests import factories as make
from tests.web.client import PageClient


def test_the_referrer_lets_the_own_name_stand_where_friends_read_who_invites(
    signed_in: Callable[[Person], PageClient], store: Database, client: PageClient
) -> None:
    with store.transaction() as session:
        person = make.person(session, Role.REFERRER, name="蒋思远")
        code = make.referrer(session, person=person).code
    assert "蒋**" in client.get("landing.show", code=code).main
    mine = signed_in(person).get("my_code.show")
    assert mine.texts("#shown_name .option") == ["蒋**", "蒋思远"]
    form = "form[action$='/name']"
    assert mine.submit({"shown_name": "蒋思远"}, form=form).all(".notice")
    page = client.get("landing.show", code=code)
    assert "蒋思远" in page.main
    assert "蒋**" not in page.html
