"""People who sign in, and what is proposed about their accounts."""
