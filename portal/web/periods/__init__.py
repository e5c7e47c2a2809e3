"""The period board (结算看板): what is missing before a month is closed, closing it, and the months before."""
