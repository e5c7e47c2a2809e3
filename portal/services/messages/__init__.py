"""Messages: texts and mails on their way out."""
