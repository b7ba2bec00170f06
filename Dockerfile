# One image, two commands: vutler-operator and vutler-router.

# The dependencies, as one layer that is made anew only when they change. All of them are wheels, so no compiler is
# needed here, and what installs them is gone at the end of the same step.
FROM docker.io/library/python:3.11-slim AS environment
COPY requirements/runtime.txt /opt/vutler/requirements.txt
RUN python -m venv /opt/vutler \
    && /opt/vutler/bin/pip install --quiet --no-cache-dir --no-compile --only-binary :all: --require-hashes \
        -r /opt/vutler/requirements.txt \
    && /opt/vutler/bin/pip uninstall --quiet --yes pip setuptools \
    && rm -f /opt/vutler/bin/[Aa]ctivate* \
    && /opt/vutler/bin/python -m compileall -q -j 0 --invalidation-mode unchecked-hash /opt/vutler/lib
# A read-only root can compile nothing at run time: what runs is compiled above, and here the base's standard library,
# which the official image has as source only. Its pip is the reverse: there, and of no use.
RUN if python -m pip --version >/dev/null 2>&1; then \
        python -m pip uninstall --quiet --yes --root-user-action ignore setuptools wheel pip; fi \
    && standard="$(python -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')" \
    && rm -rf "$standard/ensurepip" \
    && python -m compileall -q -j 0 -x '/(test|tests|idlelib|lib2to3|tkinter|site-packages|dist-packages)/' "$standard" \
    && groupadd --gid 1000 vutler \
    && useradd --uid 1000 --gid 1000 --home-dir /data --no-create-home --shell /usr/sbin/nologin vutler \
    && install -d -o 1000 -g 1000 -m 0750 /data

# The project itself, built with the pinned build backend. The environment has the same path as above, for the
# commands name their interpreter; the result lies in a folder of its own, to be laid over it as one small layer.
FROM docker.io/library/python:3.11-slim AS project
COPY requirements/dev.txt /build/requirements/
RUN python -m venv /opt/vutler \
    && awk '/^[a-z]/ {wanted = /^(hatchling|packaging|pathspec|pluggy|tomlkit|trove-classifiers)==/} wanted' \
        /build/requirements/dev.txt >/build/requirements/backend.txt \
    && /opt/vutler/bin/pip install --quiet --no-cache-dir --require-hashes -r /build/requirements/backend.txt
COPY pyproject.toml README.md LICENSE /build/
COPY operator /build/operator
COPY router /build/router
# The dashboard is built outside, since npm would have no registry here; `make image` sees to it.
RUN test -f /build/router/vutler_router/ui/index.html \
    || { echo "router/vutler_router/ui is missing: build the dashboard first (make ui), or build with make image" >&2; exit 1; }
RUN /opt/vutler/bin/pip install --quiet --no-cache-dir --no-compile --no-index --no-deps --no-build-isolation \
        --prefix /project /build \
    && /opt/vutler/bin/python -m compileall -q --invalidation-mode unchecked-hash /project

FROM environment
LABEL org.opencontainers.image.title="Vutler" \
      org.opencontainers.image.description="AI agents on Kubernetes: the operator and the router" \
      org.opencontainers.image.licenses="Apache-2.0"
ENV PATH=/opt/vutler/bin:/usr/local/bin:/usr/bin:/bin \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    ROUTER_DATA_DIR=/data
COPY --from=project /project /opt/vutler
# A number, so that Kubernetes can tell that it is not root.
USER 1000:1000
WORKDIR /data
EXPOSE 3456 8081
CMD ["vutler-router"]
