"""The documentation says what is so: links lead somewhere, names and paths exist, and tables equal the code."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from importlib import import_module
from pathlib import Path
from random import Random

import pytest
from babel.messages.pofile import read_po
from sqlalchemy.orm import Session

from portal.adapters.storage.files import FolderFiles
from portal.cli import COMMANDS, world
from portal.cli.world.names import Names
from portal.services.contacts import vault_of
from portal.version import VERSION
from portal.web.words.roles import WORDS
from scripts.doc_tables import TABLES, with_table
from tests.house.source import ROOT, committed

PAGES = [path for path in committed() if path.suffix == ".md"]
TOPS = ("commissions", "referral", "portal", "templates", "tests", "docs", "scripts")
A_MACHINES_PATH = re.compile(r"(?<![\w.:/-])/(?:work|root|Users(?=/[a-z])|home/\w+)/|\.\./" + "shared")


def _text(path: str | Path) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def _prose(path: Path) -> str:
    """A page without its code blocks."""
    return re.sub(r"^```.*?^```", "", _text(path), flags=re.DOTALL | re.MULTILINE)


def _between(text: str, name: str) -> str:
    found = re.search(f"<!-- {name} -->(.*?)<!-- /{name} -->", text, re.DOTALL)
    assert found, f"there is no <!-- {name} -->"
    return found[1]


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_links_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)\s]+)\)|(?:src|href)=\"([^\"]+)\"", _prose(page))
    local = [name for pair in targets for name in pair if name and "://" not in name]
    assert [name for name in local if not _leads_somewhere(page, name)] == []


def _leads_somewhere(page: Path, target: str) -> bool:
    name, _, heading = target.partition("#")
    to = page.parent / name if name else page
    if not (ROOT / to).exists():
        return False
    return not heading or heading in {_anchor(line) for line in re.findall(r"^#+ (.*)$", _text(to), re.MULTILINE)}


def _anchor(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_paths_in_the_text_exist(page: Path) -> None:
    named = re.findall(rf"`((?:{'|'.join(TOPS)})/[\w./-]*)`", _prose(page))
    assert [name for name in named if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_commands_in_the_text_exist(page: Path) -> None:
    code = "\n".join(_typed(page))
    targets = re.findall(r"^([a-z-]+):", _text("Makefile"), re.MULTILINE)
    assert set(re.findall(r"^portal ([a-z]+)\b(?!\.)", code, re.MULTILINE)) <= set(COMMANDS)
    assert set(re.findall(r"^make ([a-z-]+)\b", code, re.MULTILINE)) <= set(targets)


def _typed(page: Path) -> Iterator[str]:
    """What stands in a page as something to type: shell blocks, and words set as code."""
    for block, words in re.findall(r"^```sh\n(.*?)^```|`([^`\n]+)`", _text(page), re.DOTALL | re.MULTILINE):
        yield block or words


@pytest.mark.parametrize(("page", "name"), TABLES)
def test_tables_are_those_of_the_code(page: str, name: str) -> None:
    """`make tables` writes them anew."""
    table: Callable[[], str] = TABLES[page, name]
    assert _text(page) == with_table(_text(page), name, table())


@pytest.mark.parametrize("dialect", ["sqlite"])
def test_the_demos_sign_ins_are_those_of_its_world(session: Session, now: datetime, tmp_path: Path) -> None:
    random = Random(20)
    files = FolderFiles(tmp_path, vault_of(session))
    made = world.World(session, files, random, world.Year(now), "", Names(random))
    world._people_and_places(made)
    there = {
        (role.replace("_", " "), _chinese(str(WORDS[role])), phone) for role, phone, _name in world.sign_ins(session)
    }
    row = r"^\| ([a-z ]+) \| ([^|]+) \| (\d+) \|"
    assert set(re.findall(row, _between(_text("README.md"), "sign-ins"), re.MULTILINE)) == there
    assert {role for role, _chinese_word, _phone in there} == {role.value.replace("_", " ") for role in WORDS}


def _chinese(text: str) -> str:
    with (ROOT / "portal/translations/zh_Hans_CN/LC_MESSAGES/messages.po").open("rb") as file:
        return str(read_po(file)[text].string)


def test_the_map_of_the_house_is_true() -> None:
    """Every path on it exists, and every room of the product is on it."""
    mapped = set(_mapped(_between(_text("README.md"), "house")))
    assert [str(path) for path in sorted(mapped) if not (ROOT / path).exists()] == []
    rooms = {path.parent for path in committed() if path.name == "__init__.py" and path.parts[0] == "portal"}
    rooms |= {
        path for path in committed() if path.parts[0] in ("commissions", "referral") and path.parent.name != "designs"
    }
    told = _INSIDE | {
        f"portal/{floor}/{path.name}"
        for path in mapped
        for floor in ("models", "rules")
        if path.parts[1:2] == ("services",)
    }
    assert {str(room) for room in rooms if room.name != "__init__.py"} - {str(path) for path in mapped} <= told


_INSIDE = {
    *("portal", "portal/cli/world", "portal/services/notifications/words"),
    *(f"portal/adapters/{one}" for one in ("provider_sign_in", "faces", "mail", "sms", "wechat", "wecom")),
}
"""Rooms that are told with the room around them. Models and rules stand in the folders of the services."""


def _mapped(text: str) -> Iterator[Path]:
    """The paths of a tree that is drawn by indentation; words after two spaces are about them."""
    above: list[tuple[int, Path]] = []
    for line in text.splitlines():
        indent, drawn = len(line) - len(line.lstrip()), line.strip()
        if not drawn or drawn.startswith("```"):
            continue
        while above and above[-1][0] >= indent:
            above.pop()
        base = above[-1][1] if above else Path()
        paths = [base / name for name in drawn.split("  ")[0].split()]
        yield from paths
        if drawn.split()[0].endswith("/"):
            above.append((indent, paths[0]))


def test_every_word_of_the_glossary_is_in_the_code() -> None:
    names = re.findall(r"`([\w.]+)` \|$", _text("docs/glossary.md"), re.MULTILINE)
    assert len(names) > 50
    assert [name for name in names if not _is_there(name)] == []


def _is_there(name: str) -> bool:
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        try:
            thing = import_module(".".join(parts[:length]))
        except ModuleNotFoundError:
            continue
        for part in parts[length:]:
            if not hasattr(thing, part):
                return False
            thing = getattr(thing, part)
        return True
    return False


def test_every_decision_is_listed() -> None:
    index = _text("docs/adr/README.md")
    decisions = [path.name for path in PAGES if path.parent.name == "adr" and path.name != "README.md"]
    assert [name for name in decisions if f"({name})" not in index] == []


def test_no_path_of_a_machine_is_written_down() -> None:
    """What is here on this machine is elsewhere on the next."""
    found = []
    for path in committed():
        try:
            text = _text(path)
        except UnicodeDecodeError:
            continue  # a picture
        found += [f"{path}: {match[0]}" for match in A_MACHINES_PATH.finditer(text)]
    assert found == []


def test_the_pictures_are_small() -> None:
    assert [str(path) for path in committed() if path.parts[:2] == ("docs", "images") and _bytes(path) > 300_000] == []


def _bytes(path: Path) -> int:
    return (ROOT / path).stat().st_size


def test_the_changelog_begins_with_the_version_that_is_installed() -> None:
    newest = re.findall(r"^## (\S+)", _text("CHANGELOG.md"), re.MULTILINE)[0]
    assert f'version = "{newest}"' in _text("pyproject.toml")
    assert newest == VERSION
