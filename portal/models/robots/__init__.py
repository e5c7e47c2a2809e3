"""The robots that speak in developments' groups, and what they say."""
