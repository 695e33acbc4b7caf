import type { Logger } from 'pino';
import type { Config } from '../config.js';
import type { Core } from '../core.js';
import type { Metrics } from '../metrics.js';

/** `recovering`: a worker that crashed is being replaced; `index-lost`: that of the indexes crashed again and again and was given up. */
export type State = 'starting' | 'ready' | 'recovering' | 'index-lost' | 'draining';

/** The server process as the application sees it: there from the first moment on, also while the models load. */
export interface Host {
  config: Pick<Config, 'apiKey' | 'corsOrigins' | 'trustedProxies' | 'limits'>;
  log: Logger;
  metrics: Metrics;
  state(): State;
  /** Undefined until the models are loaded and the collections are open. */
  core(): Core | undefined;
}
