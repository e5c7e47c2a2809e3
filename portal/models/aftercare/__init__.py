"""After the handover: planned handovers, owners' files, surveys and complaints."""
