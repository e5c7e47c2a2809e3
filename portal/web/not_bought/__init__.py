"""Why clients came and did not buy: asked after a visit, counted, and held against the handbook."""
