"""Who brought whom (推荐关系图谱, rules 7.5): the whole as a picture of a few nodes, and the way into it.

A picture of ten thousand people helps nobody and stops a browser. So the whole is told in groups, each with its most
active referrers and the rest as one node; a group is opened page by page; and one person is looked at with those around
(`referral.neighbourhood`). However large the graph is, no picture has more nodes than the caller allows, and every
friend is counted in it exactly once for each referrer that brought him.

A referrer who was somebody's friend first is one person, so chains A → B → C can be seen. They are only seen: nobody
earns anything by them (rules 7.3), and nothing here knows of a reward.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import groupby
from operator import attrgetter
from typing import Any, Protocol, TypeVar

from referral.ranked import Cursor, Cut, Ranked, cut_to

FEWEST = 5
"""A picture needs room for a centre, somebody who brought it, a friend, those before and those after."""


class Step(StrEnum):
    """The furthest that a friend has come, in the order in which one outranks another when the same friend came twice.

    Who never came has at least left a number; since then the time may be over, or the friend opted out.
    """

    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"
    ACCEPTED = "accepted"
    VISITED = "visited"
    CANCELLED = "cancelled"
    SUBSCRIBED = "subscribed"
    SIGNED = "signed"

    @property
    def rank(self) -> int:
        """Its place in the order, from 0."""
        return list(Step).index(self)


_CAME = frozenset({Step.VISITED, Step.CANCELLED, Step.SUBSCRIBED, Step.SIGNED})

REACHING: Mapping[Step, frozenset[Step]] = {
    Step.WITHDRAWN: frozenset({Step.WITHDRAWN}),
    Step.LAPSED: frozenset({Step.LAPSED}),
    Step.ACCEPTED: frozenset({Step.ACCEPTED}),
    Step.VISITED: _CAME,
    Step.CANCELLED: frozenset({Step.CANCELLED}),
    Step.SUBSCRIBED: frozenset({Step.SUBSCRIBED, Step.SIGNED}),
    Step.SIGNED: frozenset({Step.SIGNED}),
}
"""Who is meant by "has reached": whoever bought was here, too; the ends, and who has not come yet, stand alone."""


@dataclass(frozen=True, slots=True)
class Tally:
    """How many friends, and how far they are. Who reserved a home was here, also where nobody signed the visit in."""

    friends: int = 0
    visited: int = 0
    signed: int = 0
    cancelled: int = 0

    @classmethod
    def of(cls, steps: Iterable[Step]) -> "Tally":
        """The tally of friends, one step each."""
        told = list(steps)
        came = sum(step in _CAME for step in told)
        return cls(len(told), came, told.count(Step.SIGNED), told.count(Step.CANCELLED))

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            self.friends + other.friends,
            self.visited + other.visited,
            self.signed + other.signed,
            self.cancelled + other.cancelled,
        )


def total(tallies: Iterable[Tally]) -> Tally:
    """All of them together."""
    return sum(tallies, Tally())


class _Told(Ranked, Protocol):
    @property
    def tally(self) -> Tally: ...


T = TypeVar("T", bound=_Told)


@dataclass(frozen=True, slots=True, order=True)
class Group:
    """Referrers that are told together: of one development (`place`, its id) and one kind, such as homeowners."""

    place: int
    kind: str

    @property
    def key(self) -> str:
        """Its name in pictures and addresses."""
        return f"{self.place}-{self.kind}"


@dataclass(frozen=True, slots=True)
class Member:
    """A referrer by id, with what became of the friends."""

    id: int
    group: Group
    tally: Tally

    @property
    def cursor(self) -> Cursor:
        """The most friends first."""
        return Cursor(self.tally.friends, str(self.id))


@dataclass(frozen=True, slots=True)
class Link:
    """A referrer who was brought by another one."""

    by: int
    whom: int


class Mark(StrEnum):
    """What a node of a picture stands for."""

    GROUP = "group"
    REFERRER = "referrer"
    FRIEND = "friend"
    BEFORE = "before"
    OTHERS = "others"


@dataclass(frozen=True, slots=True)
class Node:
    """A node of a picture. `stands_for`: how many referrers, groups or friends. `after`: from where the others go on.

    `person` is a referrer's id, `lead` the id of a friend's lead; `group` says where a node belongs.
    """

    key: str
    mark: Mark
    tally: Tally = Tally()
    stands_for: int = 1
    group: Group | None = None
    person: int | None = None
    lead: int | None = None
    step: Step | None = None
    after: Cursor | None = None


@dataclass(frozen=True, slots=True)
class Edge:
    """From node to node: `brought` so many, or merely holds (a group its referrers)."""

    source: str
    target: str
    brought: bool
    count: int = 1


@dataclass(frozen=True, slots=True)
class Picture:
    """What is drawn. Each key is there once."""

    nodes: tuple[Node, ...] = ()
    edges: tuple[Edge, ...] = ()


def overview(members: Iterable[Member], links: Iterable[Link], most: int, after: Cursor | None = None) -> Picture:
    """The whole in at most `most` nodes: the largest groups, the most active referrers of each as far as there is
    room, and what is left as "others". `after` goes on with the groups behind a cursor; the others of a group are
    looked at inside it, so theirs is None."""
    groups = cut_to(_sums(members), checked(most), after)
    ends = ends_of(groups)
    rooms = shares({one.group: len(one.members) for one in groups.shown}, most - len(groups.shown) - len(ends))
    opened = [_opened(one, rooms[one.group]) for one in groups.shown]
    homes = {member.id: node.key for node, sums in ends for one in sums for member in one.members}
    whole = _drawn([node for node, _sums in ends], opened, homes, links)
    return replace(whole, nodes=tuple(replace(node, after=None) if node.group else node for node in whole.nodes))


def inside(
    members: Iterable[Member], links: Iterable[Link], group: Group, most: int, after: Cursor | None = None
) -> Picture:
    """One group in at most `most` nodes: its referrers behind a cursor, the most active first."""
    own = _Sum(group, tuple(member for member in members if member.group == group))
    return _drawn([], [_opened(own, checked(most) - 1, after)], {}, links)


# How a picture is filled


@dataclass(frozen=True, slots=True)
class _Sum:
    """A group with its referrers."""

    group: Group
    members: tuple[Member, ...]

    @property
    def tally(self) -> Tally:
        return total(member.tally for member in self.members)

    @property
    def cursor(self) -> Cursor:
        return Cursor(self.tally.friends, self.group.key)


@dataclass(frozen=True, slots=True)
class _Opened:
    """A group's node and its leaves, each with the referrers that it stands for. Without room for leaves there are
    none, and the group stands for all."""

    whole: _Sum
    node: Node
    leaves: tuple[tuple[Node, Sequence[Member]], ...]

    @property
    def homes(self) -> dict[int, str]:
        """By which node each referrer of the group is shown."""
        held = self.leaves or ((self.node, self.whole.members),)
        return {member.id: node.key for node, members in held for member in members}


def checked(most: int) -> int:
    """The number of nodes, if a picture can be drawn with so many."""
    if most < FEWEST:
        raise ValueError(f"a picture needs at least {FEWEST} nodes")
    return most


def _sums(members: Iterable[Member]) -> list[_Sum]:
    by_group = attrgetter("group")
    return [_Sum(group, tuple(own)) for group, own in groupby(sorted(members, key=by_group), by_group)]


def ends_of(part: Cut[T], inside: str = "") -> list[tuple[Node, Sequence[T]]]:
    """The nodes for what stands before and after a part. Those after go on from the last one that is shown."""
    told = ((Mark.BEFORE, part.before, None), (Mark.OTHERS, part.rest, part.next_cursor))
    return [
        (Node(f"{inside}{mark}", mark, total(one.tally for one in held), len(held), after=after), held)
        for mark, held, after in told
        if held
    ]


def _opened(whole: _Sum, room: int, after: Cursor | None = None) -> _Opened:
    group = whole.group
    node = Node(group.key, Mark.GROUP, whole.tally, len(whole.members), group=group)
    if room < min(2, len(whole.members)):
        return _Opened(whole, node, ())
    part = cut_to(whole.members, room, after)
    ends = [(replace(end, group=group), held) for end, held in ends_of(part, f"{group.key}:")]
    shown = [(Node(f"r{one.id}", Mark.REFERRER, one.tally, group=group, person=one.id), (one,)) for one in part.shown]
    return _Opened(whole, node, (*ends[: bool(part.before)], *shown, *ends[bool(part.before) :]))


def _drawn(ends: list[Node], opened: list[_Opened], homes: dict[int, str], links: Iterable[Link]) -> Picture:
    """Groups with their leaves, and who brought whom between all of them; what happens inside a node is not drawn."""
    nodes = [*(node for part in opened for node in (part.node, *(leaf for leaf, _held in part.leaves))), *ends]
    holds = [Edge(part.node.key, leaf.key, brought=False) for part in opened for leaf, _held in part.leaves]
    for part in opened:
        homes = homes | part.homes
    counts = Counter((homes[one.by], homes[one.whom]) for one in links if one.by in homes and one.whom in homes)
    brought = [Edge(by, whom, brought=True, count=count) for (by, whom), count in counts.items() if by != whom]
    return Picture(tuple(nodes), (*holds, *brought))


class _Sortable(Protocol):
    def __lt__(self, other: Any, /) -> bool: ...


K = TypeVar("K", bound=_Sortable)


def shares(sizes: Mapping[K, int], room: int) -> dict[K, int]:
    """Room divided evenly, where a small one leaves what it does not need to the larger ones."""
    found: dict[K, int] = {}
    for place, key in enumerate(sorted(sizes, key=lambda one: (sizes[one], one))):
        found[key] = min(sizes[key], room // (len(sizes) - place))
        room -= found[key]
    return found
