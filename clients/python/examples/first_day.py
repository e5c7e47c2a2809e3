"""A first day: what may be sold, a client registered, brought to the site and verified, and what happened meanwhile.

Run it with a test key, such as `make demo` prints one:

    python clients/python/examples/first_day.py http://127.0.0.1:8000 pk_test_…
"""

import sys

from portal_partner import Client, Invalid


def run(client: Client) -> list[str]:
    """Do it, and say what came of each step."""
    said = []
    place = next(one for one in client.developments() if one["open"])
    said.append(f"{place['name']}: {place['rules']['showing_days']} days of protection before the first showing")

    told = client.register(place["id"], "13800004321", "周先生")
    said.append(f"{told['client']['phone']} is {told['outcome']}, protected until {told['protected_until']}")
    said.append(f"anybody can verify it: {told['receipt']['proof_url']}")

    refused = client.register(place["id"], "13800000001", "吴女士")
    said.append(f"13800000001 is {refused['outcome']}: {refused['detail']}")

    ready = next(one for one in client.registrations() if one["client"]["phone"].endswith("0011"))
    days = client.slots(told["id"])["days"]
    slot = next(one for day in days for one in client.slots(told["id"], day=day)["slots"] if one["left"])
    said.append(f"a visit is booked for {client.book(told['id'], slot['begins_at'])['begins_at']}")

    codes = client.send_code(ready["id"])["sandbox"]
    if codes is None:
        raise SystemExit("This is a live key: only a person at the site has the codes. Use a test key.")
    client.scan(ready["id"], codes["site_code"])
    try:
        client.check_in(ready["id"], "code", code="000000")
    except Invalid as error:
        said.append(f"a wrong code counts as a try: {error.detail}")
    showing = client.check_in(ready["id"], "code", code=codes["code"])
    said.append(f"the showing is {showing['state']}, the client protected until {showing['protected_until']}")

    said += [f"#{one['sequence']} {one['type']} {one['url'] or ''}" for one in client.events()][-5:]
    return said


if __name__ == "__main__":
    with Client(sys.argv[2], sys.argv[1], language="en") as system:
        print("\n".join(run(system)))
