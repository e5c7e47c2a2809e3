"""Programmes (企业内推、社区地推): set up, watched, changed, ended; their posters and costs."""
