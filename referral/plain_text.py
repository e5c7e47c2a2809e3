"""A text written plainly, to be compared: what people write otherwise to get past a comparison is taken away.

Width, case, marks, spaces and signs between letters do not count; traditional characters, letters of other alphabets
that look the same, and characters that stand in for another one become the usual one.
"""

import unicodedata
from dataclasses import dataclass

_SAME = (
    # traditional and variant characters
    "値值 昇升 陞升 漲涨 賺赚 賠赔 穩稳 報报 資资 級级 國国 頂顶 絕绝 獨独 鐘钟 鍾钟 達达 車车 鐵铁 兩两 幾几 數数 "
    "點点 増增 價价 內内 員员 風风 財财 龍龙 貴贵 "
    "買买 賣卖 讀读 轉转 貸贷 傭佣 現现 銷销 學学 區区 戶户 户户 獎奖 業业 產产 萬万 億亿 無无 敵敌 終终 極极 領领 "
    "導导 軍军 選选 復复 術术 優优 強强 "
    "貿贸 頭头 錢钱 補补 圈圈 驟步 騎骑 駕驾 開开 離离 遠远 遙遥 運运 佔占 卜卜 籌筹 紅红 潛潜 庫库 總总 號号 碼码 "
    "電电 話话 機机 樓楼 處处 營营 銷销 "
    "務务 個个 們们 來来 時时 間间 單单 棟栋 層层 園园 環环 線线 連连 這这 還还 會会 將将 馬马 為为 "
    # characters that stand in for another
    "蕞最 嘬最 朂最 弟第 菂的 甴由 闁部 "
    # capital numerals
    "壹一 贰二 貳二 叁三 參三 肆四 伍五 陆六 陸六 柒七 捌八 玖九 拾十 〇零 "
    # letters of other alphabets
    "аa еe оo рp сc хx уy кk мm тt нh вb іi јj ѕs αa βb εe ικ κk νv οo "
    "ρp τt υu χx ıi ɑa ɡg "
)
_PLAIN = {pair[0]: pair[1] for pair in _SAME.split() if len(pair) == 2}


@dataclass(frozen=True, slots=True)
class PlainText:
    """The plain signs of a text, and for each the place in the text where it came from."""

    original: str
    signs: str
    places: tuple[int, ...]

    def written(self, start: int, end: int) -> str:
        """What was written where the plain signs from `start` to before `end` came from."""
        return self.original[self.places[start] : self.places[end - 1] + 1]

    def stands_alone(self, start: int, end: int) -> bool:
        """Whether no Latin letter or digit touches these signs from outside: a word, not a part of one."""
        before, after = self.places[start] - 1, self.places[end - 1] + 1
        return not (before >= 0 and _latin(self.original[before])) and not (
            after < len(self.original) and _latin(self.original[after])
        )


def plain(text: str) -> PlainText:
    """A text written plainly: small letters and digits of every script, nothing between them."""
    signs: list[str] = []
    places: list[int] = []
    for place, sign in enumerate(text):
        for part in unicodedata.normalize("NFKD", sign).lower():
            if unicodedata.category(part)[0] in "LN":
                signs.append(_PLAIN.get(part, part))
                places.append(place)
    return PlainText(text, "".join(signs), tuple(places))


def _latin(sign: str) -> bool:
    return unicodedata.normalize("NFKD", sign)[:1].isascii() and sign.isalnum()
