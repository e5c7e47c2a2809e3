"""The outside world, each part of it behind a small interface: faces, photos, files, messages, banks."""
