"""Who lives in the demo's world: fictional names, and phones counted up from one number."""

from dataclasses import dataclass
from random import Random

from ...models import Audience, Role

SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
    "苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史"
)
_GIVEN = (
    "思远雨桐子涵浩然欣怡梓萱俊杰诗涵宇轩佳琪晨曦嘉豪静怡一鸣若曦志强晓琳文博慧敏建国"
    "秀英海燕立新春梅国庆丽华明辉雅婷天佑可心书瑶景行知微望舒清和怀瑾南乔予安既白云舒"
    "疏影听澜星野归远向晚沐阳远航明哲修远安澜"
)
GIVEN = tuple(_GIVEN[start : start + 2] for start in range(0, len(_GIVEN), 2))

STAFF = (
    (Role.ADMINISTRATOR, "苏管理"),
    (Role.CHANNEL_MANAGER, "陆渠道"),
    (Role.RECEPTION, "温案场"),
    (Role.FINANCE, "钱财务"),
    (Role.APPROVER, "严复核"),
    (Role.CASHIER, "付出纳"),
    (Role.PRIVACY_OFFICER, "隐守信"),
)

SECOND_ADMINISTRATOR = ("程管理", "13900000901")
SECOND_APPROVER = ("齐复核", "13900000903")
NEW_CASHIER = ("付小新", "13900000902")
CONSULTANTS = (("苏晚晴", "13900000904"), ("江予安", "13900000905"), ("孟书言", "13900000906"))
"""Who came later: their phones stand apart, so that nobody else's moved."""

AGENCIES = ("安居", "禾家", "鸿雁", "里仁", "木棉", "青檐", "四方", "归巢")
BANKS = ("工商银行", "建设银行", "招商银行", "农业银行")
BROKERS_EACH = 5


@dataclass(frozen=True, slots=True)
class Place:
    """A development of the demo's world; prices in yuan a home, from and to."""

    name: str
    city: str
    address: str
    headline: str
    colour: str
    permit: str
    latitude: float
    longitude: float
    prices: tuple[int, int]


PLACES = (
    Place(
        "云栖澜岸", "杭州", "转塘街道云河路 18 号", "推窗见湖，归家即远山",
        "#0F5E6E", "杭售许字（2026）第 000118 号", 30.1612, 120.0783, (2_600_000, 4_800_000),
    ),
    Place(
        "金陵序", "南京", "河西大街 266 号", "一座城的从容，从这里开始",
        "#8C4A2F", "宁房销第 2026100037 号", 32.0036, 118.7361, (1_800_000, 3_600_000),
    ),
    Place(
        "拾光里", "苏州", "斜塘老街 9 号", "把日子过成喜欢的样子",
        "#3C5A40", "苏房预园（2026）第 052 号", 31.2989, 120.7402, (1_500_000, 2_900_000),
    ),
)  # fmt: skip

REFERRERS = (
    (Audience.HOMEOWNER, 0, "3-1202"),
    (Audience.HOMEOWNER, 0, "5-802"),
    (Audience.HOMEOWNER, 0, "1-2101"),
    (Audience.HOMEOWNER, 1, "7-603"),
    (Audience.HOMEOWNER, 1, "2-1504"),
    (Audience.HOMEOWNER, 2, "6-901"),
    (Audience.CITIZEN, 0, None),
    (Audience.CITIZEN, 1, None),
)


class Names:
    """Names and phones, each given once."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._phone = 13900000000
        self._given: set[str] = set()

    def name(self) -> str:
        """A name that nobody else in the world has."""
        while True:
            name = self._random.choice(SURNAMES) + self._random.choice(GIVEN)
            if name not in self._given:
                self._given.add(name)
                return name

    def phone(self) -> str:
        """The next phone."""
        self._phone += 1
        return str(self._phone)
