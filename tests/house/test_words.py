"""One word a thing: English words with two Chinese meanings say which; a state has one name; a thing has one name.

The English text is the key of a translation, so an English word that means two things would get one Chinese word for
both. Such a word carries its context (`_p("stock", "Left")`, in templates `pgettext("stock", "Left")`).
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping

import pytest

from tests.house.source import ROOT
from tests.house.test_translations import translated

WATCHED: Mapping[str, frozenset[str]] = {
    word: frozenset(contexts)
    for word, contexts in {
        # What an English reader tells apart by where it stands, and a catalogue does not.
        "Accepted": ["contact", "lead", "registration"],
        "Account": ["bank", None],
        "Agencies": ["channel", None],
        "Another name": ["account", None],
        "Approve": ["payout", None],
        "Approve the ticked ones": ["payout", None],
        "Approved": ["adjustment", "payout", "reward", "statement"],
        "Balance": ["ledger"],
        "Bill": [None],
        "Book": [],
        "Booked": ["visit", None],
        "By whom": ["row", None],
        "Changed": ["stored file"],
        "Charge": [],
        "Check": [],
        "Checked": ["invoice"],
        "Close": [],
        "Closed": ["account"],
        "Code": [],
        "Company": ["employee", "programme"],
        "Contact": ["lead"],
        "Counts": ["strike"],
        "Decide": ["appeal", None],
        "Decided by": ["adjustment", "appeal", "conflict", "showing", None],
        "Draft": ["plan", "statement"],
        "Due": ["reward"],
        "Ended": ["agreement", "api key", "countdown", "export"],
        "Event": ["campaign"],
        "Failed": ["calls", "payout"],
        "File": [None],
        "Fine": [],
        "For": ["voucher"],
        "Given": ["consent"],
        "Hold": [],
        "In review": ["registration", "reward"],
        "Issue": [],
        "Issued": ["statement"],
        "Issued at": ["voucher", None],
        "Lapsed": ["strike"],
        "Last": [None],
        "Late": ["health"],
        "Lead": ["referral"],
        "Leads": ["channel", None],
        "Left": ["comparison", "stock"],
        "Less": ["tax table"],
        "Light": [],
        "Line": ["comparison"],
        "Mark": [],
        "Match": [],
        "Measure": ["audit log", "column"],
        "Month": ["audit log", "window", None],
        "Name": ["ledger", None],
        "New": ["audit log"],
        "Not confirmed": ["bank answer"],
        "Office": ["campaign"],
        "Open": ["appeal"],
        "Order": [],
        "Over": ["programme"],
        "Own media": ["channel"],
        "Part": ["audit log", None],
        "Party": [],
        "Pays": ["tier"],
        "Period": [],
        "Phone": ["poster size", None],
        "Place": ["campaign", "development", "stand"],
        "Position": ["development", "device"],
        "Post": [],
        "Present": [],
        "Quarter": ["window"],
        "Record": ["audit log"],
        "Referral": ["channel", None],
        "Refused": ["calls", "import row", "registration"],
        "Register": [],
        "Reject": ["invoice", "payout"],
        "Rejected": ["invoice", "payout", "showing"],
        "Report": [],
        "Return": [],
        "Revoked": ["api key", "benefit", "reward"],
        "Right": ["comparison"],
        "Run": [],
        "Runs": ["programme"],
        "Seal": [],
        "Second": [],
        "Sent back": ["payout", None],
        "Set": [],
        "Share": ["instalment"],
        "Sign": [],
        "Stand": ["campaign"],
        "Stands": ["benefit"],
        "Started": ["showing"],
        "State": [],
        "Step": ["waterfall"],
        "Steps": ["reward plan", "tax table"],
        "Subject": [],
        "Table": [],
        "Taken back": ["bill", "employee", "voucher"],
        "Templates": ["face"],
        "Terms": ["programme"],
        "To be looked at": ["poster design"],
        "Turned down": ["adjustment", "dispute", "reward"],
        "Up to": ["tax table"],
        "Valid": ["invoice"],
        "View": [],
        "Voided": ["payout", "strike"],
        "Waits": ["import row"],
        "WeChat": ["channel", None],
        "Well": ["health"],
        "What": ["row", None],
        "Whole": ["audit log", None],
        "What will happen": ["registration", None],
        "Year": ["window"],
        "Yes, approve them": ["payout", None],
    }.items()
}
"""Each with the contexts in which it stands. None: also without one, for the meaning that the glossary gives it.

