"""The picture of who brought whom, as facts for the browser: labels, figures and where a click leads; names as the
page itself shows them, a friend's masked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from referral.graph import Mark, Node, Picture, Tally

from ..components import number, url_filtered, url_with
from ..words.statuses import status

MARKS: Mapping[Mark, Any] = {
    Mark.GROUP: _l("Group of referrers"),
    Mark.REFERRER: _l("Referrer"),
    Mark.FRIEND: _l("Friend"),
    Mark.BEFORE: _l("Shown before"),
    Mark.OTHERS: _l("Others"),
}


@dataclass(frozen=True, slots=True)
class Names:
    """What the nodes of a picture are called: groups by key, referrers by id, friends by the id of their lead.

    `centre` names a person in the middle who is neither.
    """

    groups: Mapping[str, str] = field(default_factory=dict)
    referrers: Mapping[int, str] = field(default_factory=dict)
    friends: Mapping[int, str] = field(default_factory=dict)
    centre: str = ""


@dataclass(frozen=True, slots=True)
class Opening:
    """A link that opens what a node stands for: the way of the keyboard, and of who has no scripts."""

    label: str
    url: str
    note: str


def drawn(picture: Picture, names: Names, title: str, layout: str) -> dict[str, Any]:
    """The facts of the picture; `layout` is `groups` or `around`."""
    return {
        "kind": "graph",
        "title": title,
        "layout": layout,
        "marks": {mark.value: str(MARKS[mark]) for mark in dict.fromkeys(node.mark for node in picture.nodes)},
        "nodes": [_node(node, names) for node in picture.nodes],
        "edges": [
            {"from": edge.source, "to": edge.target, "brought": edge.brought, "count": edge.count}
            for edge in picture.edges
        ],
    }


def openings(picture: Picture, names: Names) -> list[Opening]:
    """The links of the picture's groups and of what it has left out, in its order. The others of a group are looked at
    inside it (`after` is None), where its own link leads."""
    opened = [node for node in picture.nodes if node.mark in {Mark.GROUP, Mark.BEFORE} or node.after is not None]
    return [Opening(label(node, names), address(node) or "", in_words(node.tally)) for node in opened]


def label(node: Node, names: Names) -> str:
    """What is written at a node."""
    if node.mark is Mark.GROUP and node.group:
        return names.groups[node.group.key]
    if node.mark is Mark.OTHERS:
        return _("Others (%(count)s)", count=number(node.stands_for))
    if node.mark is Mark.BEFORE:
        return _("Shown before (%(count)s)", count=number(node.stands_for))
    if node.person is not None:
        return names.referrers[node.person]
    return names.friends[node.lead] if node.lead is not None else names.centre


def in_words(tally: Tally) -> str:
    """How many friends, and how far they are."""
    friends = ngettext("%(num)d friend", "%(num)d friends", tally.friends)
    return _(
        "%(friends)s, %(visited)s visited, %(signed)s signed",
        friends=friends,
        visited=number(tally.visited),
        signed=number(tally.signed),
    )


def address(node: Node) -> str | None:
    """Where a click leads: into a group, on to the others, to a person; None for where one is already."""
    if node.mark is Mark.GROUP and node.group:
        return url_with(within=node.group.key, rest=None)
    if node.mark is Mark.BEFORE:
        return url_with(rest=None)
    if node.mark is Mark.OTHERS:
        return _of_others(node)
    if node.person is not None:
        return url_filtered("graph.referrer", referrer_id=node.person, rest=None)
    return url_filtered("graph.friend", lead_id=node.lead, rest=None) if node.lead is not None else None


def _of_others(node: Node) -> str | None:
    if node.person is not None:
        return url_filtered("graph.referrer", referrer_id=node.person, rest=None)
    if node.group is not None:
        return url_with(within=node.group.key, rest=node.after)
    return url_with(rest=node.after) if node.after is not None else None


def _node(node: Node, names: Names) -> dict[str, Any]:
    written = label(node, names)
    step = str(status("lead", node.step).word) if node.step else ""
    said = [written, step, in_words(node.tally) if node.tally.friends else ""]
    facts: dict[str, Any] = {
        "key": node.key,
        "mark": node.mark.value,
        "label": written,
        "said": "\n".join(part for part in said if part),
        "size": node.tally.friends,
        "url": address(node),
    }
    if node.group is not None:
        facts["of"] = node.group.key
    if node.step is not None:
        facts |= {"step": step, "tone": status("lead", node.step).tone}
    return facts
