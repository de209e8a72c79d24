# One image that runs as manager or agent:
#
#   docker build -t cardume .
#   docker run -d --network host -v cardume:/var/lib/cardume cardume manager
#   docker run -d --network host --pid host --cap-add NET_ADMIN -v /var/run/docker.sock:/var/run/docker.sock -v /run/cardume:/run/cardume \
#       -v /var/lib/cardume:/var/lib/cardume cardume agent --manager 10.0.0.1:2477 --token-file /var/lib/cardume/token
#
# Both base images are arguments. The first needs a JDK 25, Maven and bash; the
# second a Java 25, bash and coreutils. Where the builder reaches no Maven repository, build the jars first
# (mvn -DskipTests package) and say --build-arg PREBUILT=yes; the build stage then needs neither JDK nor Maven.
ARG BUILD_IMAGE=maven:3.9-eclipse-temurin-25
ARG RUNTIME_IMAGE=eclipse-temurin:25-jre

FROM ${BUILD_IMAGE} AS build
WORKDIR /opt/cardume
COPY . .
ARG PREBUILT=no
RUN if [ "$PREBUILT" != yes ]; then mvn -q -B -DskipTests package; fi && test -r cli/target/cardume-cli.jar

FROM ${RUNTIME_IMAGE}
# Networks that span the hosts are built with ip and bridge, their balancers with nft, conntrack and iptables.
RUN { command -v ip && command -v nft && command -v conntrack && command -v iptables; } >/dev/null || ! command -v apt-get >/dev/null \
    || { apt-get update -q && apt-get install -y -q --no-install-recommends iproute2 nftables conntrack iptables && rm -rf /var/lib/apt/lists/*; }
COPY --from=build /opt/cardume/bin /opt/cardume/bin
COPY --from=build /opt/cardume/cli/target/cardume-cli.jar /opt/cardume/cli/target/cardume-cli-agent.jar /opt/cardume/cli/target/agent.libraries /opt/cardume/cli/target/
COPY --from=build /opt/cardume/cli/target/lib /opt/cardume/cli/target/lib
# The AOT cache must be made by the JVM and with the jars it is used with.
RUN /opt/cardume/bin/build-aot
VOLUME /var/lib/cardume
EXPOSE 2475 2476 2477
STOPSIGNAL SIGTERM
ENTRYPOINT ["/opt/cardume/bin/cardume"]
CMD ["--help"]
