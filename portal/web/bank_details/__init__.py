"""Where payees are paid to: proposed here, confirmed after a call, and shown to who decides and who is paid."""