A new use says what it means: give it a context, and write that one down here.
"""

RETIRED: Mapping[str, str] = {
    "违规": "虚假带看",
    "审计日志": "操作日志",
    "自访": "自然到访",
    "人脸模板": "人脸特征",
    "提议": "提交",
    "认定人": "审批人",
    "暂扣": "暂停",
    "暂挂": "暂停",
    "展位": "地推点",
    "好友": "朋友",
    "接待台": "前台",
    "账本": "总账",
    "转账": "分录",
    "扣税证明": "代扣说明",
    "银行结果": "银行回复",
    "裁决": "裁定",
    "结账": "结算",
    "福利": "奖励权益",
    "待查看": "待审核",
    "摊位": "地推点",
    "结佣": "计佣",
    "面部特征": "人脸特征",
    "银行信息": "收款账户",
}
"""Words that named a thing that has another name (docs/glossary.md)."""

_KEPT = re.compile("冻结账号|待查看并启用")
"""What only looks like one of them."""

_HAN = "[\u4e00-\u9fff]"
_HALF_WIDTH = re.compile(rf"{_HAN} ?[,;:!?]|[,;!?] ?{_HAN}|{_HAN}\.(?= |$|{_HAN})|{_HAN}\(|\){_HAN}|\({_HAN}")
_AS_IN_A_FILE = {"it must be [left, top, width, height] in whole pixels"}
"""Signs of a file's own language."""


_ON_A_BUTTON = re.compile(r'(?:<button|class="btn)[^>]*>\s*(?:\{\{-? icon\([^}]*\}\}\s*)?\{\{-? _\("([^"]+)"\)')


def uses() -> Mapping[str, set[str | None]]:
    """Under which contexts each text stands in the catalogue, which test_translations holds to the source."""
    found: dict[str, set[str | None]] = defaultdict(set)
    for message in translated():
        if isinstance(message.id, str) and message.id:
            found[message.id].add(message.context)
    return found


def chinese() -> Iterator[tuple[str, str]]:
    """Every English text with each of its Chinese forms."""
    for message in translated():
        forms = message.string if isinstance(message.string, tuple | list) else (message.string,)
        for form in forms:
            if message.id:
                yield message.id if isinstance(message.id, str) else message.id[0], form


def test_a_word_of_two_meanings_says_which() -> None:
    found = uses()
    wrong = [
        f"{word!r} in the context {context!r}"
        for word, contexts in WATCHED.items()
        for context in sorted(found.get(word, set()) - contexts, key=str)
    ]
    assert not wrong, "\n".join(["say what is meant by a context, and write it into WATCHED:", *wrong])


def test_the_watched_words_are_those_of_the_source() -> None:
    """What is listed and no longer used would let a new use of that kind pass unseen."""
    found = uses()
    gone = [
        f"{word!r} in {context!r}"
        for word, contexts in WATCHED.items()
        for context in sorted(contexts - found.get(word, set()), key=str)
    ]
    assert not gone, "\n".join(gone)


def test_a_context_is_only_given_to_a_watched_word() -> None:
    """So that the list is whole: a word that needs a context anywhere needs one everywhere."""
    unlisted = [word for word, contexts in uses().items() if contexts != {None} and word not in WATCHED]
    assert not unlisted, "\n".join(unlisted)


def test_a_button_and_a_state_share_no_word() -> None:
    """“Open” on a button is 打开, as a state 待处理: a verb that is a state's name as well needs a context."""
    verbs = {word for text in _templates() for word in _ON_A_BUTTON.findall(text)}
    assert len(verbs) > 100
    states = {word for _code, context, word in _states() if not context}
    assert len(states) > 50
    assert not verbs & states


def test_no_template_words_a_state_itself() -> None:
    """Filters offer the states by `status_choices`: two tables of words part sooner or later."""
    words = {(code, word) for code, _context, word in _states()}
    assert len(words) > 100
    typed = [
        f"{code}: {word}"
        for text in _templates()
        for code, word in re.findall(r'\("(\w+)", _\("([^"]+)"\)\)', text)
        if (code, word) in words
    ]
    assert not typed, "\n".join(typed)


def _states() -> list[tuple[str, str, str]]:
    """Code, context or nothing, and word of every state in the one table that words them."""
    source = (ROOT / "portal" / "web" / "words" / "statuses.py").read_text(encoding="utf-8")
    return re.findall(r'"(\w+)": _\w+\(_p?\((?:"([^"]+)", )?"([^"]+)"\)', source)


def _templates() -> Iterator[str]:
    for path in sorted((ROOT / "templates").rglob("*.html")):
        yield path.read_text(encoding="utf-8")


@pytest.mark.parametrize("word", RETIRED)
def test_a_thing_has_one_name(word: str) -> None:
    old = [f"{english!r}: {said}" for english, said in chinese() if word in _KEPT.sub("", said)]
    assert not old, "\n".join([f"not {word} but {RETIRED[word]}:", *old])


def test_chinese_has_its_own_punctuation() -> None:
    wrong = [said for english, said in chinese() if _HALF_WIDTH.search(said) and english not in _AS_IN_A_FILE]
    assert not wrong, "\n".join(wrong)


def test_a_reader_is_addressed_politely() -> None:
    """您, never 你 (but 你们, which a client says of us)."""
    wrong = [said for _english, said in chinese() if re.search("你(?!们)|[「」]", said)]
    assert not wrong, "\n".join(wrong)


def test_a_context_is_a_thing_in_small_letters() -> None:
    contexts = {context for found in uses().values() for context in found if context is not None}
    assert all(re.fullmatch("[a-z]+( [a-z]+)?", context) for context in contexts)
    assert contexts
