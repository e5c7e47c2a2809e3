"""The pictures in the documentation that are drawn from the imports: who asks whom, floor by floor, domain by domain.

An arrow that follows from others is left out: where a asks b and b asks c, no arrow leads from a to c.
"""

from functools import cache
from itertools import product

import grimp

HOUSES = ("portal", "referral", "commissions")
Arrows = set[tuple[str, str]]


def floors() -> str:
    """The houses and the floors of the portal."""
    portal = {child: child.removeprefix("portal.") for child in _graph().find_children("portal")}
    names = portal | {"referral": "referral", "commissions": "commissions"}
    return _mermaid(names, _arrows(names))


def domains() -> str:
    """The folders of the services. What they all share stands in no folder, and is not drawn."""
    graph = _graph()
    folders = [child for child in graph.find_children("portal.services") if graph.find_children(child)]
    names = {folder: folder.removeprefix("portal.services.") for folder in folders}
    return _mermaid(names, _arrows(names))


@cache
def _graph() -> grimp.ImportGraph:
    return grimp.build_graph(*HOUSES, exclude_type_checking_imports=True, cache_dir=None)


def _arrows(names: dict[str, str]) -> Arrows:
    """Who imports whom, by short names, without what follows from others."""
    graph = _graph()
    direct = {
        (names[above], names[below])
        for above, below in product(names, names)
        if above != below and graph.direct_import_exists(importer=above, imported=below, as_packages=True)
    }
    return {arrow for arrow in direct if not _leads(direct - {arrow}, *arrow)}


def _leads(arrows: Arrows, start: str, end: str) -> bool:
    """Whether the arrows lead from one to the other."""
    reached, ahead = set(), [start]
    while ahead:
        here = ahead.pop()
        reached.add(here)
        ahead += [to for at, to in arrows if at == here and to not in reached]
    return end in reached


def _mermaid(names: dict[str, str], arrows: Arrows) -> str:
    lines = [f"    {name}" for name in sorted(names.values()) if not any(name in arrow for arrow in arrows)]
    lines += [f"    {above} --> {below}" for above, below in sorted(arrows)]
    return "\n```mermaid\nflowchart TD\n" + "\n".join(lines) + "\n```\n"
