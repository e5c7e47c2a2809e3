"""A place opens in each map where it lies: shifted as that map shows it, named, and by the map's own address."""

from urllib.parse import parse_qs, urlsplit

import pytest

from portal.rules.landing.coordinates import gcj02_of_wgs84
from portal.rules.landing.map_links import map_links

SITE = (30.2592, 120.0884)
NORTH, EAST = (round(one, 6) for one in gcj02_of_wgs84(*SITE))


def asked(address: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


@pytest.fixture
def links() -> dict[str, str]:
    return dict(map_links(*SITE, name="云栖里", address="杭州西溪路 1 号", source="Qiaoyuan"))


def test_amap_is_given_longitude_first_in_its_own_system(links: dict[str, str]) -> None:
    assert links["amap"].startswith("https://uri.amap.com/marker?")
    assert asked(links["amap"]) == {
        "position": f"{EAST},{NORTH}",
        "name": "云栖里",
        "src": "Qiaoyuan",
        "coordinate": "gaode",
        "callnative": "1",
    }


def test_tencent_is_given_latitude_first_in_one_marker(links: dict[str, str]) -> None:
    assert links["tencent"].startswith("https://apis.map.qq.com/uri/v1/marker?")
    marker = f"coord:{NORTH},{EAST};title:云栖里;addr:杭州西溪路 1 号"
    assert asked(links["tencent"]) == {"marker": marker, "referer": "Qiaoyuan"}


def test_apple_is_given_latitude_first_as_its_map_of_china_wants_it(links: dict[str, str]) -> None:
    assert links["apple"].startswith("https://maps.apple.com/?")
    assert asked(links["apple"]) == {"ll": f"{NORTH},{EAST}", "q": "云栖里"}


def test_no_name_breaks_out_of_its_place() -> None:
    links = map_links(*SITE, name="a;title:b&x=1", address="c:d", source="s")
    assert asked(links["tencent"])["marker"].count(";") == 2
    assert set(asked(links["tencent"])) == {"marker", "referer"}
    assert asked(links["amap"])["name"] == "a;title:b&x=1"


def test_outside_china_nothing_is_shifted() -> None:
    assert asked(map_links(48.8584, 2.2945, name="x", address="y", source="s")["apple"])["ll"] == "48.8584,2.2945"
