import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import express, { Router } from 'express';
import { PACKAGE_ROOT } from '../package-root.js';
import type { Contract } from './contract.js';
import type { Host } from './host.js';

const SWAGGER_UI = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));

/** Looked up again each time, since names don't change with a new release; a missing file is the next one's to answer. */
const FILES = { maxAge: 0, index: false, redirect: false } as const;

/** Files of the two pages, open to everyone: they hold no data. */
export function pageFiles(): Router {
  const router = Router();
  router.use('/ui', express.static(join(PACKAGE_ROOT, 'dist/server/ui'), FILES));
  router.get(/^\/ui\/[\w-]+\.(?:html|css|svg)$/, (request, response) => {
    response.sendFile(request.path.slice('/ui/'.length), { root: join(PACKAGE_ROOT, 'server/ui') });
  });
  for (const file of ['swagger-ui.css', 'swagger-ui-bundle.js']) {
    router.get(`/docs/${file}`, (_request, response) => response.sendFile(join(SWAGGER_UI, file)));
  }
  return router;
}

/** What answers without models or collections. */
export function serviceRoutes(contract: Contract, host: Host): Router {
  const router = Router();
  const page = (file: string) => join(PACKAGE_ROOT, 'server/ui', file);
  router.get('/', (_request, response) => response.sendFile(page('index.html')));
  router.get('/docs', (_request, response) => response.sendFile(page('docs.html')));
  router.get('/openapi.json', (_request, response) => void response.json(contract));
  router.get('/healthz', (_request, response) => void response.json({ status: 'ok' }));
  router.get('/readyz', (_request, response) => {
    const status = host.state();
    response.status(status === 'ready' ? 200 : 503).json({ status });
  });
  router.get('/metrics', async (_request, response) => {
    response.set('Content-Type', host.metrics.contentType).send(await host.metrics.text());
  });
  return router;
}
