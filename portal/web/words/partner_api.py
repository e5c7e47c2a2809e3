"""What goes wrong at the partner API, and with its keys, in words."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

from ...rules.partner_api.keys import Mode, Scope

SENTENCES: Mapping[str, Any] = {
    "api_key_needed": _l("Send the key of your agency as “Authorization: Bearer pk_…”."),
    "api_key_unknown": _l("There is no such key. Compare it with the one that was shown when it was made."),
    "api_key_revoked": _l("This key was revoked. Ask your agency's principal for another one."),
    "api_key_expired": _l("This key has ended. Ask your agency's principal for another one."),
    "api_key_without_principal": _l(
        "Nobody answers for your agency here any more, so its keys open nothing. Call the channel manager."
    ),
    "api_key_elsewhere": _l(
        "This key may not be used from %(address)s. Call from an address that it was made for, or ask your agency's "
        "principal for another one."
    ),
    "api_network_odd": _l(
        "%(network)s is no address. Enter one such as 203.0.113.7, or a network such as 203.0.113.0/24."
    ),
    "api_networks_many": _l("Enter at most %(most)s addresses or networks."),
    "api_scope_missing": _l(
        "This key was not made for %(scope)s. Ask your agency's principal for one that has this scope."
    ),
    "api_scope_unknown": _l("There is no scope %(scope)s. There are: %(known)s."),
    "api_scope_needed": _l("Choose at least one thing that the key may do."),
    "api_key_name_odd": _l("Give the key a name of at most %(most)s letters: the system that will hold it."),
    "api_key_name_taken": _l("Another key that is in use has this name. Choose another one, or revoke that key first."),
    "api_key_days_odd": _l("Enter a number of days from 1 to %(most)s, or leave it empty."),
    "api_keys_many": _l("Your agency has %(most)s keys in use, and that is the most. Revoke one first."),
    "api_not_found": _l("There is nothing at this address that your agency may see."),
    "api_method_not_allowed": _l("This address does not take this method. The header Allow says which it takes."),
    "api_body_too_large": _l("This is too large: JSON may have 1 MiB, and a form with files as much as on our pages."),
    "api_not_json": _l("Send JSON in UTF-8, with the header “Content-Type: application/json”."),
    "api_no_form": _l("Send a form with the file, with the header “Content-Type: multipart/form-data”."),
    "api_part_odd": _l("This part of the form is missing, or there is no such part, or it stands there too often."),
    "api_no_texts": _l("No text goes out from here. Check in at reception, or with photos."),
    "api_field_needed": _l("This is needed here."),
    "api_expand_unknown": _l("This cannot be shown in full here. There are: %(known)s."),
    "api_body_odd": _l("This is not JSON that can be read. Nothing was done."),
    "api_field_odd": _l("Some of what was sent is not what the document says; “errors” says which. Nothing was done."),
    "api_sandbox_only": _l("Only a test key may do this: it works in the sandbox."),
    "api_query_twice": _l("Each name behind the question mark may stand there once."),
    "api_query_unknown": _l("There is no filter “%(name)s” here."),
    "api_cursor_odd": _l("This is no cursor of ours. Use the “next_cursor” of the page before."),
    "api_reference_unknown": _l("There is nothing with this identifier that your agency may see."),
    "api_broker_unknown": _l("This is no open account of your agency."),
    "api_version_unknown": _l("There is no such version of the interface. There are: %(known)s."),
    "api_version_over": _l(
        "Version %(version)s was answered until %(ended)s. Send “Portal-Version: %(latest)s”, or have your agency's "
        "principal choose another version for the key."
    ),
    "api_version_not_open": _l("This version is not answered any more. Choose another one."),
    "api_version_same": _l("The key is answered in version %(version)s already."),
    "api_key_over": _l("This key opens nothing any more, so nothing of it can be changed."),
    "api_too_often": _l("You have asked too often. Go on in %(seconds)s seconds; “RateLimit” says what is left."),
    "api_fault": _l("Something went wrong on our side, and we have been told. Nothing was done."),
    "api_away": _l("We cannot work just now. Nothing was done; try again in a few seconds."),
    "idempotency_key_needed": _l(
        "Send a header “Idempotency-Key” with a value of your own, such as a UUID: then the request can be sent again "
        "without being done twice."
    ),
    "idempotency_key_odd": _l("An idempotency key has 1 to %(most)s printable ASCII characters."),
    "idempotency_key_reused": _l("Something else was sent under this idempotency key before. Choose a new one."),
    "idempotency_key_running": _l("The same request is being done at this moment. Send it again in a second."),
}

WEBHOOK_SENTENCES: Mapping[str, Any] = {
    "webhook_address_odd": _l(
        "This is no address that we can send to. Enter it whole, at most %(most)s characters, such as "
        "https://hooks.example.com/portal"
    ),
    "webhook_address_secret": _l("Leave name and password out of the address: the signature shows who sends."),
    "webhook_address_tls": _l("The address must begin with https://"),
    "webhook_address_port": _l("Port %(port)s is not one for this. Use 443, or one from 1024 on."),
    "webhook_address_private": _l("This address is not on the public internet. Enter the one that others reach."),
    "webhook_name_taken": _l("Another webhook of your agency has this name. Choose another one."),
    "webhooks_many": _l("Your agency has %(most)s webhooks, and that is the most. Delete one first."),
    "webhook_types_needed": _l("Tick at least one event, or choose everything."),
    "webhook_type_unknown": _l("There is no event %(type)s."),
    "webhook_deleted": _l("This webhook was deleted meanwhile."),
    "webhook_is_off": _l("This webhook is switched off. Switch it on first."),
    "webhook_is_on": _l("This webhook is switched on already."),
    "webhook_waits_already": _l("It is on its way already."),
    "webhook_nothing_since": _l("There is nothing from number %(sequence)s on that this webhook is told."),
    "webhook_secret_odd": _l("This is no secret of a webhook: one begins with whsec_."),
}

ACTIONS: Mapping[str, Any] = {
    "api_key_made": _l("Made an API key"),
    "api_key_revoked": _l("Revoked an API key"),
    "api_key_version_chosen": _l("Chose an API key's version"),
    "evidence_received": _l("Was told when a client was taken in elsewhere"),
    "webhook_made": _l("Made a webhook"),
    "webhook_changed": _l("Changed a webhook"),
    "webhook_renewed": _l("Gave a webhook another secret"),
    "webhook_disabled": _l("Switched a webhook off"),
    "webhook_enabled": _l("Switched a webhook on again"),
    "webhook_deleted": _l("Deleted a webhook"),
    "webhook_tried": _l("Sent a webhook a test"),
    "webhook_sent_again": _l("Sent a webhook's events again"),
}
"""What is done with keys and webhooks, as the audit log says it."""

FIELD_WORDS: Mapping[str, Any] = {
    "missing": _l("This is missing."),
    "extra_forbidden": _l("There is no such field here."),
    "string_too_short": _l("This is too short: at least %(least)s."),
    "string_too_long": _l("This is too long: at most %(most)s."),
    "not_a_line": _l("This must be one line of text."),
    "not_words": _l("These must be words: lines of text without control characters."),
    "not_an_instant": _l("This must be an instant with its offset, such as 2026-12-01T10:00:00+08:00."),
}
"""What can be wrong with a field, by what pydantic calls it; anything else is `FIELD_WRONG`."""

FIELD_WRONG = _l("This is not of the kind that the document says.")

SCOPES: Mapping[Scope, Any] = {
    Scope.DEVELOPMENTS_READ: _l("Read developments and agreements"),
    Scope.BROKERS_READ: _l("Read the list of brokers"),
    Scope.BROKERS_WRITE: _l("Open and close brokers' accounts"),
    Scope.REGISTRATIONS_READ: _l("Read registrations"),
    Scope.REGISTRATIONS_WRITE: _l("Register clients, and give them up"),
    Scope.SHOWINGS_READ: _l("Read visits: booked ones and showings"),
    Scope.SHOWINGS_WRITE: _l("Book visits, and check in"),
    Scope.CONFLICTS_READ: _l("Read conflicts over clients"),
    Scope.CONFLICTS_WRITE: _l("Object, and ask for a second look"),
    Scope.STRIKES_READ: _l("Read strikes, and how appeals stand"),
    Scope.STRIKES_WRITE: _l("Appeal against strikes"),
    Scope.DEALS_READ: _l("Read deals"),
    Scope.STATEMENTS_READ: _l("Read statements, invoices and disputes"),
    Scope.STATEMENTS_WRITE: _l("Agree to statements, dispute lines, send invoices"),
    Scope.PAYOUTS_READ: _l("Read payouts"),
    Scope.EVENTS_READ: _l("Read what happened"),
}
"""What a key may do, as its maker chooses it."""

MODES: Mapping[Mode, Any] = {
    Mode.TEST: _l("The sandbox: a small world of its own, new every day. Nothing in it is real."),
    Mode.LIVE: _l("What is real: clients are registered, and protected."),
}

VERSION_SAYS: Mapping[str, Any] = {
    "2026-12-01": _l("The first one."),
    "2026-12-02": _l(
        "Of several registrations sent at once, “problem” says what is wrong with one as any answer does (RFC 9457): "
        "“errors” with a pointer in the place of “field”."
    ),
}
"""What a version brought that could break a caller."""

PICTURES: Mapping[str, Any] = {
    "straight": _l("Broker and client: verified, with left or right as the second photo"),
    "left": _l("The second photo, where the side is left"),
    "right": _l("The second photo, where the side is right"),
    "broker_absent": _l("Somebody else in the broker's place: to be looked at"),
    "client_absent": _l("The broker alone: refused at once; with insist, to be looked at"),
    "no_face": _l("Nobody: refused at once; with insist, to be looked at"),
    "poor_quality": _l("Blurred: refused at once; with insist, to be looked at"),
    "client_is_broker": _l("The broker twice: rejected"),
    "client_is_partner": _l("A broker of another agency as the client: rejected"),
}
"""What the drawn pictures of the sandbox come to (`adapters.faces.drawn.Scene`)."""

TAGS: Mapping[str, Any] = {
    "developments": _l("Developments"),
    "brokers": _l("Brokers"),
    "registrations": _l("Registrations"),
    "visits": _l("Booked visits"),
    "showings": _l("Showings"),
    "conflicts": _l("Conflicts"),
    "strikes": _l("Strikes and appeals"),
    "deals": _l("Deals"),
    "statements": _l("Statements"),
    "invoices": _l("Invoices"),
    "disputes": _l("Disputes"),
    "payouts": _l("Payouts"),
    "events": _l("What the agency is told"),
}
"""What the operations are about."""
