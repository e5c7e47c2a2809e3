"""What the portal is made of, as a CycloneDX bill of materials: every package of the lock, with its hashes.

    .venv/bin/python -m scripts.sbom [FILE]     writes FILE (sbom.cdx.json), the same for the same lock

It is made of `requirements.lock` and `package-lock.json` alone, so that it says what an installation gets, and never
what happens to be installed here. A package that is built for several systems has a hash for each of its files.
"""

import json
import re
import sys
import tomllib
from base64 import b64decode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

from portal.version import VERSION

ROOT = Path(__file__).parents[1]
FILE = ROOT / "sbom.cdx.json"
OURS = "portal (pyproject.toml)"
_PINNED = re.compile(r"(?P<name>[\w.-]+)==(?P<version>[^\s;\\]+)")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
_VIA = re.compile(r"\s+#(?: via)?\s+(\S.*)")


@dataclass
class Pinned:
    """A package of the lock: its version, the hashes of its files, and who asks for it. One that is pinned for several
    versions of Python or systems is there several times."""

    name: str
    version: str
    hashes: list[str] = field(default_factory=list)
    asked_by: list[str] = field(default_factory=list)


def locked(text: str) -> list[Pinned]:
    """The packages of a requirements file with hashes, as uv writes it."""
    found: list[Pinned] = []
    for line in text.splitlines():
        if pinned := _PINNED.match(line):
            found.append(Pinned(pinned["name"], pinned["version"]))
        elif found and (digest := _HASH.search(line)):
            found[-1].hashes.append(digest[1])
        elif found and (via := _VIA.fullmatch(line)) and via[1] != "via":
            found[-1].asked_by.append(via[1])
    return found


def bill(lock: str, node_lock: Mapping[str, object]) -> Bom:
    """The bill of what a lock of Python and one of Node name."""
    name = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["name"]
    portal = Component(type=ComponentType.APPLICATION, name=name, version=VERSION, bom_ref=f"portal@{VERSION}")
    bom = Bom(serial_number=uuid5(NAMESPACE_URL, f"portal {VERSION}\n{lock}\n{json.dumps(node_lock, sort_keys=True)}"))
    bom.metadata.component, bom.metadata.timestamp = portal, None  # type: ignore[assignment]
    packages = [(one, _part("pypi", one.name, one.version, _sha256(one.hashes))) for one in locked(lock)]
    scripts = list(_scripts(node_lock))
    bom.components.update([part for _, part in packages], scripts)
    bom.register_dependency(portal, [part for one, part in packages if OURS in one.asked_by] + scripts)
    for asks, by in packages:
        bom.register_dependency(by, [part for one, part in packages if asks.name in one.asked_by])
    return bom


def written(bom: Bom) -> str:
    """The bill as JSON."""
    said: str = JsonV1Dot6(bom).output_as_string(indent=1)
    return said + "\n"


def made() -> str:
    """The bill of this version."""
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    return written(bill(lock, json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))))


def _scripts(node_lock: Mapping[str, object]) -> Iterator[Component]:
    """What is served to browsers and is not ours."""
    packages = node_lock["packages"]
    assert isinstance(packages, dict)
    for path, one in packages.items():
        if path:
            algorithm, _, digest = one["integrity"].partition("-")
            assert algorithm == "sha512", path
            content = HashType(alg=HashAlgorithm.SHA_512, content=_hex(digest))
            yield _part("npm", path.removeprefix("node_modules/"), one["version"], [content])


def _part(kind: str, name: str, version: str, hashes: list[HashType]) -> Component:
    address = PackageURL(kind, name=name, version=version)
    return Component(
        type=ComponentType.LIBRARY, name=name, version=version, purl=address, bom_ref=str(address), hashes=hashes
    )


def _sha256(hashes: list[str]) -> list[HashType]:
    return [HashType(alg=HashAlgorithm.SHA_256, content=digest) for digest in hashes]


def _hex(base64_digest: str) -> str:
    return b64decode(base64_digest).hex()


if __name__ == "__main__":
    target = Path(sys.argv[1]) if sys.argv[1:] else FILE
    target.write_text(made(), encoding="utf-8")
    print(f"wrote {target.name}")
