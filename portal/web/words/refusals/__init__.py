"""Refusals in words, a table a domain; `messages.say` reads them all."""
