# Nightshift as an image: docker build -t nightshift .
# Works with a read-only root file system; it writes to /var/lib/nightshift alone. deploy/README.md says how to run it.
FROM python:3.11-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /opt/nightshift
COPY requirements.txt ./
RUN python -m venv --without-pip /opt/nightshift/.venv
RUN python -m pip --python /opt/nightshift/.venv/bin/python install --quiet --no-deps --require-hashes --no-compile -r requirements.txt
COPY manifest.yml ./
COPY bot ./bot
COPY handlers ./handlers
RUN /opt/nightshift/.venv/bin/python -m compileall -q -j 0 /opt/nightshift
RUN mkdir -p /opt/empty

FROM python:3.11-slim-bookworm
ENV PATH=/opt/nightshift/.venv/bin:/usr/local/bin:/usr/bin:/bin \
    PYTHONPATH=/opt/nightshift \
    PYTHONSAFEPATH=1 \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HOME=/var/lib/nightshift \
    DATABASE_URL=sqlite:////var/lib/nightshift/nightshift.sqlite3 \
    HOST=0.0.0.0 \
    PORT=3000
COPY --from=build /opt/nightshift /opt/nightshift
COPY --from=build --chown=10001:10001 /opt/empty /var/lib/nightshift
COPY --from=build /opt/empty /etc/nightshift
# nightshift.toml is read where the bot starts
WORKDIR /etc/nightshift
USER 10001:10001
VOLUME ["/var/lib/nightshift"]
EXPOSE 3000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=2m --retries=3 CMD ["python", "-c", "import os, sys; from http.client import HTTPConnection; way = HTTPConnection('127.0.0.1', int(os.environ['PORT']), timeout=4); way.request('GET', '/healthz'); sys.exit(way.getresponse().status != 200)"]
ENTRYPOINT ["python", "-m", "bot"]
CMD ["run"]
