"""Files that come in with a form or a camera, and files that are handed out."""
