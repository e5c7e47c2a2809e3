"""Numbers by which rows are known outside, in what others draw their own pictures from."""
