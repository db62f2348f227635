# Two images: `docker build --target run .` does the whole job, `--target dashboard`
# serves its result and has neither Spark nor Java.
#
#   docker build --target run -t segmentation .
#   docker run --rm -v "$PWD/data:/data:ro" -v segments:/state segmentation --data /data/lines.csv
#   docker build --target dashboard -t segmentation-dashboard .
#   docker run --rm -p 127.0.0.1:8501:8501 -v segments:/state:ro segmentation-dashboard

FROM python:3.11-slim-bookworm AS run
RUN apt-get update -qq \
    && apt-get install -y -qq --no-install-recommends openjdk-17-jre-headless procps \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY . .
ENV STATE_DIR=/state UV_COMPILE_BYTECODE=1
RUN python3 pipeline/environment/setup_env.py --venv .venv \
    && .venv/bin/python -m pipeline java \
    && useradd --create-home segments && chown -R segments /state
USER segments
ENTRYPOINT [".venv/bin/python", "-m", "pipeline", "run"]

FROM python:3.11-slim-bookworm AS dashboard
WORKDIR /app
COPY . .
ENV UV_COMPILE_BYTECODE=1
RUN python3 pipeline/environment/setup_env.py --venv .venv --group dashboard \
    && useradd --create-home segments
ENV EXPORTS_DIR=/state/exports
USER segments
EXPOSE 8501
ENTRYPOINT [".venv/bin/python", "-m", "dashboard", "--server.address", "0.0.0.0"]
