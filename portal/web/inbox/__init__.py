"""The phone of every client, for who develops: texts that were not sent, shown as an inbox."""
