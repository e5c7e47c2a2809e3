"""What a page test needs: a client that lints, people who are signed in, and the rows behind the pages."""

from collections.abc import Callable

import pytest
from flask import Flask

from portal.db import Database
from portal.models import Person
from tests.web.client import PageClient


@pytest.fixture
def client(app: Flask) -> PageClient:
    """A visitor who reads Chinese and has not signed in."""
    return PageClient(app)


@pytest.fixture
def signed_in(app: Flask) -> Callable[[Person], PageClient]:
    """Makes a signed-in client of a person; several people can be at work at once."""
    return lambda person: PageClient(app).sign_in(person)


@pytest.fixture
def store(app: Flask) -> Database:
    """The database behind the pages: make rows with `store.transaction()`, look with `store.reading()`."""
    opened: Database = app.extensions["database"]
    return opened
