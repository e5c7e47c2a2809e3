"""Who may take over what somebody leaves behind."""
