"""The administrator's rooms: people, the audit log, and how the portal is doing."""
