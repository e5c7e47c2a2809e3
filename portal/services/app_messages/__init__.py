"""Messages to one person in an app of his, 企业微信 or WeChat: to whom they may go, the tokens, the outbox."""
