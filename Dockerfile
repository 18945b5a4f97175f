# The image that templates/secret-scan.yml names: the program, a shell, Git and CA certificates.

FROM rust:1.95-bookworm AS build
WORKDIR /build
COPY . .
RUN cargo build --locked --release

FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates git \
    && rm --recursive --force /var/lib/apt/lists/* \
    && useradd --uid 10001 --create-home tokensweep
COPY --from=build /build/target/release/tokensweep /usr/local/bin/
COPY LICENSE-APACHE LICENSE-MIT /usr/local/share/doc/tokensweep/
USER 10001
CMD ["tokensweep", "--help"]
