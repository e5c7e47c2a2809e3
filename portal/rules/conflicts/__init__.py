"""Conflicts over whose client somebody is (渠道冲突): who may object, who may decide, and what."""
