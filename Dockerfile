# The library and its server. The built front end is in the repository, so no Node is needed.
#
#   docker build -t reprise .
#   docker run -p 8808:8808 -v reprise:/data -e REPRISE_ALLOWED_HOSTS=localhost reprise

FROM python:3.12-slim-bookworm AS build
WORKDIR /source
COPY pyproject.toml README.md LICENSE NOTICE ./
COPY src src
# Into a virtual environment of its own, which the next stage takes over whole: no compiler, no pip cache is in the image.
RUN python -m venv /opt/reprise \
    && /opt/reprise/bin/pip install --no-cache-dir '.[web,postgresql]' \
    && /opt/reprise/bin/python -m compileall -q /opt/reprise

FROM python:3.12-slim-bookworm
RUN useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin reprise \
    && install -d -o reprise -g reprise /data
COPY --from=build /opt/reprise /opt/reprise
ENV PATH=/opt/reprise/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    NUMBA_CACHE_DIR=/tmp/numba \
    REPRISE_DATA=/data \
    REPRISE_HOST=0.0.0.0 \
    REPRISE_PUBLIC=1
USER reprise
VOLUME /data
EXPOSE 8808
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8808/healthz', timeout=4)"]
CMD ["reprise", "serve"]
