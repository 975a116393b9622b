# The base is named by its tag, so that it gets security fixes. To build the same image again, pin it:
# `docker buildx imagetools inspect python:3.11-slim-bookworm` prints the digest; append it as @sha256:….
FROM python:3.11-slim-bookworm AS build
WORKDIR /app
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy
# The steps of `make setup`, without the tools for tests. The libraries come first: they change seldom.
COPY scripts/setup.sh scripts/setup.sh
COPY pyproject.toml uv.lock README.md LICENSE ./
RUN sh scripts/setup.sh --no-dev --no-install-project
COPY bot bot
COPY config config
COPY storage storage
RUN sh scripts/setup.sh --no-dev

FROM python:3.11-slim-bookworm
WORKDIR /app
RUN groupadd --gid 10001 storywire \
    && useradd --uid 10001 --gid storywire --no-create-home --home-dir /app --shell /usr/sbin/nologin storywire \
    && install --directory --owner storywire --group storywire --mode 0750 /app/data
COPY --from=build /app/.venv .venv
COPY --from=build /app/bot bot
COPY --from=build /app/config config
COPY --from=build /app/storage storage
ENV PATH=/app/.venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
# By number, so that an orchestrator can see that it is not root. Only /app/data and /tmp need be writable.
USER 10001:10001
VOLUME ["/app/data"]
# Asks how long ago the last poll and the last delivery made progress, not whether a process is there.
HEALTHCHECK --interval=60s --timeout=10s --start-period=120s --retries=3 CMD ["storywire", "healthcheck"]
# No shell in between: SIGTERM must reach the program.
ENTRYPOINT ["storywire"]
CMD ["run", "--config", "config/storywire.toml"]
