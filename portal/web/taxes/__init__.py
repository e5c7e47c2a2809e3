"""Tax kept back from persons: the monthly report, certificates, and the table in words."""
