"""Companies and stands that refer, and their employees."""
