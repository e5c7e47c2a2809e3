"""The page that a code leads to: what friends see, the number that they leave, and what comes after it."""
