"""The money rules: deals and plans in, commissions, statements and balanced transfers out.

Everything here is pure. Standard library only, no clock, no database, no web framework, so that a
figure can be worked out, previewed and checked by the same code, with nothing but facts in hand.
Amounts are integers of fen, rates integers of basis points, instants aware datetimes.
`docs/money.md` tells the same story in prose, with tables that run as tests.
"""
