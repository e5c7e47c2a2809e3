"""Drawing: where lines stand, how they break, in which type and colour, and the code that scans."""
