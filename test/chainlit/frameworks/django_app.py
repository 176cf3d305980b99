"""A Django as `startproject` makes it, over the interface that it is given: asgi or wsgi."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import uvicorn
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler

with TemporaryDirectory(prefix="twodoor-django-") as folder:
    subprocess.run([sys.executable, "-m", "django", "startproject", "site_of_tests", folder], check=True)
    (Path(folder) / "site_of_tests" / "urls.py").write_text("from django_views import urlpatterns\n")
    sys.path.insert(0, folder)
    os.environ["DJANGO_SETTINGS_MODULE"] = "site_of_tests.settings"
    if sys.argv[1] == "asgi":
        from site_of_tests.asgi import application

        uvicorn.run(application, host="127.0.0.1", port=0, log_level="info", lifespan="off")
    else:
        from site_of_tests.wsgi import application

        server = ThreadedWSGIServer(("127.0.0.1", 0), WSGIRequestHandler)
        server.set_app(application)
        print(f"running on http://127.0.0.1:{server.server_address[1]}")
        server.serve_forever()
