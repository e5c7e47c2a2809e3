"""The card that WeChat shows for a shared link, and in development the page that draws it."""
