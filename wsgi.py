"""What a WSGI server loads: `gunicorn wsgi:app`."""

from portal.app import create_app
from portal.cli.opening import opened
from portal.config import Config

config = Config.from_env()
with opened(config):  # ends in one line where schema or keys do not fit
    app = create_app(config)
