"""What a person looks at before money moves to a partner: figures, flags, questions, holds."""
