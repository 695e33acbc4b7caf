# The server with the shipped bundles; collections live in the volume /data.
#   docker build -t maskvlm . && docker run -p 8080:8080 -v maskvlm:/data maskvlm
FROM node:22-bookworm AS build
WORKDIR /app
COPY . .
RUN node setup.mjs && npm prune --omit=dev

FROM node:22-bookworm-slim
# Decoded pictures come and go: with one arena for each thread glibc would keep most of what they took.
ENV NODE_ENV=production HOST=0.0.0.0 PORT=8080 DATA_DIR=/data MALLOC_ARENA_MAX=2
WORKDIR /app
# What `npm pack` would take, and the packages: with no sources there is nothing that could be stale, so nothing is built at the start.
COPY --from=build /app/package.json /app/maskvlm.mjs /app/setup.mjs /app/openapi.yaml /app/LICENSE ./
COPY --from=build /app/dist dist
COPY --from=build /app/server/ui server/ui
COPY --from=build /app/model/bundles model/bundles
COPY --from=build /app/training/recipes training/recipes
COPY --from=build /app/node_modules node_modules
RUN mkdir /data && chown node:node /data
USER node
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/readyz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# Decoders, the store and files share libuv's threads, 4 by default: one for each core and a few for the others.
CMD ["sh", "-c", "export UV_THREADPOOL_SIZE=${UV_THREADPOOL_SIZE:-$(($(nproc) + 4))}; exec node maskvlm.mjs serve"]
