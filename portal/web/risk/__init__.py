"""The risk desk: figures of partners, flags, and the questions that come of them."""
