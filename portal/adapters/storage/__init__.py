"""Where files lie: on a disk, in a bucket."""
