"""How the worker has a list made into a file: its own page is asked, as its owner, with the rights of this moment.

So whose rows they are, what is masked, who may and what is written down stays one: nothing here knows of any list.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import IO, cast

from flask import Flask, g, session
from flask_login import UserMixin
from werkzeug.exceptions import HTTPException
from werkzeug.routing import BuildError
from werkzeug.wrappers import Response

from ...models import Person, ScheduleEnd
from ...services.exports.worker import HeldBack, Made, NotMade, Order
from ..edge import db
from .lists import ending_of

_ENDS: Mapping[int | None, ScheduleEnd] = {403: ScheduleEnd.NO_RIGHT, 404: ScheduleEnd.GONE}
_REDIRECTS = range(300, 400)


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
        response = _answer(app)
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


def _answer(app: Flask) -> Response:
    """What the list's view answers, behind the guard; nobody reads a page that says why it does not."""
    try:
        answer = app.preprocess_request() or app.dispatch_request()
    except HTTPException as error:
        if error.code in _ENDS:
            raise NotMade(_ENDS[error.code]) from error
        raise
    response = app.process_response(app.make_response(answer))
    if response.status_code in _REDIRECTS:  # the guard sends who must do something first to where he can
        raise HeldBack
    return response


def _content(response: Response) -> IO[bytes]:
    """The file that `lists.exports` wrote, at its beginning."""
    wrapper = response.response
    return cast(IO[bytes], getattr(wrapper, "file", wrapper))
