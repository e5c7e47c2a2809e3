"""A place as the maps that people in China use open it, by the addresses that their makers document.

Amap and Tencent show GCJ-02, and so does Apple's map inside China; we keep WGS-84.
"""

from collections.abc import Mapping
from urllib.parse import urlencode

from .coordinates import gcj02_of_wgs84

_PLACES = 6
"""Decimals of a degree: a tenth of a metre."""


def map_links(latitude: float, longitude: float, *, name: str, address: str, source: str) -> Mapping[str, str]:
    """Addresses that show a place given in WGS-84: `amap`, `tencent`, `apple`. `source` says to the map who asks."""
    north, east = (round(one, _PLACES) for one in gcj02_of_wgs84(latitude, longitude))
    amap = {"position": f"{east},{north}", "name": name, "src": source, "coordinate": "gaode", "callnative": 1}
    marker = f"coord:{north},{east};title:{_plain(name)};addr:{_plain(address)}"
    return {
        "amap": f"https://uri.amap.com/marker?{urlencode(amap)}",
        "tencent": f"https://apis.map.qq.com/uri/v1/marker?{urlencode({'marker': marker, 'referer': source})}",
        "apple": f"https://maps.apple.com/?{urlencode({'ll': f'{north},{east}', 'q': name})}",
    }


def _plain(text: str) -> str:
    """Without the two signs by which Tencent's marker tells its parts apart."""
    return text.replace(";", " ").replace(":", " ")
