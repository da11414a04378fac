# The bot in a container, for Azure App Service, Container Apps or any Kubernetes. Reads all its settings from the environment.
FROM python:3.11-slim

ENV PYTHONUNBUFFERED=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /app

COPY requirements.txt ./
RUN pip install --require-hashes -r requirements.txt

COPY adapters ./adapters
COPY agents ./agents
COPY bot ./bot
COPY tools ./tools
RUN python -m compileall -q adapters agents bot tools \
    && useradd --uid 10001 --no-create-home monitor \
    && install -d -o monitor .cache

USER monitor
ENV HEALTH_MONITOR_HOST=0.0.0.0 HEALTH_MONITOR_PORT=8000
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s CMD ["python", "-c", "import os, urllib.request as u; u.urlopen('http://127.0.0.1:' + os.environ['HEALTH_MONITOR_PORT'] + '/healthz', timeout=4)"]

# `docker run … doctor` says what is missing; `serve --teams --slack` answers in both.
ENTRYPOINT ["python", "-m", "bot"]
CMD ["serve", "--teams"]
