"""A development's page for friends, as staff keep it: its words, house types and pictures, and a look beforehand."""
