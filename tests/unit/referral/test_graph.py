"""Who brought whom: however large, in few nodes, with every friend counted once; and seen from both sides alike."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral.graph import FEWEST, Edge, Group, Link, Mark, Member, Picture, Step, Tally, inside, overview, total
from referral.neighbourhood import Bond, Neighbourhood, Who, around, neighbourhood, who_may_go_on
from referral.ranked import Cursor, cut, cut_to

LAKE, HILL = Group(1, "homeowner"), Group(2, "citizen")


def member(number: int, friends: int = 1, group: Group = LAKE) -> Member:
    return Member(number, group, Tally(friends))


def keys(picture: Picture) -> list[str]:
    return [node.key for node in picture.nodes]


def brought(picture: Picture) -> list[tuple[str, str, int]]:
    return [(edge.source, edge.target, edge.count) for edge in picture.edges if edge.brought]


# Random graphs

groups = st.builds(Group, st.integers(1, 12), st.sampled_from(["homeowner", "citizen", "programme"]))
tallies = st.builds(
    lambda friends, part: Tally(friends, friends * part // 4, friends * part // 8, 0),
    st.integers(1, 500),
    st.integers(0, 4),
)
graphs = st.lists(st.tuples(groups, tallies), max_size=80).map(
    lambda told: [Member(number, group, tally) for number, (group, tally) in enumerate(told, 1)]
)
chains = st.lists(st.builds(Link, st.integers(1, 90), st.integers(1, 90)), max_size=120)
mosts = st.integers(FEWEST, 40)


def holders(picture: Picture) -> dict[str, list[str]]:
    held: dict[str, list[str]] = {}
    for edge in picture.edges:
        if not edge.brought:
            held.setdefault(edge.source, []).append(edge.target)
    return held


def check(picture: Picture, members: list[Member], most: int) -> None:
    """Few nodes, each once; the nodes that nothing holds are the whole, and what a node holds adds up to it."""
    nodes = {node.key: node for node in picture.nodes}
    assert len(nodes) == len(picture.nodes) <= most
    assert all(edge.source in nodes and edge.target in nodes for edge in picture.edges)
    held = holders(picture)
    inner = {key for targets in held.values() for key in targets}
    assert len(inner) == sum(map(len, held.values()))
    roots = [node for node in picture.nodes if node.key not in inner]
    assert total(node.tally for node in roots) == total(one.tally for one in members)
    for key, targets in held.items():
        assert total(nodes[target].tally for target in targets) == nodes[key].tally
        assert sum(nodes[target].stands_for for target in targets) == nodes[key].stands_for
    assert len({(edge.source, edge.target, edge.brought) for edge in picture.edges}) == len(picture.edges)
    assert all(edge.source != edge.target for edge in picture.edges)


@given(graphs, chains, mosts)
def test_the_whole_is_small_and_every_friend_is_in_it_once(members: list[Member], links: list[Link], most: int) -> None:
    picture = overview(members, links, most)
    check(picture, members, most)
    ids = {one.id for one in members}
    assert sum(edge.count for edge in picture.edges if edge.brought) <= sum(
        link.by in ids and link.whom in ids for link in links
    )


@given(graphs, chains, mosts, st.data())
def test_page_after_page_shows_every_referrer_of_a_group_once(
    members: list[Member], links: list[Link], most: int, data: st.DataObject
) -> None:
    group = data.draw(st.sampled_from([one.group for one in members] or [LAKE]))
    own, seen, after = [one for one in members if one.group == group], [], None
    for _page in range(len(own) + 1):
        picture = inside(members, links, group, most, after)
        check(picture, own, most)
        seen += [node.person for node in picture.nodes if node.mark is Mark.REFERRER]
        after = next((node.after for node in picture.nodes if node.mark is Mark.OTHERS), None)
        if after is None:
            break
    assert sorted(seen) == [one.id for one in own]


@given(graphs, mosts)
def test_page_after_page_shows_every_group_once(members: list[Member], most: int) -> None:
    seen, after = [], None
    while True:
        picture = overview(members, [], most, after)
        check(picture, members, most)
        seen += [node.key for node in picture.nodes if node.mark is Mark.GROUP]
        after = next((node.after for node in picture.nodes if node.key == "others"), None)
        if after is None:
            break
    assert sorted(seen) == sorted({one.group.key for one in members})


people = st.builds(Who, st.integers(1, 8), st.booleans())
bonds = st.lists(
    st.builds(Bond, people.filter(lambda who: who.refers), people, st.sampled_from(Step), st.integers(1, 999)),
    max_size=60,
    unique_by=(lambda bond: (bond.by, bond.whom), lambda bond: bond.lead),
)


@given(bonds)
def test_a_neighbourhood_is_the_same_from_both_sides(told: list[Bond]) -> None:
    everybody = {bond.by for bond in told} | {bond.whom for bond in told}
    near = {who: neighbourhood(told, who) for who in everybody}
    for one in everybody:
        for other in everybody:
            out = [bond for bond in near[one].brought if bond.whom == other]
            assert out == [bond for bond in near[other].brought_by if bond.by == one]
    assert sum(near[who].tally.friends for who in everybody) == sum(bond.by != bond.whom for bond in told)


@given(bonds, people, mosts)
def test_around_one_person_is_small_and_page_after_page_whole(told: list[Bond], who: Who, most: int) -> None:
    near, seen, after = neighbourhood(told, who), [], None
    while True:
        picture = around(near, most, after)
        assert len(set(keys(picture))) == len(picture.nodes) <= most
        assert picture.nodes[0].key == who.key
        assert sum(edge.count for edge in picture.edges if edge.source == who.key) == len(near.brought)
        assert sum(edge.count for edge in picture.edges if edge.target == who.key) == len(near.brought_by)
        seen += [node.lead for node in picture.nodes if node.lead is not None]
        after = next((node.after for node in picture.nodes if node.key == "others"), None)
        if after is None:
            break
    assert sorted(seen) == sorted(bond.lead for bond in near.brought)


def two_generations(told: list[Bond], near: Neighbourhood, most: int, after: Cursor | None = None) -> Picture:
    going = who_may_go_on(near, most, after)
    return around(near, most, after, [bond for bond in told if bond.by.id in going])


@given(bonds, people, mosts)
def test_whom_the_friends_brought_stands_beside_them_all_or_none(told: list[Bond], who: Who, most: int) -> None:
    near, seen, after = neighbourhood(told, who), [], None
    while True:
        picture = two_generations(told, near, most, after)
        nodes = {node.key: node for node in picture.nodes}
        assert len(nodes) == len(picture.nodes) <= most
        assert picture.nodes[0].key == who.key
        assert len({(edge.source, edge.target) for edge in picture.edges}) == len(picture.edges)
        assert all(edge.source in nodes and edge.target in nodes for edge in picture.edges)
        out = Counter[str]()
        for edge in picture.edges:
            out[edge.source] += edge.count
        assert out[who.key] == len(near.brought)
        friends = [nodes[edge.target] for edge in picture.edges if edge.source == who.key and nodes[edge.target].lead]
        seen += [node.lead for node in friends]
        for friend in friends:
            own = [bond for bond in told if bond.by.key == friend.key and bond.by != bond.whom]
            assert friend.tally == Tally.of(bond.step for bond in own)
            back = any(bond.whom == who for bond in own)
            assert out[friend.key] in (len(own), int(back), 0)
        after = next((node.after for node in picture.nodes if node.key == "others"), None)
        if after is None:
            break
    assert sorted(seen) == sorted(bond.lead for bond in near.brought)


@given(st.lists(st.integers(0, 9), max_size=30), st.integers(0, 12), st.integers(0, 9), st.integers(0, 40))
def test_a_cut_loses_and_repeats_nothing(figures: list[int], size: int, figure: int, key: int) -> None:
    items = [member(number, friends) for number, friends in enumerate(figures, 1)]
    for make, room in ((cut, size), (cut_to, size + 2)):
        part = make(items, room, Cursor(figure, str(key)))
        assert [*part.before, *part.shown, *part.rest] == sorted(items, key=lambda one: (-one.tally.friends, one.id))
    assert len(part.shown) + bool(part.before) + bool(part.rest) <= size + 2


# Cases


def test_the_most_active_stand_for_themselves_and_the_others_together() -> None:
    members = [member(number, number) for number in range(1, 11)]
    for picture, goes_on in ((overview(members, [], 5), None), (inside(members, [], LAKE, 5), Cursor(8, "8"))):
        assert keys(picture) == ["1-homeowner", "r10", "r9", "r8", "1-homeowner:others"]
        whole, *_leaders, others = picture.nodes
        assert (whole.stands_for, whole.tally.friends) == (10, 55)
        assert (others.stands_for, others.tally.friends, others.after) == (7, 28, goes_on)


def test_a_small_group_leaves_its_room_to_a_large_one() -> None:
    picture = overview([member(1, group=HILL), *(member(number) for number in range(2, 12))], [], 10)
    assert Counter(node.group for node in picture.nodes) == {HILL: 2, LAKE: 8}


def test_chains_are_drawn_through_whatever_stands_for_a_person() -> None:
    chain = [Link(1, 2), Link(2, 3), Link(3, 4), Link(4, 3), Link(3, 3), Link(3, 99)]
    members = [member(1, 9), member(2, 8), *(member(number) for number in (3, 4, 7))]
    members += [member(5, 7, HILL), member(6, 1, HILL)]
    assert brought(overview(members, chain, 12)) == [
        ("r1", "r2", 1), ("r2", "r3", 1), ("r3", "r4", 1), ("r4", "r3", 1),
    ]  # fmt: skip
    others = "1-homeowner:others"
    assert brought(inside(members, chain, LAKE, FEWEST)) == [
        ("r1", "r2", 1), ("r2", "r3", 1), ("r3", others, 1), (others, "r3", 1),
    ]  # fmt: skip
    several = brought(overview(members, [Link(1, 2), Link(5, 3), Link(6, 4)], FEWEST))
    assert several == [("r1", others, 1), ("2-citizen", others, 2)]


def test_two_who_brought_each_other_are_two_nodes_and_two_arrows() -> None:
    a, b = Who(1), Who(2)
    told = [Bond(a, b, Step.SIGNED, 1), Bond(b, a, Step.VISITED, 2), Bond(a, a, Step.VISITED, 3)]
    picture = around(neighbourhood(told, a), 10)
    assert keys(picture) == ["r1", "r2"]
    assert picture.edges == (Edge("r2", "r1", brought=True), Edge("r1", "r2", brought=True))
    assert picture.nodes[1].step is Step.SIGNED


def test_who_brought_a_person_takes_a_quarter_of_the_room() -> None:
    centre = Who(1)
    told = [Bond(Who(number), centre, Step.VISITED, number) for number in range(10, 20)]
    told += [Bond(centre, Who(number, refers=False), Step.VISITED, number) for number in range(30, 45)]
    picture = around(neighbourhood(told, centre), 13)
    sources = [edge.source for edge in picture.edges if edge.target == centre.key]
    assert (len(picture.nodes), len(sources), sources[-1]) == (13, 3, "by-others")
    assert [edge.count for edge in picture.edges] == [1, 1, 8] + [1] * 8 + [7]


def test_a_chain_goes_on_and_the_nearer_come_first() -> None:
    """Of 1's two friends one brought three, of whom one is 1's friend too; there is room for two more."""
    told = [
        Bond(Who(1), Who(2), Step.SIGNED, 12),
        Bond(Who(1), Who(3), Step.VISITED, 13),
        Bond(Who(2), Who(3), Step.VISITED, 23),
        *(Bond(Who(2), Who(number, refers=False), Step.ACCEPTED, 20 + number) for number in (4, 5, 6)),
        Bond(Who(3), Who(7, refers=False), Step.SIGNED, 37),
    ]
    near = neighbourhood(told, Who(1))
    wide = two_generations(told, near, 20)
    assert keys(wide) == ["r1", "r2", "r3", "c4", "c5", "c6", "c7"]
    assert [edge for edge in brought(wide) if edge[0] == "r2"] == [("r2", key, 1) for key in ("r3", "c4", "c5", "c6")]
    assert keys(two_generations(told, near, 6)) == ["r1", "r2", "r3", "c4", "r2:others", "c7"]
    narrow = two_generations(told, near, FEWEST)
    assert keys(narrow) == ["r1", "r2", "r3", "r2:others", "c7"]
    others = narrow.nodes[3]
    assert (others.stands_for, others.tally.friends, others.person) == (3, 3, 2)
    assert ("r2", "r2:others", 3) in brought(narrow)


CUTS = {  # of five, ranked by their figure: the room, behind whom, and how many stand before, in and after the part
    "all fit": (5, 0, (0, 5, 0)),
    "more room than items": (9, 0, (0, 5, 0)),
    "one place goes to those after": (4, 0, (0, 3, 2)),
    "one more goes to those before": (4, 1, (1, 2, 2)),
    "the last part needs no place after it": (4, 2, (2, 3, 0)),
    "no room for anybody": (1, 1, (1, 0, 4)),
    "none at all": (0, 0, (0, 0, 5)),
    "behind the last": (4, 5, (5, 0, 0)),
}


@pytest.mark.parametrize(("room", "behind", "parts"), CUTS.values(), ids=CUTS)
def test_what_fits_beside_those_before_and_after(room: int, behind: int, parts: tuple[int, int, int]) -> None:
    items = [member(number, 9 - number) for number in range(1, 6)]
    part = cut_to(items, room, items[behind - 1].cursor if behind else None)
    assert (len(part.before), len(part.shown), len(part.rest)) == parts
    assert [*part.before, *part.shown, *part.rest] == items


@pytest.mark.parametrize(
    ("steps", "tally"),
    [
        ([], Tally()),
        ([Step.ACCEPTED, Step.WITHDRAWN], Tally(2)),
        ([Step.VISITED, Step.SUBSCRIBED], Tally(2, 2)),
        ([Step.SIGNED, Step.CANCELLED, Step.SIGNED], Tally(3, 3, 2, 1)),
    ],
)
def test_a_tally(steps: list[Step], tally: Tally) -> None:
    assert Tally.of(steps) == tally == total([Tally.of([step]) for step in steps])


@pytest.mark.parametrize("cursor", [Cursor(0, "1"), Cursor(12, "3-citizen"), Cursor(5, "a.b")])
def test_a_cursor_is_read_as_it_was_written(cursor: Cursor) -> None:
    assert Cursor.read(str(cursor)) == cursor


@pytest.mark.parametrize("text", ["", "x", "1", "1.", ".1", "-1.2", "x.1", "٣.1", "9" * 30 + ".1"])
def test_what_is_no_cursor_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no cursor"):
        Cursor.read(text)


def test_a_picture_needs_some_room() -> None:
    with pytest.raises(ValueError, match="at least 5"):
        overview([], [], FEWEST - 1)


def test_where_there_is_room_for_the_friends_of_one_those_of_the_others_are_not_drawn() -> None:
    """And a number that says it brought itself is left out."""
    centre, *friends = (Who(number) for number in range(1, 5))
    near = neighbourhood([Bond(centre, who, Step.ACCEPTED, who.id) for who in friends], centre)
    further = [
        Bond(who, Who(10 * who.id + n, refers=False), Step.ACCEPTED, 10 * who.id + n) for who in friends for n in (1, 2)
    ]
    picture = around(near, FEWEST, further=[*further, Bond(friends[0], friends[0], Step.ACCEPTED, 99)])
    assert len(picture.nodes) == FEWEST
    drawn = Counter(edge.source for edge in picture.edges)
    assert (drawn.pop(centre.key), sorted(drawn.values())) == (3, [1])
    assert all(edge.source != edge.target for edge in picture.edges)
