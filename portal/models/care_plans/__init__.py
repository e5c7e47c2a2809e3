"""Care plans (跟进计划) of developments, proposed and confirmed by two."""
