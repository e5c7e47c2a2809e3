"""Privacy: what is stored of a person, handed out to him, withdrawn and erased."""
