"""The robots in developments' groups: whose they are, what they are to say, and that it is said."""
