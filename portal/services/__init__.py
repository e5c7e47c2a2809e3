"""Use cases, one verb function each: load facts, ask a rule, store what follows with its audit row.

A folder a domain, from `claims` and `ledger` at the bottom to `home` at the top; what all of them share stands beside
the folders. The order is held by `make lint`.

A service is handed the session, the actor and the instant. It never commits: the edge that called it owns the
one transaction. It raises `Refusal` where a rule says no.

The one exception is what works in many transactions, each of which leaves a whole state: a domain's `worker`. It is
handed the database, and its `run_due` is what the job calls when it looks.
"""
