"""Scheduled exports: who has which list sent when, the files that come of it, and the worker that makes them."""
