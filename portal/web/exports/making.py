"""How the worker has a list made into a file: its own page is asked, as its owner, with the rights of this moment.

So whose rows they are, what is masked, who may and what is written down stays one: nothing here knows of any list.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, cast

from flask import Flask, g, session
from flask_login import UserMixin
from werkzeug.routing import BuildError
from werkzeug.wrappers import Response

from ...models import Person, ScheduleEnd
from ...services.exports.worker import HeldBack, Made, NotMade, Order
from ..edge import db
from .lists import ending_of

_ENDS = {403: ScheduleEnd.NO_RIGHT, 404: ScheduleEnd.GONE}


class ForOwner(UserMixin):
    """The owner of a schedule, as flask-login sees who is signed in: for this one request, and by no sign-in."""

    def __init__(self, person: Person) -> None:
        self.person = person

    def get_id(self) -> str:
        """Nobody's sign-in: no limit and no cookie takes it for one."""
        return f"schedule of {self.person.id}"


@contextmanager
def made(app: Flask, order: Order) -> Iterator[Made]:
    """The file. Raises NotMade, HeldBack, and whatever breaks."""
    with app.test_request_context(_path(app, order), base_url="http://localhost"):
        person = db().get(Person, order.person_id)
        if person is None or not person.active:
            raise NotMade(ScheduleEnd.LEFT)
        role = person.role
        g._login_user = ForOwner(person)  # flask-login's
        g.export_schedule = order.schedule_id
        session["locale"] = order.locale
        response = app.full_dispatch_request()
        _check(response)
        try:
            yield Made(_content(response), g.exported_rows, role)
        finally:
            response.close()


def _path(app: Flask, order: Order) -> str:
    if order.endpoint not in app.view_functions:
        raise NotMade(ScheduleEnd.GONE)
    with app.app_context():
        arguments = {**order.arguments, ending_of(order.endpoint): order.format}
    try:
        return app.url_map.bind("localhost").build(order.endpoint, {**order.filters, **arguments})
    except BuildError as error:
        raise NotMade(ScheduleEnd.GONE) from error


def _check(response: Response) -> None:
    status = response.status_code
    if status in _ENDS:
        raise NotMade(_ENDS[status])
    if 300 <= status < 400:  # the guard sends who must do something first there
        raise HeldBack
    if status != 200:
        raise RuntimeError(f"a list answered {status}")


def _content(response: Response) -> IO[bytes]:
    """The file that `lists.exports` wrote, at its beginning."""
    wrapper = response.response
    return cast(IO[bytes], getattr(wrapper, "file", wrapper))
