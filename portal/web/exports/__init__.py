"""Scheduled exports: the lists that can be exported so, their pages, and how the worker has a file made."""
