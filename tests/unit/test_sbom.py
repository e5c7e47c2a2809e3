"""The bill of materials says what the lock says: every package, its version and the hashes of its files."""

import json
import re

from cyclonedx.model.bom import Bom
from cyclonedx.schema import SchemaVersion

from scripts import sbom
from tests.house.source import ROOT

LOCK = f"""\
flask==3.1.2 \\
    --hash=sha256:{"a" * 64} \\
    --hash=sha256:{"b" * 64}
    # via
    #   portal (pyproject.toml)
    #   flask-babel
flask-babel==4.0.0 ; sys_platform != 'win32' \\
    --hash=sha256:{"c" * 64}
    # via portal (pyproject.toml)
"""


def test_a_lock_is_read_as_it_is_written() -> None:
    found = sbom.locked(LOCK)
    assert found == [
        sbom.Pinned("flask", "3.1.2", ["a" * 64, "b" * 64], [sbom.OURS, "flask-babel"]),
        sbom.Pinned("flask-babel", "4.0.0", ["c" * 64], [sbom.OURS]),
    ]


def strictly_wrong(said: str) -> object:
    """What the format's own validator says against a bill; to load it builds grammars for a second of a core."""
    from cyclonedx.validation.json import JsonStrictValidator

    return JsonStrictValidator(SchemaVersion.V1_6).validate_str(said)


def test_the_bill_is_whole_and_of_its_format() -> None:
    said = sbom.made()
    assert said == sbom.made(), "the same lock makes the same bill, byte for byte"
    read = json.loads(said)
    assert (read["bomFormat"], read["specVersion"]) == ("CycloneDX", "1.6")
    assert "timestamp" not in read["metadata"]
    assert strictly_wrong(said) is None, "it is of the published schema, to the letter"
    bom = Bom.from_json(data=read)  # type: ignore[attr-defined]  # the library's own reader
    assert bom.validate(), "and no part hangs on one that is not there"
    pinned = set(re.findall(r"^([\w.-]+)==([^\s;\\]+)", (ROOT / "requirements.lock").read_text(), re.MULTILINE))
    parts = {(one.name, one.version) for one in bom.components if one.purl.type == "pypi"}
    assert parts == pinned
    assert {one.name for one in bom.components if one.purl.type == "npm"} >= {"htmx.org", "echarts"}
    assert all(one.hashes for one in bom.components)


def test_another_lock_makes_another_bill() -> None:
    node = {"packages": {}}
    one, other = sbom.bill(LOCK, node), sbom.bill(LOCK.replace("3.1.2", "3.1.3"), node)
    assert one.serial_number != other.serial_number
    asks = {str(part.ref): {str(on.ref) for on in part.dependencies} for part in one.dependencies}
    assert asks["pkg:pypi/flask-babel@4.0.0"] == {"pkg:pypi/flask@3.1.2"}


def test_what_is_no_bill_is_found_out() -> None:
    said = json.loads(sbom.made())
    said["components"][0]["hashes"][0]["content"] = "not a digest"
    assert strictly_wrong(json.dumps(said)) is not None
