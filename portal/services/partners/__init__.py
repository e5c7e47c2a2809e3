"""Partners: agencies, developments and the agreements between them."""
