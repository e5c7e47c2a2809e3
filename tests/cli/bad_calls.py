"""The table of bad calls: by command, what cannot do, and what is said of it. `test_bad_calls` makes them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from portal.config import SECRETS


@dataclass(frozen=True, slots=True)
class Call:
    """A call that cannot do: its words, its exit status, and a part of the line that says why.

    Words may name what `Place` has laid out, such as {text}. `environ` changes the settings.
    """

    words: str
    status: int
    said: str
    environ: Mapping[str, str] = field(default_factory=dict)


FOLDER = "is a directory"
NO_FILE = "does not exist"
NOT_READ = "Input/output error"
NO_TABLE = "This is not a file we can read"
NO_ROOM = "No space left on device"

CALLS: Mapping[str, Sequence[Call]] = {
    "api keys create": [
        Call("", 2, "Missing option '--agency'"),
        Call("--agency nobody's --name x --scope brokers:read", 1, "no agency of the name nobody's"),
        Call("--agency \udcff --name x --scope brokers:read", 2, "UTF-8"),
        Call("--agency x --name x --scope brokers:read --days many", 2, "many"),
        Call("--agency x --name x --scope everything", 1, "There is no scope everything"),
    ],
    "api keys list": [
        Call("extra", 2, "unexpected extra argument"),
        Call("--agency nobody's", 1, "no agency of the name nobody's"),
    ],
    "api keys revoke": [
        Call("", 2, "Missing argument"),
        Call("one", 2, "one"),
        Call("99", 1, "there is no key 99"),
    ],
    "api listen": [
        Call("", 2, "Missing option '--forward-to'"),
        Call("--forward-to http://127.0.0.1:9/ --key x --secret short", 1, "This is no secret of a webhook"),
        Call("--forward-to http://127.0.0.1:9/ --key x --after -1", 2, "-1"),
        Call("--forward-to http://127.0.0.1:9/ --key x --portal http://127.0.0.1:9", 1, "gave no answer"),
    ],
    "api trigger": [
        Call("", 2, "Missing argument"),
        Call("statement_issued --key x --portal http://127.0.0.1:9", 1, "gave no answer"),
    ],
    "backup": [
        Call("", 2, "Missing argument"),
        Call("{text}/portal.tar.gz", 1, "text"),
        Call("/dev/null/portal.tar.gz", 1, "/dev/null"),
        Call("/proc/portal.tar.gz", 1, "/proc"),
    ],
    "bank answer": [
        Call("", 2, "Missing argument"),
        Call("{missing}", 2, NO_FILE),
        Call("{folder}", 2, FOLDER),
        Call("{unread}", 1, NOT_READ),
        Call("{empty}", 2, "empty: "),
        Call("{text}", 2, "text: "),
        Call("{zip}", 2, "zip: "),
        Call("{text} --output {folder}", 2, FOLDER),
    ],
    "bank verify": [
        Call("{missing}", 2, NO_FILE),
        Call("{folder}", 2, FOLDER),
        Call("{unread}", 1, NOT_READ),
        Call("{empty}", 2, "empty: "),
        Call("{text}", 2, "text: "),
        Call("{zip}", 2, "zip: "),
    ],
    "clock confirm": [Call("extra", 2, "unexpected extra argument")],
    "clock show": [Call("extra", 2, "unexpected extra argument")],
    "close": [
        Call("--by 13900000004", 2, "Missing argument"),
        Call("2026-03", 2, "Missing option '--by'"),
        *(
            Call(f"{month} --by 13900000004", 2, "a month is written like 2026-03")
            for month in ("2026-3", "2026-13", "March", "0001-01", "9999-12", "1999-12", "2101-01", "２０２６-03")
        ),
        Call("2026-03 --by 12", 1, "phone"),
        Call("2026-03 --by 13900000009", 1, "nobody with this phone may close a month"),
    ],
    "demo": [
        Call("", 1, "production environment"),
        Call("--port 99999", 2, "99999"),
        Call("--port 0", 2, "0"),
        Call("--at 2026-11-30T23:59+08:00", 2, "--seed-only"),
        Call("--seed-only --at yesterday", 2, "no instant"),
        Call("--seed-only --at 2026-11-30T23:59", 2, "no offset"),
        Call("--seed-only --at 0001-01-01T00:00+08:00", 2, "too far away"),
        Call("--seed-only", 1, "secrets.json", {"PORTAL_ENV": "development", "PORTAL_DATA_DIR": "{folder}/broken"}),
        Call("--port {taken}", 1, "in use", {"PORTAL_ENV": "development"}),
    ],
    "designs": [Call("extra", 2, "unexpected extra argument")],
    "faces calibrate": [
        Call("{missing}", 2, NO_FILE),
        Call("{folder}", 2, FOLDER),
        Call("{unread}", 1, NOT_READ),
        Call("{empty}", 2, "empty: "),
        Call("{text}", 2, "text: "),
        Call("{zip}", 2, "zip: "),
        Call("{text} --models {text}", 2, "is a file"),
    ],
    "faces compare": [
        Call("{text}", 2, "Missing argument 'B'"),
        Call("{missing} {text}", 2, NO_FILE),
        Call("{text} {folder}", 2, FOLDER),
        Call("{text} {text}", 2, "text: "),
        Call("{text} {text} --models {folder}", 2, "folder"),
        Call("{text} {text} --engine unknown", 2, "unknown"),
    ],
    "faces index": [Call("", 1, "PostgreSQL"), Call("extra", 2, "unexpected extra argument")],
    "faces reenrol": [
        Call("--engine unknown", 2, "unknown"),
        Call("", 2, "missing", {"PORTAL_FACE_MODELS": "{missing}"}),
    ],
    "files verify": [
        Call("extra", 2, "unexpected extra argument"),
        Call("", 1, "bucket", {"PORTAL_FILES_URL": "s3://a/b", "AWS_ENDPOINT_URL": "nonsense"}),
    ],
    "care due": [
        Call("--at 2026-06-10T10:00:00Z {text}", 2, "Missing option '--plan'"),
        Call("--plan {text} {text}", 2, "Missing option '--at'"),
        Call("--plan {missing} {missing} --at 2026-06-10T10:00:00Z", 2, "missing"),
        Call("--plan {unread} {text} --at 2026-06-10T10:00:00Z", 2, "mem"),
        Call("--plan {zip} {text} --at 2026-06-10T10:00:00Z", 2, "zip"),
        Call("--plan {text} {text} --at 2026-06-10T10:00:00Z", 2, "text"),
        Call("--plan {empty} {empty} --at 2026-06-10", 2, "'--at'"),
    ],
    "care plan": [Call("extra", 2, "unexpected extra argument")],
    "health": [Call("extra", 2, "unexpected extra argument")],
    "import deals": [
        Call("{text}", 2, "Missing option '--by'"),
        Call("{missing} --by 13900000004", 2, NO_FILE),
        Call("{folder} --by 13900000004", 2, FOLDER),
        Call("{unread} --by 13900000004", 1, NOT_READ),
        Call("{empty} --by 13900000004", 2, "empty: "),
        Call("{text} --by 13900000004", 2, "text: "),
        Call("{zip} --by 13900000004", 2, "zip: "),
        Call("{deals} --by 12", 2, "phone"),
        Call("{deals} --by 13900000009", 1, "no active account"),
    ],
    "judge": [
        Call("{text}", 2, "Missing option '--profile'"),
        Call("--profile {text}", 2, "Missing argument"),
        Call("--profile {missing} {missing}", 2, "missing"),
        Call("--profile {folder} {folder}", 2, "folder"),
        Call("--profile {unread} {text}", 2, "mem"),
        Call("--profile {zip} {text}", 2, "zip"),
        Call("--profile {text} {text}", 2, "text"),
        Call("--profile {empty} {missing}", 2, "missing"),
        Call("--profile {empty} {empty}", 2, "empty"),
    ],
    "keys accept": [
        Call("", 2, "Missing argument"),
        Call("index_key", 2, "is not one of"),
    ],
    "keys list": [Call("extra", 2, "unexpected extra argument")],
    "keys retire": [Call("", 2, "Missing argument"), Call("nonsense", 1, "no data key of the name nonsense")],
    "keys rotate": [Call("extra", 2, "unexpected extra argument")],
    "keys rotate-index": [
        Call("extra", 2, "unexpected extra argument"),
        Call("", 1, "must hold the key in force and the new one"),
        Call("--proof", 1, "there is no proof"),
    ],
    "keys status": [Call("extra", 2, "unexpected extra argument")],
    "ledger verify": [Call("--holds", 2, "requires an argument"), Call("--holds nonsense", 1, "nonsense")],
    "measures": [
        Call("", 2, "Missing argument"),
        Call("2026-13", 2, "is no month"),
        Call("next", 2, "is no month"),
        Call("2026-11 --development nowhere", 1, "no development called nowhere"),
    ],
    "migrate": [
        Call("extra", 2, "unexpected extra argument"),
        Call("", 1, "9999", {"DATABASE_URL": "{newer_db}"}),
        Call("", 1, "text", {"PORTAL_DATA_DIR": "{text}/var", "DATABASE_URL": ""}),
    ],
    "poster": [
        Call("NOBODY", 2, "Missing option '--out'"),
        Call("NOBODY --out {folder}", 2, FOLDER),
        Call("NOBODY --out poster.gif", 2, ".png, .jpg or .pdf"),
        Call("NOBODY --out {folder}/x.png --lang fr", 2, "fr"),
        Call("NOBODY --out {folder}/x.png", 1, "referral code"),
    ],
    "privacy ask": [
        Call("", 2, "Missing argument"),
        Call("13912345678", 2, "Missing option '--papers'"),
        Call("12 --papers", 1, "number"),
        Call("13912345678 --papers", 1, "nothing is stored under this number"),
    ],
    "privacy list": [Call("extra", 2, "unexpected extra argument")],
    "privacy proof": [Call("", 2, "Missing argument"), Call("0", 2, "0"), Call("99", 1, "there is no request 99")],
    "privacy sweep": [Call("extra", 2, "unexpected extra argument")],
    "reporting grant": [
        Call("extra", 2, "unexpected extra argument"),
        Call("", 1, "SQLite has no roles"),
    ],
    "restore": [
        Call("", 2, "Missing argument"),
        Call("{missing}", 2, NO_FILE),
        Call("{folder}", 2, FOLDER),
        *(Call(file, 1, "is not restored") for file in ("{unread}", "{empty}", "{text}", "{zip}")),
        Call("{text}", 1, "text", {"PORTAL_DATA_DIR": "{text}/var"}),
    ],
    "run": [
        Call("--port 99999", 2, "99999"),
        Call("--port 0", 2, "0"),
        Call("--port http", 2, "http"),
        Call("", 1, "pgvector", {"PORTAL_FACE_INDEX": "pgvector"}),
    ],
    "secrets": [
        Call("{text}", 1, "is there already"),
        Call("{folder}", 2, FOLDER),
        Call("{missing}/portal.env", 1, "No such file or directory"),
    ],
    "simulate": [
        Call("", 2, "Missing option '--plan'"),
        Call("--plan {missing} --deals {missing}", 2, "missing"),
        Call("--plan {folder} --deals {folder}", 2, "folder"),
        Call("--plan {unread} --deals {text}", 2, "mem"),
        Call("--plan {zip} --deals {text}", 2, "zip"),
        Call("--plan {empty} --deals {text}", 2, "empty"),
        Call("--plan {text} --deals {text}", 2, "text"),
    ],
    "user create": [
        Call("", 2, "Missing option '--role'"),
        Call("--role king --name 林一 --phone 13900000077", 2, "king"),
        Call("--role finance --name 林一 --phone 12", 1, "phone"),
        Call("--role finance --name \u3000 --phone 13900000077", 1, "name"),
        Call(f"--role finance --name {'x' * 61} --phone 13900000077", 1, "name"),
        Call("--role finance --name \udcff --phone 13900000077", 1, "name"),
        Call("--role broker --name 林一 --phone 13900000077", 1, "agency"),
        Call("--role broker --name 林一 --phone 13900000077 --agency nobody's", 1, "agency"),
        Call("--role broker --name 林一 --phone 13900000077 --agency \udcff", 2, "UTF-8"),
        Call("--role referrer --name 林一 --phone 13900000077", 2, "referrer"),
    ],
    "user deactivate": [Call("12", 1, "phone"), Call("13900000077", 1, "no account with this phone")],
    "user link": [Call("", 2, "Missing argument"), Call("13900000077", 1, "no account with this phone")],
    "user lift-alarm": [Call("", 2, "Missing argument"), Call("13900000077", 1, "no account with this phone")],
    "user reset-factors": [Call("", 2, "Missing argument"), Call("13900000077", 1, "no account with this phone")],
    "user list": [Call("--role king", 2, "king"), Call("--rolle finance", 2, "No such option")],
    "user reactivate": [Call("\udcff", 1, "phone"), Call("13900000077", 1, "no account with this phone")],
    "worker": [Call("extra", 2, "unexpected extra argument")],
}
"""By command: at least one call each. Settings and databases that fail every command stand below."""

RIGHT = {
    "api keys create": "--agency nobody --name x --scope brokers:read",
    "api keys list": "",
    "api keys revoke": "1",
    "backup": "{folder}",
    "clock confirm": "",
    "clock show": "",
    "close": "2026-03 --by 13900000004",
    "designs": "",
    "demo": "--seed-only",
    "faces index": "",
    "faces reenrol": "",
    "files verify": "",
    "health": "",
    "import deals": "{deals} --by 13900000004",
    "keys accept": "secret_key",
    "keys list": "",
    "keys retire": "00000000",
    "keys rotate": "",
    "keys status": "",
    "ledger verify": "",
    "measures": "2026-11",
    "migrate": "",
    "poster": "NOBODY --out {folder}/x.png",
    "privacy ask": "13912345678 --papers",
    "privacy list": "",
    "privacy proof": "1",
    "privacy sweep": "",
    "reporting grant": "",
    "restore": "{text}",
    "run": "",
    "user create": "--role finance --name 林一 --phone 13900000077",
    "user deactivate": "13900000077",
    "user link": "13900000077",
    "user lift-alarm": "13900000077",
    "user reset-factors": "13900000077",
    "user list": "",
    "user reactivate": "13900000077",
    "worker": "",
}
"""The commands that open the portal, each by a call that is right in itself."""

SETTINGS: Mapping[str, tuple[Mapping[str, str], str]] = {
    "no secrets": (dict.fromkeys((f"PORTAL_{name.upper()}" for name in SECRETS), ""), "production needs its secrets"),
    "no base64": ({"PORTAL_INDEX_KEY": "?"}, "PORTAL_INDEX_KEY"),
    "another environment": ({"PORTAL_ENV": "test"}, "PORTAL_ENV"),
    "no number": ({"PORTAL_WORKERS": "many"}, "PORTAL_WORKERS"),
    "no processes": ({"PORTAL_WORKERS": "0"}, "PORTAL_WORKERS"),
    "no threads": ({"PORTAL_THREADS": "0"}, "PORTAL_THREADS"),
    "no uploads": ({"PORTAL_UPLOAD_MB": "0"}, "PORTAL_UPLOAD_MB"),
    "no port": ({"PORTAL_MAIL_PORT": "99999"}, "PORTAL_MAIL_PORT"),
    "a loud log": ({"PORTAL_LOG_LEVEL": "LOUD"}, "PORTAL_LOG_LEVEL"),
    "no address": ({"PORTAL_BASE_URL": "portal.example.com"}, "PORTAL_BASE_URL"),
    "no bucket": ({"PORTAL_FILES_URL": "s3://"}, "PORTAL_FILES_URL"),
    "no such store": ({"PORTAL_FILES_URL": "ftp://host/files"}, "PORTAL_FILES_URL"),
    "no such counter": ({"PORTAL_LIMITS_STORAGE": "nonsense://"}, "PORTAL_LIMITS_STORAGE"),
    "a counter elsewhere": ({"PORTAL_LIMITS_STORAGE": "file:///tmp/counts"}, "PORTAL_LIMITS_STORAGE"),
    "no database": ({"DATABASE_URL": "nonsense"}, "PORTAL_DATABASE_URL"),
    "another database": ({"DATABASE_URL": "mysql://127.0.0.1/portal"}, "PORTAL_DATABASE_URL"),
    "half an address": ({"DATABASE_URL": "postgresql://127.0.0.1:port/portal"}, "PORTAL_DATABASE_URL"),
}
"""What no command that opens the portal starts with."""

DATABASES: Mapping[str, str] = {
    "away": "postgresql://127.0.0.1:1/portal",
    "no folder": "sqlite:////no/such/folder/portal.db",
    "no database": "{text_db}",
    "corrupted": "{corrupted_db}",
}
"""Databases that no command can do anything with."""

OPENS_NONE = {"demo", "designs", "faces index", "restore", "run", "worker"}
"""Commands that say no before they ask a database, by these calls."""

MAKES_ITS_SCHEMA = {"backup", "migrate"}
"""Commands that bring a schema themselves, or that say so otherwise."""
