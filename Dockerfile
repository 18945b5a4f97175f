# The image that the components name: the program, a shell, Git and CA certificates, and a user without
# rights. Build the program first: `.ci/binary x86_64-unknown-linux-musl`.

FROM alpine:3.22
ARG MACHINE=amd64
RUN apk add --no-cache ca-certificates git \
    && adduser -D -u 10001 tokensweep
COPY LICENSE-APACHE LICENSE-MIT /usr/local/share/doc/tokensweep/
COPY dist/image/$MACHINE/tokensweep /usr/local/bin/
USER 10001
WORKDIR /home/tokensweep
CMD ["tokensweep", "--help"]
