# flink-medic as an image:
#
#     docker build --build-arg FLINK_MEDIC_REVISION="$(git rev-parse HEAD)" -t flink-medic .
#     docker run --read-only -p 10082:10082 -v flink-medic:/data flink-medic
#
# test/image/ runs these steps without Docker; the instructions it knows are the ones used here.

FROM node:24-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
# No dependency needs its install script, so none is allowed to run.
RUN npm ci --omit=dev --ignore-scripts

FROM dependencies AS build
# Without install scripts the development dependency "node" brings nothing: the image's own Node 24 builds.
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY test/support/check-node.mjs test/support/
COPY src src
RUN npm run build
# What /data is at first: a volume takes over its owner.
RUN mkdir data

FROM node:24-slim
WORKDIR /app
COPY package.json LICENSE ./
COPY --from=dependencies /app/node_modules node_modules
COPY --from=build /app/dist dist
# Served at /runbooks, for the links of alerts.
COPY docs/runbooks docs/runbooks
COPY --from=build --chown=65532:65532 /app/data /data
ARG FLINK_MEDIC_REVISION
# Node's young generation may then take 16 MiB; by itself it takes 128 where the machine has them.
ENV NODE_ENV=production NODE_OPTIONS=--max-semi-space-size=8 FLINK_MEDIC_REVISION=$FLINK_MEDIC_REVISION
# The C library then gives back what was freed, instead of keeping it in pieces for each thread: 40 MiB of a large fleet.
ENV MALLOC_ARENA_MAX=2 MALLOC_MMAP_THRESHOLD_=131072 MALLOC_TRIM_THRESHOLD_=262144
# Numeric, so that Kubernetes can see that it is not root.
USER 65532:65532
# The only folder that is written; from here the default of --storage.path, data/, means it whatever the arguments are.
WORKDIR /
VOLUME /data
EXPOSE 10082
# For the defaults; with TLS, a route prefix or another port give --health-cmd, or a probe of the orchestrator's.
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s CMD ["node", "-e", "fetch('http://localhost:10082/-/healthy').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "/app/dist/main.js"]
CMD ["serve", "--storage.path=/data"]
