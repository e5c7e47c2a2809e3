"""Accounts: people, how they sign in and out, the links and proposals that open one."""
