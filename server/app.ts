import express, { type Express } from 'express';
import helmet from 'helmet';
import { requireApiKey } from './http/api-key.js';
import { readContract } from './http/contract.js';
import { allowOrigins } from './http/cors.js';
import { errorHandler } from './http/error-handler.js';
import type { Host } from './http/host.js';
import { pageFiles } from './http/page-files.js';
import { Problem } from './http/problems.js';
import { limitRate } from './http/rate-limit.js';
import { requestContext } from './http/request-context.js';
import { routes } from './http/routes.js';

/** Scripts come from this server only; previews of dropped pictures are `blob:`, those in /docs `data:`. */
const securityHeaders = ({ corsOrigins }: Host['config']) =>
  helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        'default-src': ["'self'"],
        'script-src': ["'self'"],
        'style-src': ["'self'", "'unsafe-inline'"],
        'img-src': ["'self'", 'data:', 'blob:'],
        'object-src': ["'none'"],
        'base-uri': ["'none'"],
        'form-action': ["'self'"],
        'frame-ancestors': ["'none'"],
      },
    },
    // The server speaks plain HTTP; whoever puts TLS in front of it decides about this.
    strictTransportSecurity: false,
    // A page of another origin that may call the server may also show its pictures.
    crossOriginResourcePolicy: { policy: corsOrigins.length > 0 ? 'cross-origin' : 'same-origin' },
  });

/** The HTTP application. It does not listen, and it works before the models are loaded: then it says that it starts. */
export function createApp(host: Host): Express {
  const contract = readContract();
  const { config } = host;
  const app = express();
  app.disable('x-powered-by');
  app.set('trust proxy', config.trustedProxies);
  // Answers differ from one request to the next; pictures and pages have tags of their own.
  app.disable('etag');
  app.use(requestContext(host.log, host.metrics), securityHeaders(config), pageFiles());
  // A browser asks whether it may before it sends a key.
  app.use(allowOrigins(config.corsOrigins), limitRate(config.limits.requestsPerMinute));
  // Before the paths are looked up: who has no key does not learn what exists.
  app.use(requireApiKey(contract, config.apiKey), routes(contract, host));
  app.use(() => {
    throw new Problem('not-found', 'not found');
  });
  app.use(errorHandler);
  return app;
}
