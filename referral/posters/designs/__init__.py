"""The posters' designs: one TOML file each, and the picture drawn where a development has none yet."""
