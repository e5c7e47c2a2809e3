"""After the handover: what owners are asked, and what becomes of their complaints (回访, 投诉)."""
