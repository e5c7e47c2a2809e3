"""Why clients came and did not buy (未成交原因), as their carers said."""
