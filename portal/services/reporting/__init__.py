"""What others draw their own pictures from: views of stable columns without names, and who may read them (ADR 107)."""
