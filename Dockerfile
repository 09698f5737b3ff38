# kanbridge in a container: built in one stage, run in another by a user without rights. Needs no shell.
#
#   docker build -t kanbridge .
#   docker run --env-file .env -p 127.0.0.1:8080:8080 -v kanbridge:/var/lib/kanbridge kanbridge
#   docker run --rm --env-file .env -v kanbridge:/var/lib/kanbridge kanbridge check

FROM rust:1.94-bookworm AS build
WORKDIR /src
COPY . .
RUN cargo build --release --locked

FROM debian:bookworm-slim
# Whom to trust: without it every https call fails.
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /var/lib/kanbridge --create-home --shell /usr/sbin/nologin kanbridge
COPY --from=build /src/target/release/kanbridge /usr/local/bin/kanbridge
# The SQLite database lives here.
WORKDIR /var/lib/kanbridge
VOLUME /var/lib/kanbridge
USER 10001
# Every address of the container; a platform that gives PORT sets it anew.
ENV PORT=8080
EXPOSE 8080
STOPSIGNAL SIGTERM
ENTRYPOINT ["/usr/local/bin/kanbridge"]
CMD ["serve"]
