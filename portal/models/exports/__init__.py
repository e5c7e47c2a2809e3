"""Scheduled exports: who has which list sent, when; and each file that was made of it."""
