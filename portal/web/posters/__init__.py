"""Posters as staff and referrers shape them: designs, looks, own lines, batches; and how one is drawn."""
