"""Where somebody is paid."""
