"""`portal api listen` and `portal api trigger`: an agency's engineer receives events on his own machine.

Both ask a running portal by its API, as the agency's own system would: they work from behind any router, and need
neither the portal's settings nor its database.
"""

import json
import time
import uuid
from collections.abc import Mapping
from typing import Any

import click
import httpx

from ..clock import now
from ..rules.webhooks import signing
from ..rules.webhooks.signing import Message

PAUSE_SECONDS = 2.0
"""Between two questions; the interface allows far more."""
_PORTAL = "http://127.0.0.1:8000"
_WAIT_SECONDS = 30.0

portal_option = click.option(
    "--portal", default=_PORTAL, show_default=True, metavar="URL", help="The portal's address."
)
key_option = click.option(
    "--key", required=True, envvar="PORTAL_API_KEY", metavar="KEY", help="A key of the agency; or PORTAL_API_KEY."
)


@click.command()
@click.option("--forward-to", required=True, metavar="URL", help="Where to, such as http://127.0.0.1:9000/hook.")
@key_option
@portal_option
@click.option("--secret", metavar="whsec_…", help="Signs what is sent; without it one is made and shown.")
@click.option(
    "--after", type=click.IntRange(0), metavar="N", help="Begin behind this number; without it, with what comes."
)
def listen(forward_to: str, key: str, portal: str, secret: str | None, after: int | None) -> None:
    """Ask for events, and send each on, signed as a webhook is. Needs a key with the scope events:read.

    Ctrl-C ends it. What is not answered with a yes is said, and the next one follows: it stands in the stream still.
    """
    chosen = signing.checked_secret(secret) if secret else signing.new_secret()
    with httpx.Client(timeout=_WAIT_SECONDS, follow_redirects=False) as http:
        api = _Api(http, portal, key)
        latest = after if after is not None else _end_of(api)
        click.echo(f"Secret: {chosen}")
        click.echo(f"Listening behind number {latest}. Ctrl-C ends it.")
        while True:
            latest = _forward_all(api, http, forward_to, chosen, latest)
            time.sleep(PAUSE_SECONDS)


@click.command()
@click.argument("event")
@key_option
@portal_option
def trigger(event: str, key: str, portal: str) -> None:
    """Let an event of the type EVENT, such as statement_issued, happen in the sandbox of a test key."""
    with httpx.Client(timeout=_WAIT_SECONDS, follow_redirects=False) as http:
        _Api(http, portal, key).trigger(event, str(uuid.uuid4()))
    click.echo(f"{event} happened in the sandbox.")


class _Api:
    """The portal's API, asked with a key."""

    def __init__(self, http: httpx.Client, portal: str, key: str) -> None:
        self._http = http
        self._base = f"{portal.rstrip('/')}/api/v1"
        self._headers = {"Authorization": f"Bearer {key}", "Accept-Language": "en"}

    def events(self, after: int) -> tuple[list[Mapping[str, Any]], int]:
        """The events behind a number, and the number to go on from."""
        answer = self._asked("GET", "/events", params={"after": after})
        return answer["items"], answer["latest"]

    def trigger(self, kind: str, once: str) -> Mapping[str, Any]:
        """Have an event of this kind happen in the sandbox."""
        said: Mapping[str, Any] = self._asked("POST", "/events", json={"type": kind}, headers={"Idempotency-Key": once})
        return said

    def _asked(self, method: str, path: str, **given: Any) -> Any:
        headers = self._headers | given.pop("headers", {})
        try:
            answer = self._http.request(method, f"{self._base}{path}", headers=headers, **given)
            said = answer.json()
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            why = f"{self._base} gave no answer that can be read: {type(error).__name__}"
            raise click.ClickException(why) from error
        if answer.status_code >= 400:
            raise click.ClickException(f"the portal says no ({said.get('code')}): {said.get('detail')}")
        return said


def _end_of(api: _Api) -> int:
    """The number of the last event that there is."""
    latest = 0
    while True:
        items, latest = api.events(latest)
        if not items:
            return latest


def _forward_all(api: _Api, http: httpx.Client, address: str, secret: str, after: int) -> int:
    """Send on what there is behind a number; the number of the last one."""
    while True:
        items, latest = api.events(after)
        if not items:
            return after
        for event in items:
            click.echo(f"{event['sequence']}\t{event['type']}\t{_forward(http, address, secret, event)}")
        after = latest


def _forward(http: httpx.Client, address: str, secret: str, event: Mapping[str, Any]) -> str:
    """Send one event on; what was answered."""
    body = json.dumps(event, ensure_ascii=False, separators=(",", ":"))
    headers = signing.headers(Message(str(event["id"]), now(), body), [secret])
    try:
        answer = http.post(address, content=body.encode(), headers={**headers, "content-type": "application/json"})
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return f"not sent ({type(error).__name__})"
    return str(answer.status_code)
