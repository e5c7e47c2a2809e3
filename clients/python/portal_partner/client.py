"""The client: a method an operation, named as people say it. Lists are iterators; what goes wrong is raised."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from . import models as m
from .transport import Files, Transport


class Client(Transport):
    """An agency's system at the portal: `Client("pk_test_…", "https://portal.example.com")`.

    Every deed takes `again`, an idempotency key of your own: the same record sent twice is then done once, also after a
    restart. Without it each call has a new one, and retries keep it.
    """

    # What may be sold

    def developments(self) -> Iterator[m.Development]:
        """The developments that the agency has agreements for."""
        return self.pages("/developments")

    def brokers(self) -> Iterator[m.Broker]:
        """The agency's brokers and principals."""
        return self.pages("/brokers")

    def open_broker(self, name: str, phone: str, *, again: str | None = None) -> m.Broker:
        """Open an account for a broker."""
        return cast(m.Broker, self.post("/brokers", {"name": name, "phone": phone}, again=again))

    def close_broker(self, broker: str, *, again: str | None = None) -> m.Broker:
        """Close a broker's account."""
        return cast(m.Broker, self.post(f"/brokers/{broker}/deactivate", again=again))

    def agreements(self, *, expand: str | None = None) -> Iterator[Any]:
        """The agency's agreements; `expand` may name `development` and `plan`."""
        return self.pages("/agreements", expand=expand)

    def plans(self) -> Iterator[Any]:
        """The commission plans that the agency is paid by."""
        return self.pages("/plans")

    # Registrations

    def register(
        self,
        development: str,
        phone: str,
        name: str,
        *,
        broker: str | None = None,
        happened_at: datetime | None = None,
        again: str | None = None,
    ) -> m.Registration:
        """Register a client. A refusal by the rules is an outcome of it: look at `outcome` and `code`."""
        said = happened_at.isoformat() if happened_at else None
        asked = {"development": development, "phone": phone, "name": name, "broker": broker, "happened_at": said}
        return cast(m.Registration, self.post("/registrations", asked, again=again))

    def register_all(self, clients: Sequence[Mapping[str, Any]], *, again: str | None = None) -> list[m.BatchItem]:
        """Register up to a hundred clients, an outcome each."""
        told = self.post("/registrations/batch", {"registrations": list(clients)}, again=again)
        return cast(list[m.BatchItem], told["items"])

    def registrations(self, *, development: str | None = None, state: str | None = None) -> Iterator[m.Registration]:
        """The agency's registrations, newest first."""
        return self.pages("/registrations", development=development, state=state)

    def registration(self, registration: str, *, expand: str | None = None) -> m.Registration:
        """One of them with its receipt."""
        return cast(m.Registration, self.get(f"/registrations/{registration}", expand=expand))

    def complete_number(self, registration: str, phone: str, *, again: str | None = None) -> m.Registration:
        """Say the number of a masked registration in full."""
        return cast(m.Registration, self.post(f"/registrations/{registration}/number", {"phone": phone}, again=again))

    def release(self, registration: str, reason: str, *, again: str | None = None) -> m.Registration:
        """Give a client up."""
        path = f"/registrations/{registration}/release"
        return cast(m.Registration, self.post(path, {"reason": reason}, again=again))

    # Visits

    def slots(self, registration: str, *, day: str | None = None) -> m.Slots:
        """The free times for a client's visit."""
        return cast(m.Slots, self.get(f"/registrations/{registration}/slots", day=day))

    def book(self, registration: str, begins_at: str, *, visitors: int = 1, again: str | None = None) -> m.Visit:
        """Book a visit, or move the one that is booked."""
        asked = {"begins_at": begins_at, "visitors": visitors}
        return cast(m.Visit, self.post(f"/registrations/{registration}/visit", asked, again=again))

    def visit(self, registration: str) -> m.Visit:
        """The visit that is booked. Raises NotFound where none is."""
        return cast(m.Visit, self.get(f"/registrations/{registration}/visit"))

    def call_off(self, registration: str, *, again: str | None = None) -> m.Visit:
        """Call the visit off."""
        return cast(m.Visit, self.post(f"/registrations/{registration}/visit/cancel", again=again))

    def send_code(self, registration: str, *, again: str | None = None) -> m.CodeSent:
        """Text a code to the client at the site."""
        return cast(m.CodeSent, self.post(f"/registrations/{registration}/visit-code", again=again))

    def scan(self, registration: str, site_code: str, *, again: str | None = None) -> dict[str, str]:
        """Say that the broker is at the site, by the code on reception's tablet."""
        path = f"/registrations/{registration}/site-scan"
        return cast(dict[str, str], self.post(path, {"site_code": site_code}, again=again))

    def begin_capture(self, registration: str, *, again: str | None = None) -> m.Capture:
        """The word that photos answer, and the words that the client reads before he agrees."""
        return cast(m.Capture, self.post(f"/registrations/{registration}/capture", again=again))

    def turn(self, registration: str, nonce: str, sha256: str, *, again: str | None = None) -> str:
        """To which side the broker turns for the second photo: `left` or `right`."""
        path = f"/registrations/{registration}/capture/side"
        return str(self.post(path, {"nonce": nonce, "sha256": sha256}, again=again)["side"])

    def check_in(
        self, registration: str, way: str, *, photos: Files | None = None, again: str | None = None, **given: Any
    ) -> m.Showing:
        """Check in with a client: by `code`, at `reception`, or with photos by `face` (photo, turned, client_photo)."""
        asked = {"registration": registration, "way": way, **given}
        return cast(m.Showing, self.post("/showings", asked, files=photos, again=again))

    def showings(self, *, development: str | None = None, state: str | None = None) -> Iterator[m.Showing]:
        """The agency's showings, newest first."""
        return self.pages("/showings", development=development, state=state)

    def showing(self, showing: str, *, expand: str | None = None) -> m.Showing:
        """One of them with its verdict and reasons."""
        return cast(m.Showing, self.get(f"/showings/{showing}", expand=expand))

    # What is contested

    def object(
        self, registration: str, words: str, *, pictures: Sequence[bytes] = (), again: str | None = None
    ) -> m.Conflict:
        """Object to a refusal, or to whose a deal became."""
        files = [("pictures", one) for one in pictures] or None
        path = f"/registrations/{registration}/objection"
        return cast(m.Conflict, self.post(path, {"words": words}, files=files, again=again))

    def conflicts(self, *, state: str | None = None) -> Iterator[m.Conflict]:
        """The cases that the agency has part in."""
        return self.pages("/conflicts", state=state)

    def conflict(self, conflict: str) -> m.Conflict:
        """One case, and what was decided."""
        return cast(m.Conflict, self.get(f"/conflicts/{conflict}"))

    def ask_second_look(self, conflict: str, words: str, *, again: str | None = None) -> m.Conflict:
        """Ask once for another manager to look again."""
        return cast(m.Conflict, self.post(f"/conflicts/{conflict}/second-look", {"words": words}, again=again))

    def strikes(self) -> Iterator[m.Strike]:
        """The strikes of the agency's brokers."""
        return self.pages("/strikes")

    def strike(self, strike: str) -> m.Strike:
        """One of them."""
        return cast(m.Strike, self.get(f"/strikes/{strike}"))

    def appeal(self, strike: str, words: str, *, pictures: Sequence[bytes] = (), again: str | None = None) -> m.Appeal:
        """Appeal against a strike, in its broker's words."""
        files = [("pictures", one) for one in pictures] or None
        return cast(m.Appeal, self.post(f"/strikes/{strike}/appeal", {"words": words}, files=files, again=again))

    def appeals(self) -> Iterator[m.Appeal]:
        """How the appeals of the agency's brokers stand."""
        return self.pages("/appeals")

    # Money

    def deals(self, *, development: str | None = None, expand: str | None = None) -> Iterator[m.Deal]:
        """The agency's deals."""
        return self.pages("/deals", development=development, expand=expand)

    def deal(self, deal: str, *, expand: str | None = None) -> m.Deal:
        """One of them."""
        return cast(m.Deal, self.get(f"/deals/{deal}", expand=expand))

    def statements(self) -> Iterator[m.Statement]:
        """The agency's statements."""
        return self.pages("/statements")

    def statement(self, statement: str) -> m.Statement:
        """One of them."""
        return cast(m.Statement, self.get(f"/statements/{statement}"))

    def lines(self, statement: str) -> list[m.Line]:
        """The lines that a statement is made of."""
        return cast(list[m.Line], self.get(f"/statements/{statement}/lines")["items"])

    def accept(self, statement: str, *, again: str | None = None) -> m.Statement:
        """Agree to a statement."""
        return cast(m.Statement, self.post(f"/statements/{statement}/accept", again=again))

    def dispute(self, line: str, words: str, *, files: Sequence[bytes] = (), again: str | None = None) -> m.Dispute:
        """Contest a line of a statement."""
        parts = [("files", one) for one in files] or None
        return cast(m.Dispute, self.post(f"/lines/{line}/dispute", {"words": words}, files=parts, again=again))

    def disputes(self, *, state: str | None = None) -> Iterator[m.Dispute]:
        """The agency's disputes."""
        return self.pages("/disputes", state=state)

    def withdraw_dispute(self, dispute: str, *, again: str | None = None) -> m.Dispute:
        """Take a dispute back before it is answered."""
        return cast(m.Dispute, self.post(f"/disputes/{dispute}/withdraw", again=again))

    def send_invoice(
        self, statement: str, number: str, amount_fen: int, invoiced_on: str, pdf: bytes, *, again: str | None = None
    ) -> m.Invoice:
        """Send the invoice of a statement as a PDF."""
        asked = {"number": number, "amount_fen": amount_fen, "invoiced_on": invoiced_on}
        return cast(m.Invoice, self.post(f"/statements/{statement}/invoice", asked, files={"file": pdf}, again=again))

    def invoices(self, statement: str) -> list[m.Invoice]:
        """What was sent for a statement, the latest first."""
        return cast(list[m.Invoice], self.get(f"/statements/{statement}/invoices")["items"])

    def payouts(self, *, state: str | None = None) -> Iterator[m.Payout]:
        """The agency's payouts."""
        return self.pages("/payouts", state=state)

    # What happened

    def events(self, after: int = 0) -> Iterator[m.Event]:
        """What happened since a sequence number, in its order, up to now. Keep the last one's `sequence`."""
        while True:
            found = self.get("/events", after=after)
            yield from found["items"]
            if not found["items"]:
                return
            after = found["latest"]

    def trigger(self, kind: str, *, again: str | None = None) -> str:
        """Let an event of this type happen in the sandbox: in the stream, and at the test webhooks."""
        return str(self.post("/events", {"type": kind}, again=again)["type"])
