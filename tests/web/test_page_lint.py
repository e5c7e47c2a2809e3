"""The lint of pages can fail: a good page passes, and each single damage to it is found."""

import pytest

from tests.web.page_lint import faults

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}
GOOD = """<!doctype html>
<html lang="zh-Hans-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>报备 · 桥园</title>
<script src="/static/app.js" defer></script>
</head>
<body>
<main>
<h1>报备</h1>
<p id="hint">姓名与身份证一致</p>
<form method="post">
<input type="hidden" name="csrf_token" value="t">
<label for="name">姓名</label><input id="name" name="name" aria-describedby="hint">
<label><input type="checkbox" name="agree"> 同意</label>
<button>提交</button>
</form>
<form method="get"><input name="q" aria-label="搜索"><button>搜索</button></form>
<a href="#name">姓名</a>
<img src="/logo.png" alt="">
<a href="/en" lang="en">English</a>
</main>
</body>
</html>
"""


@pytest.fixture(autouse=True)
def catalogue(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.web.page_lint._english_of_translated_texts", lambda: {"Send", "English"})


def found(html: str = GOOD, headers: dict[str, str] = HEADERS, language: str = "zh") -> str:
    return "\n".join(faults(html, headers, language))


def test_a_good_page_passes() -> None:
    assert found() == ""


@pytest.mark.parametrize(
    ("good", "bad", "said"),
    [
        ("<!doctype html>", "", "Expected DOCTYPE"),
        ("</main>", "</div></main>", "HTML, line"),
        ('name="name" aria', 'name="name" name="x" aria', "HTML, line"),
        ("<h1>报备</h1>", "<h1>报备</h1><h1>再报</h1>", "there are 2 h1"),
        ("<h1>报备</h1>", "", "there are 0 h1"),
        ("<title>报备 · 桥园", "<title>桥园 · 报备", "does not begin with the h1"),
        ('<html lang="zh-Hans-CN">', "<html>", "says it is in ''"),
        ('<html lang="zh-Hans-CN">', '<html lang="en">', "says it is in 'en'"),
        ('<meta name="viewport" content="width=device-width">', "", "no viewport"),
        ("<main>", "<main><p id='name'></p>", "'name' is used 2 times"),
        ('aria-describedby="hint"', 'aria-describedby="gone"', "names 'gone'"),
        ('href="#name"', 'href="#gone"', "leads to 'gone'"),
        ('<label for="name">姓名</label>', "", '<input id="name" name="name"> has no label'),
        (' aria-label="搜索"', "", '<input name="q"> has no label'),
        ("<button>提交</button>", "<button><svg></svg></button>", "no name that can be read out"),
        (' alt=""', "", "has no alt"),
        ("<main>", "<main><script>alert(1)</script>", "inline script"),
        ("<main>", "<main><p style='color:red'>a</p>", "inline style"),
        ("</head>", "<style>p{color:red}</style></head>", "inline style"),
        ("<main>", "<main><p onclick='x()'>a</p>", "handler onclick"),
        ("<main>", "<main><p hx-on:click='x()'>a</p>", "handler hx-on:click"),
        ('href="/en"', 'href="javascript:x()"', "runs a script by its href"),
        ('src="/logo.png"', 'src="https://elsewhere.example/logo.png"', "from elsewhere"),
        ('name="csrf_token" value="t"', 'name="csrf_token" value=""', "posts without a token"),
        (
            '<form method="get">',
            '<form method="get"><input type="hidden" name="csrf_token">',
            "show its token",
        ),
        ("姓名与", "%(name)s 与", "should not see"),
        ("姓名与", "<b>None</b>", "should not see"),
    ],
)
def test_a_damaged_page_is_found(good: str, bad: str, said: str) -> None:
    assert good in GOOD
    assert said in found(GOOD.replace(good, bad, 1))


@pytest.mark.parametrize(
    ("header", "value", "said"),
    [
        ("Content-Security-Policy", "", "default-src is None"),
        ("Content-Security-Policy", "default-src *", "default-src is ['*']"),
        (
            "Content-Security-Policy",
            "default-src 'self'; script-src 'unsafe-inline'",
            "allows 'unsafe-inline'",
        ),
        ("Content-Security-Policy", "default-src 'self'; script-src data:", "script-src allows data:"),
        ("Content-Security-Policy", "default-src 'self'", "lacks frame-ancestors"),
        ("Content-Security-Policy", "script-src 'self' https://cdn.example", "script-src allows https://cdn.example"),
        ("Content-Security-Policy", "img-src *.example.com", "img-src allows *.example.com"),
        (
            "Content-Security-Policy",
            "script-src 'self' https://res.wx.qq.com",
            "script-src allows https://res.wx.qq.com",
        ),
        ("X-Content-Type-Options", "", "X-Content-Type-Options"),
    ],
)
def test_a_missing_protection_is_found(header: str, value: str, said: str) -> None:
    assert said in found(headers={**HEADERS, header: value})


def test_english_left_in_a_chinese_page_is_found() -> None:
    assert "is not translated: 'Send'" in found(GOOD.replace("提交", "Send"))
    assert "English" not in found()


def test_wechats_script_may_come_to_a_page_that_asks_for_a_card() -> None:
    policy = HEADERS["Content-Security-Policy"] + "; script-src 'self' https://res.wx.qq.com"
    asks = GOOD.replace(
        "</head>", '<script src="/card.js" async data-sdk="https://res.wx.qq.com/x.js"></script></head>'
    )
    assert found(asks, HEADERS | {"Content-Security-Policy": policy}) == ""
    assert "style-src allows" in found(
        asks, HEADERS | {"Content-Security-Policy": policy + "; style-src https://res.wx.qq.com"}
    )
