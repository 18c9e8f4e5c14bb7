FROM python:3.11-slim-bookworm AS build
RUN python -m venv /opt/preseason
ENV PATH=/opt/preseason/bin:$PATH
WORKDIR /build
# The dependencies alone first: they change seldom, and are then taken from the cache.
COPY requirements.lock ./
RUN pip install --no-cache-dir --require-hashes -r requirements.lock
COPY . .
RUN pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.11-slim-bookworm
COPY --from=build /opt/preseason /opt/preseason
# Both folders are mount points; an empty named volume takes over their mode, so any user can write to it.
RUN useradd --uid 1000 --create-home preseason && mkdir --mode 1777 /shared /reports
ENV PATH=/opt/preseason/bin:$PATH PYTHONUNBUFFERED=1 MPLCONFIGDIR=/tmp/matplotlib
USER preseason
WORKDIR /home/preseason
ENTRYPOINT ["preseason"]
CMD ["--help"]
