"""WSGI entry of the web server."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "suite.settings")
application = get_wsgi_application()

# What was loaded stays until the end: going through it for garbage again and again costs a fifth of the time.
gc.collect()
gc.freeze()
gc.set_threshold(20_000, 10, 10)
