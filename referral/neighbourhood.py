"""Around one person: who brought him, whom he brought, and whom those brought (rules 7.5).

Two generations stand in one picture, so that one sees how a chain goes on. The nearer come first, and the further ones
have the room that is left. A friend whose own friends are drawn has every one of them there, by name or together with
the others; one for whom there is no room says in figures how many they are.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from referral.graph import Edge, Mark, Node, Picture, Step, Tally, checked, ends_of, shares
from referral.ranked import Cursor, cut_to


@dataclass(frozen=True, slots=True)
class Who:
    """One person: a referrer by the account, anybody else by the client's id. A referrer who was a friend first is
    only the former."""

    id: int
    refers: bool = True

    @property
    def key(self) -> str:
        """The name in pictures."""
        return f"r{self.id}" if self.refers else f"c{self.id}"


@dataclass(frozen=True, slots=True)
class Bond:
    """That somebody brought somebody, how far the friend has come, and the lead that says so (the latest)."""

    by: Who
    whom: Who
    step: Step
    lead: int

    @property
    def cursor(self) -> Cursor:
        """The furthest first."""
        return Cursor(self.step.rank, str(self.lead))

    @property
    def tally(self) -> Tally:
        """One friend."""
        return Tally.of([self.step])


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """One person, who brought him, and whom he brought."""

    who: Who
    brought_by: tuple[Bond, ...]
    brought: tuple[Bond, ...]

    @property
    def tally(self) -> Tally:
        """How far the friends are."""
        return Tally.of(bond.step for bond in self.brought)


def neighbourhood(bonds: Iterable[Bond], who: Who) -> Neighbourhood:
    """One step around a person: A stands among those whom B brought exactly when B is among those who brought A.

    Nobody brings himself: a number that changed hands may say so, and is left out.
    """
    told = [bond for bond in bonds if bond.by != bond.whom]
    by = tuple(bond for bond in told if bond.whom == who)
    return Neighbourhood(who, by, tuple(bond for bond in told if bond.by == who))


def who_may_go_on(near: Neighbourhood, most: int, after: Cursor | None = None) -> list[int]:
    """The referrers among the friends of which a picture may show what they brought, by id: read these, no others."""
    shown = cut_to(near.brought, checked(most) - 1, after).shown
    return [bond.whom.id for bond in shown if bond.whom.refers]


def around(near: Neighbourhood, most: int, after: Cursor | None = None, further: Iterable[Bond] = ()) -> Picture:
    """A neighbourhood in at most `most` nodes; `after` goes on with the friends behind a cursor. `further`: whom those
    friends brought; of each friend all are drawn, or none."""
    room = checked(most) - 1
    bringers = cut_to(near.brought_by, max(1, room // 4))
    more = ends_of(bringers)
    room -= len(bringers.shown) + len(more)
    own = _of_each(further)
    friends = cut_to(near.brought, room - _kept_free(room, own), after)
    centre = _person(near.who, near.tally)
    by = [_person(bond.by) for bond in bringers.shown]
    by += [replace(node, key="by-others", after=None) for node, _held in more]
    to = [_friend(bond, own) for bond in friends.shown] + [node for node, _held in ends_of(friends)]
    edges = [_brought(node, centre) for node in by] + [_brought(centre, node) for node in to]
    picture = Picture(tuple({node.key: node for node in [centre, *by, *to]}.values()), tuple(edges))
    return _gone_on(picture, {bond.whom: own[bond.whom] for bond in friends.shown if bond.whom in own}, most)


_NOBODY = Tally()
_LEAST = 3
"""Nodes that a page of friends needs: those before, a friend, those after."""


def _kept_free(room: int, own: Mapping[Who, Sequence[Bond]]) -> int:
    """How much of the room the friends leave to those whom they brought."""
    return max(0, min(room // 3, room - _LEAST, sum(map(len, own.values()))))


def _gone_on(picture: Picture, own: Mapping[Who, Sequence[Bond]], most: int) -> Picture:
    """The picture with whom each friend brought, as far as there is room; who is drawn already is drawn once."""
    nodes = {node.key: node for node in picture.nodes}
    edges = {(edge.source, edge.target): edge for edge in picture.edges}
    fresh = {who.key: sum(bond.whom.key not in nodes for bond in bonds) for who, bonds in own.items()}
    rooms = shares({key: size for key, size in fresh.items() if size}, most - len(nodes))
    for who, bonds in own.items():
        new = [bond for bond in bonds if bond.whom.key not in nodes]
        if new and not rooms.get(who.key):
            continue
        part = cut_to(new, rooms.get(who.key, 0))
        drawn = [_friend(bond, {}) for bond in part.shown]
        drawn += [replace(node, key=f"{who.key}:others", person=who.id, after=None) for node, _held in ends_of(part)]
        nodes |= {node.key: node for node in drawn}
        reached = [nodes[bond.whom.key] for bond in bonds if bond not in new] + drawn
        for node in reached:
            edges.setdefault((who.key, node.key), _brought(nodes[who.key], node))
    return Picture(tuple(nodes.values()), tuple(edges.values()))


def _of_each(bonds: Iterable[Bond]) -> dict[Who, list[Bond]]:
    own: dict[Who, list[Bond]] = {}
    for bond in bonds:
        if bond.by != bond.whom:
            own.setdefault(bond.by, []).append(bond)
    return own


def _friend(bond: Bond, own: Mapping[Who, Sequence[Bond]]) -> Node:
    """A friend, with how far he came; and how far those are whom he brought, where that is known."""
    return _person(bond.whom, Tally.of(one.step for one in own.get(bond.whom, ())), step=bond.step, lead=bond.lead)


def _person(who: Who, tally: Tally = _NOBODY, step: Step | None = None, lead: int | None = None) -> Node:
    person = who.id if who.refers else None
    return Node(who.key, Mark.REFERRER if who.refers else Mark.FRIEND, tally, person=person, step=step, lead=lead)


def _brought(source: Node, target: Node) -> Edge:
    return Edge(source.key, target.key, brought=True, count=source.stands_for * target.stands_for)
