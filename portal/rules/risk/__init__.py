"""What a person looks at before money moves to a partner (风险台)."""
