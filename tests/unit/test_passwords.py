"""What a password costs who tries one: tests hash cheaply, production never does."""

import subprocess
import sys

from argon2 import PasswordHasher, extract_parameters
from argon2.low_level import Type

from portal.services.accounts.passwords import hash_password


def test_a_try_costs_what_rfc_9106_asks_for(real_hasher: PasswordHasher) -> None:
    cost = extract_parameters(real_hasher.hash("a password"))
    assert cost.type is Type.ID
    assert (cost.time_cost, cost.memory_cost, cost.parallelism) >= (3, 64 * 1024, 4)
    assert cost.memory_cost >= 64 * 1024


def test_what_runs_outside_of_tests_costs_as_much() -> None:
    program = "from portal.services.accounts.passwords import hash_password; print(hash_password('a password'))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert extract_parameters(done.stdout.strip()).memory_cost >= 64 * 1024


def test_here_it_costs_next_to_nothing() -> None:
    assert extract_parameters(hash_password("a password")).memory_cost == 8
