import { join } from 'node:path';
import type { RequestHandler } from 'express';
import { PACKAGE_ROOT } from '../package-root.js';
import type { Contract } from './contract.js';
import type { Host } from './host.js';

/** Operations that answer without models or collections. */
export type ServiceOperation = 'page' | 'docs' | 'contract' | 'health' | 'readiness' | 'metrics';

export function serviceHandlers(contract: Contract, host: Host): Record<ServiceOperation, RequestHandler> {
  const page = (file: string) => join(PACKAGE_ROOT, 'server/ui', file);
  return {
    page: (_request, response) => response.sendFile(page('index.html')),
    docs: (_request, response) => response.sendFile(page('docs.html')),
    contract: (_request, response) => void response.json(contract),
    health: (_request, response) => void response.json({ status: 'ok' }),
    readiness(_request, response) {
      const status = host.state();
      response.status(status === 'ready' ? 200 : 503).json({ status });
    },
    async metrics(_request, response) {
      response.set('Content-Type', host.metrics.contentType).send(await host.metrics.text());
    },
  };
}
