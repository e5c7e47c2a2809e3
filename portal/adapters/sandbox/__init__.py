"""Where files of strangers are read: in child processes with limits on CPU time and memory, and without our secrets."""
