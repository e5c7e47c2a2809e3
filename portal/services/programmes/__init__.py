"""Programmes: companies and stands that refer, their employees, gifts, discounts and costs."""
