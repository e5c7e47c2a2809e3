"""Rule profiles of developments: read, proposed, confirmed by a second person."""
