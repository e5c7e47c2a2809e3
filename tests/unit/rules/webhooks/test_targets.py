"""Where a webhook may go: every way of writing an address that leads inside, and the plain ones that do not."""

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commissions.refusal import Refusal
from portal.rules.webhooks.targets import LONGEST, may_reach, target_of


@pytest.mark.parametrize(
    ("url", "host", "port", "path", "written"),
    [
        ("https://hooks.example.com", "hooks.example.com", 443, "/", "hooks.example.com"),
        ("HTTPS://Hooks.Example.com:8443/a?b=1", "hooks.example.com", 8443, "/a?b=1", "hooks.example.com:8443"),
        ("https://8.8.8.8/", "8.8.8.8", 443, "/", "8.8.8.8"),
        ("https://[2606:4700::1111]/x", "2606:4700::1111", 443, "/x", "[2606:4700::1111]"),
        ("https://xn--fiq228c.example/", "xn--fiq228c.example", 443, "/", "xn--fiq228c.example"),
    ],
)
def test_a_public_server_over_tls_may_be_named(url: str, host: str, port: int, path: str, written: str) -> None:
    for loopback in (False, True):
        found = target_of(url, loopback=loopback)
        assert (found.host, found.port, found.path, found.written, found.tls) == (host, port, path, written, True)


@pytest.mark.parametrize(
    ("url", "code"),
    [
        *(
            (f"https://{host}/", "webhook_address_odd")
            for host in (
                "2130706433",
                "0x7f000001",
                "0x7f.1",
                "0177.0.0.1",
                "127.1",
                "1.2.3.4.5",
                "x.0x",
                "x.com.",
                "x..com",
                "a_b.com",
                "８.8.8.8",
                "%31.com",
                "-a.com",
                "a" * 64 + ".com",
                ".".join(["a" * 60] * 5),
                "[::1",
                "[fe80::1%25eth0]",
                "x.com:0",
                "x.com:99999",
                "x.com:a",
                "x .com",
                "",
            )
        ),
        ("ftp://x.com/", "webhook_address_odd"),
        ("//x.com/", "webhook_address_odd"),
        ("https://x.com\\@y.com/", "webhook_address_odd"),
        ("https://x.com/#part", "webhook_address_odd"),
        ("https://x.com/\n", "webhook_address_odd"),
        ("https://x.com/" + "a" * LONGEST, "webhook_address_odd"),
        ("https://me:word@x.com/", "webhook_address_secret"),
        ("https://me@x.com/", "webhook_address_secret"),
        ("http://x.com/", "webhook_address_tls"),
        ("https://x.com:25/", "webhook_address_port"),
        ("https://10.0.0.1/", "webhook_address_private"),
        ("https://100.100.100.200/", "webhook_address_private"),
        ("https://[::ffff:8.8.8.8]/", "webhook_address_private"),
    ],
)
def test_what_may_not_be_named_is_refused_whatever_the_setting(url: str, code: str) -> None:
    for loopback in (False, True):
        with pytest.raises(Refusal, match=code) as refused:
            target_of(url, loopback=loopback)
        assert refused.value.facts["field"] == "url"


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.9.9.9", "[::1]"])
def test_this_machine_is_named_where_the_setting_says_so(host: str) -> None:
    found = target_of(f"http://{host}:9/hook", loopback=True)
    assert (found.port, found.tls) == (9, False)
    with pytest.raises(Refusal, match="webhook_address_private"):
        target_of(f"https://{host}/hook", loopback=False)


@pytest.mark.parametrize(
    "text",
    [
        "0.0.0.0",
        "10.1.2.3",
        "100.64.0.1",
        "127.0.0.1",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.8",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.1.1",
        "198.18.0.1",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:8.8.8.8",
        "64:ff9b::a00:1",
        "64:ff9b::808:808",
        "64:ff9b:1::1",
        "100::1",
        "2001::1",
        "2001:db8::1",
        "2002:a00:1::",
        "2002:808:808::",
        "3fff::1",
        "5f00::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fec0::1",
        "ff02::1",
    ],
)
def test_an_address_that_is_not_public_is_not_reached(text: str) -> None:
    address = ip_address(text)
    assert not may_reach(address, loopback=False)
    assert may_reach(address, loopback=True) is (text in ("127.0.0.1", "::1"))


@pytest.mark.parametrize("text", ["1.1.1.1", "172.32.0.1", "223.5.5.5", "2400:3200::1", "2606:4700::1111"])
def test_a_public_address_is_reached(text: str) -> None:
    assert may_reach(ip_address(text), loopback=False)


@given(st.ip_addresses())
def test_what_the_library_calls_private_is_never_reached(address) -> None:  # type: ignore[no-untyped-def]
    if address.is_private or address.is_multicast or address.is_link_local or address.is_loopback:
        assert not may_reach(address, loopback=False)
