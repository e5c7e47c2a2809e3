"""Places, as maps know them."""
