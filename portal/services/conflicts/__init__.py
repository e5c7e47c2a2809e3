"""Conflicts over whose client somebody is: cases, objections, decisions by people, second looks."""
