# One image, two commands: vutler-operator and vutler-router.

# Dependencies change rarely: they are a layer of their own, compiled once for a read-only root.
FROM docker.io/library/python:3.11-slim AS dependencies
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore PYTHONDONTWRITEBYTECODE=1
RUN python -m venv /opt/vutler
COPY requirements/runtime.txt /build/requirements/
RUN /opt/vutler/bin/pip install --no-compile --only-binary :all: --require-hashes -r /build/requirements/runtime.txt

# The project's wheel, built with the pinned build backend and nothing from outside.
FROM dependencies AS project
COPY requirements/dev.txt /build/requirements/
RUN awk '/^[a-z]/ {wanted = /^(hatchling|packaging|pathspec|pluggy|tomlkit|trove-classifiers)==/} wanted' \
        /build/requirements/dev.txt >/build/requirements/backend.txt \
    && /opt/vutler/bin/pip install --no-compile --require-hashes -r /build/requirements/backend.txt
COPY pyproject.toml README.md LICENSE /build/
COPY operator /build/operator
COPY router /build/router
# The prefix mirrors the environment, so that its few files can be laid over it as one small layer.
RUN /opt/vutler/bin/pip wheel --quiet --no-deps --no-build-isolation --wheel-dir /build/wheel /build \
    && /opt/vutler/bin/pip install --quiet --no-compile --no-deps --no-index --prefix /project /build/wheel/*.whl \
    && /opt/vutler/bin/python -m compileall -q --invalidation-mode unchecked-hash /project

# Nothing can be compiled at run time, so what runs is compiled here; unchecked hashes spare a stat per module.
FROM dependencies AS runtime-environment
RUN /opt/vutler/bin/pip uninstall --quiet --yes pip setuptools \
    && rm -f /opt/vutler/bin/[Aa]ctivate* \
    && /opt/vutler/bin/python -m compileall -q -j 0 --invalidation-mode unchecked-hash /opt/vutler/lib

FROM docker.io/library/python:3.11-slim
LABEL org.opencontainers.image.title="Vutler" \
      org.opencontainers.image.description="AI agents on Kubernetes: the operator and the router" \
      org.opencontainers.image.licenses="Apache-2.0"
# The base has pip and an uncompiled standard library; a running container needs the reverse.
RUN if python -m pip --version >/dev/null 2>&1; then \
        python -m pip uninstall --quiet --yes --root-user-action ignore setuptools wheel pip; fi \
    && standard="$(python -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')" \
    && rm -rf "$standard/ensurepip" \
    && python -m compileall -q -j 0 -x '/(test|tests|idlelib|lib2to3|tkinter|site-packages|dist-packages)/' "$standard" \
    && groupadd --gid 1000 vutler \
    && useradd --uid 1000 --gid 1000 --home-dir /data --no-create-home --shell /usr/sbin/nologin vutler \
    && install -d -o 1000 -g 1000 -m 0750 /data
COPY --from=runtime-environment /opt/vutler /opt/vutler
COPY --from=project /project /opt/vutler
ENV PATH=/opt/vutler/bin:/usr/local/bin:/usr/bin:/bin \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    ROUTER_DATA_DIR=/data
# A number, so that Kubernetes can tell that it is not root.
USER 1000:1000
WORKDIR /data
EXPOSE 3456 8081
CMD ["vutler-router"]
