"""Conflicts over whose client somebody is: objecting, the queue, a case with its time line, and its decision."""
