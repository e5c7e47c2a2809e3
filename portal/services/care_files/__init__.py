"""Care files (客户档案): what is known of a client, how files are found, tagged and graded, and how lists come in."""
