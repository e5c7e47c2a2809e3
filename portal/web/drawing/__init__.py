"""What pages are drawn with: templates compiled for speed, texts looked up once, addresses built from patterns."""
