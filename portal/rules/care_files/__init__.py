"""The care file of a client (客户档案): what is known of him, what it is worth, and how files are brought in."""
