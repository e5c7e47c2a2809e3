"""Employees of companies that refer: whose lists came, and who is known as one."""
