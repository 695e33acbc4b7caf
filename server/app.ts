import express, { type Express } from 'express';
import * as OpenApiValidator from 'express-openapi-validator';
import helmet from 'helmet';
import { requireApiKey } from './http/api-key.js';
import { apiRoutes } from './http/api-routes.js';
import { bodyDeadline } from './http/body-deadline.js';
import { checkBodyPresent, checkDepth } from './http/check-body.js';
import { readContract } from './http/contract.js';
import { errorHandler } from './http/error-handler.js';
import type { Host } from './http/host.js';
import { bareMediaType, checkMediaType } from './http/media-type.js';
import { readForms } from './http/multipart.js';
import { requestContext } from './http/request-context.js';
import { pageFiles, serviceRoutes } from './http/service-routes.js';

/** Scripts come from this server only; previews of dropped pictures are `blob:`, those in /docs `data:`. */
const SECURITY_HEADERS = helmet({
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
});

/** The HTTP application. It does not listen, and it works before the models are loaded: then it says that it starts. */
export function createApp(host: Host): Express {
  const { apiKey, limits } = host.config;
  const contract = readContract();
  const app = express();
  app.disable('x-powered-by');
  // Answers differ from one request to the next; pictures and pages have tags of their own.
  app.disable('etag');
  app.use(requestContext(host.log, host.metrics), SECURITY_HEADERS, pageFiles());

  // 1. Who asks, and with what body.
  app.use(requireApiKey(contract, apiKey), checkMediaType, bodyDeadline(limits.bodyMs));
  app.use(express.json({ limit: limits.jsonBytes, type: 'application/json' }), readForms(contract, limits));
  app.use(bareMediaType, checkDepth);
  // 2. Whether the contract allows it.
  app.use(
    OpenApiValidator.middleware({
      apiSpec: readContract() as never,
      validateRequests: true,
      validateSecurity: false,
      fileUploader: false,
    }),
  );
  app.use(checkBodyPresent);
  // 3. The answer.
  app.use(serviceRoutes(contract, host), apiRoutes(contract, host));
  app.use(errorHandler);
  return app;
}
