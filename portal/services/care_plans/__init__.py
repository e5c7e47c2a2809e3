"""Care plans (跟进计划): which holds where and when, and how the next one comes to hold."""
