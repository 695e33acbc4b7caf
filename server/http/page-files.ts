import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import express, { Router } from 'express';
import { PACKAGE_ROOT } from '../package-root.js';

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
