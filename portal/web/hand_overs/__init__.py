"""What somebody leaves behind, and handing it over."""
