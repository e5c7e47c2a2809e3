"""Why clients came and did not buy (未成交原因): whom it is asked, what was said, and what came of it."""
