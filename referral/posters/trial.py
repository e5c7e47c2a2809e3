"""A design on trial: usual and extreme words are set in it, and its code is read, before anybody else sees it.

The same words are what every design of the house is tested with.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import combinations

from PIL import Image

from referral.posters.design import Design, Fault
from referral.posters.layout import PosterValues
from referral.posters.poster import Sheet, sheet

PLAIN = PosterValues(
    development="云栖湖畔",
    headline="好邻居，\n值得做一辈子",
    body=("四面环湖的低密社区，离地铁站 600 米。", "推荐亲友签约，您与朋友都有心意。"),
    referrer="林静",
    title="3 号楼业主",
    code="K7M42QX9",
    brand="云栖置业",
    permit="杭售许字（2026）第 000123 号",
)
SAMPLES: Mapping[str, PosterValues] = {
    "plain": PLAIN,
    "english": replace(
        PLAIN,
        development="Cloudrest Lakeside",
        headline="Live next door to people you like",
        body=("A quiet lakeside neighbourhood, 600 metres from the metro.",),
        referrer="Bartholomew Featherstonehaugh-Cholmondeley the Third of Somewhere",
        brand="Cloudrest International Residential Development Holdings",
    ),
    "long": replace(
        PLAIN,
        development="𠮷祥如意国际滨江生态花园城市综合体三期御景园东区" * 2,
        headline="把最好的风景留给最亲的人，" * 6,
        body=("超长的说明文字" * 40, "第二行" * 40, "第三行" * 40, "第四行"),
        referrer="阿卜杜热合曼·买买提艾力·吐尔逊江𠮷田",
        brand="中国某某房地产开发集团股份有限公司" * 2,
        permit="杭售许字（2026）第 000123、000124、000125、000126、000127、000128 号（一至六幢）",
    ),
    "unbroken": replace(
        PLAIN, headline="W" * 200, referrer="g" * 90, title="Q" * 90, development="Å" * 90, body=("j" * 400,)
    ),
    "tall": replace(PLAIN, headline="gÅ\n" * 9, body=("y",) * 9, referrer="Åg\nÅg\nÅg", title="gÅ\ngÅ"),
    "braces": replace(PLAIN, headline="{code}{0}%s", referrer="{referrer.__class__}", body=("{",)),
    "empty": replace(PLAIN, development="", headline=" ", body=(), referrer="\u200b", title="", brand=""),
}
"""The words, by what is hard about them."""


def try_out(design: Design, url: str, read: Callable[[Image.Image], str | None]) -> Iterator[Fault]:
    """What is wrong with finished posters of a design, in all its languages; ``read`` gives the text of a QR code.

    ``url`` is as long as what the codes will hold. It takes some seconds.
    """
    for sample, values in SAMPLES.items():
        for lang in design.words:
            try:
                laid_out = sheet(design, values, qr_url=url, lang=lang)
            except ValueError:
                yield Fault("qr", "it is too small for a link of %(letters)s letters", {"letters": len(url)})
                return
            said = {"sample": sample, "lang": lang}
            yield from _faults_of_places(design, laid_out, said)
            if read(laid_out.image()) != url:
                yield Fault("qr", "it could not be read with the words of %(sample)s, %(lang)s", said)


def _faults_of_places(design: Design, laid_out: Sheet, said: Mapping[str, str]) -> Iterator[Fault]:
    boxes = {name: box for name, box in laid_out.boxes.items() if name != "picture"}
    for one, other in combinations(boxes, 2):
        if boxes[one].overlaps(boxes[other]):
            facts = {**said, "one": one, "other": other}
            yield Fault("stacks", "%(one)s and %(other)s overlap with the words of %(sample)s, %(lang)s", facts)
    for name, box in boxes.items():
        if not design.inside.holds(box):
            facts = {**said, "one": name}
            yield Fault("stacks", "%(one)s leaves the margins with the words of %(sample)s, %(lang)s", facts)
