"""After the handover: planned handovers, owners' files, surveys by link, complaints with their clock."""
