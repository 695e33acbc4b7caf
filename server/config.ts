import { join } from 'node:path';
import { expect } from '../model/errors.js';
import { envList } from './env-list.js';
import { type AllowedHost, readAllowedHosts } from './pictures/allowed-hosts.js';

/** Everything that the environment can set; sizes in bytes, times in milliseconds. */
export interface Config {
  host: string;
  /** 0 = any free port. */
  port: number;
  dataDir: string;
  /** Folder that backup jobs write into. */
  backupDir: string;
  /** Bundle directories; empty = those shipped with the package. */
  bundles: string[];
  apiKey?: string;
  /** Origins whose pages may call this server, or `*` for all; empty = none but its own. */
  corsOrigins: string[];
  /** Reverse proxies in front whose X-Forwarded-For is believed. */
  trustedProxies: number;
  logLevel: string;
  /** Inference threads; left out = what suits the size of the models. */
  workers?: number;
  /** Threads of one operator in each of them; left out = an equal share of the cores. */
  intraOpThreads?: number;
  limits: Limits;
}

export interface Limits {
  jsonBytes: number;
  /** Whole multipart body; its files are held in memory. */
  uploadBytes: number;
  pictureBytes: number;
  picturePixels: number;
  pictureSeconds: number;
  /** Where `url` pictures may come from; empty = nowhere. */
  imageHosts: AllowedHost[];
  /** For a picture from an address to arrive, redirects included. */
  imageUrlMs: number;
  textCharacters: number;
  itemsPerRequest: number;
  /** Time for the headers (a minute at most) and for a JSON or multipart body to arrive; of a stream of lines, for each line, and to read on in its answer. */
  bodyMs: number;
  /** Texts, pictures or pairs in one run of a graph. */
  batchSize: number;
  /** How long a batch that is not full waits for more work. */
  batchWaitMs: number;
  /** A batch is made no larger than what runs in about this time, so that no request waits long for another one's batch. */
  batchTargetMs: number;
  /** Texts, pictures or pairs that people's requests may have waiting for one graph. */
  queueSize: number;
  /** Time for an answer, from when its body is read; what has not begun to run by then is dropped. */
  requestMs: number;
  /** Requests under /v1 that one address may make in a minute; 0 = any number. */
  requestsPerMinute: number;
  /** Bytes on the disk for what is prepared of pictures, so that matches need not compute it again; 0 = none. */
  preparedBytes: number;
  /** Imports that may run at the same time. */
  imports: number;
  /** Largest file of a job; it goes to the disk as it comes. */
  jobBytes: number;
  /** Jobs that may run at the same time, and that may wait. */
  jobsRunning: number;
  jobsWaiting: number;
  /** Jobs that have ended are kept, with what came of them, up to this number and for so many hours. */
  jobsKept: number;
  jobHours: number;
  /** How often a stream of events says that it is still there. */
  heartbeatMs: number;
  /** After SIGTERM, how long running requests may take. */
  drainMs: number;
}

type Environment = Record<string, string | undefined>;

function wholeNumber<Fallback>(
  env: Environment,
  name: string,
  fallback: Fallback,
  least: number,
  most: number,
): number | Fallback {
  const text = env[name];
  if (text === undefined || text === '') return fallback;
  const value = Number(text);
  const fits = Number.isInteger(value) && value >= least && value <= most;
  expect(fits, name, `a whole number from ${least} to ${most}`, JSON.stringify(text));
  return value;
}

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];

function logLevel(env: Environment): string {
  const level = env.LOG_LEVEL || 'info';
  expect(LOG_LEVELS.includes(level), 'LOG_LEVEL', LOG_LEVELS.join(', '), JSON.stringify(level));
  return level;
}

/** Origins as browsers send them: a scheme, a host and perhaps a port, no path. */
function origins(env: Environment): string[] {
  const entries = envList(env.CORS_ORIGINS);
  for (const entry of entries) {
    const fits = entry === '*' || (URL.canParse(entry) && new URL(entry).origin === entry);
    expect(fits, 'CORS_ORIGINS', '* or origins like https://app.example.org', JSON.stringify(entry));
  }
  return entries;
}

const MEBIBYTE = 2 ** 20;
const GIBIBYTE = 2 ** 30;

function readLimits(env: Environment): Limits {
  return {
    jsonBytes: wholeNumber(env, 'MAX_JSON_BYTES', 32 * MEBIBYTE, 1024, GIBIBYTE),
    uploadBytes: wholeNumber(env, 'MAX_UPLOAD_BYTES', 256 * MEBIBYTE, 1024, 16 * GIBIBYTE),
    pictureBytes: wholeNumber(env, 'MAX_PICTURE_BYTES', 20 * MEBIBYTE, 1024, GIBIBYTE),
    picturePixels: wholeNumber(env, 'MAX_PICTURE_PIXELS', 50_000_000, 1024, 1_000_000_000),
    pictureSeconds: wholeNumber(env, 'MAX_PICTURE_SECONDS', 10, 1, 600),
    imageHosts: readAllowedHosts(env),
    imageUrlMs: wholeNumber(env, 'IMAGE_URL_TIMEOUT_MS', 10_000, 1, 600_000),
    textCharacters: wholeNumber(env, 'MAX_TEXT_CHARACTERS', 10_000, 1, 1_000_000),
    itemsPerRequest: wholeNumber(env, 'MAX_ITEMS', 1000, 1, 1_000_000),
    bodyMs: wholeNumber(env, 'BODY_TIMEOUT_MS', 300_000, 100, 86_400_000),
    // What 16 pairs need at once stays in a processor's cache: 5 % less time a pair than at 32, and a search is shared by more workers.
    batchSize: wholeNumber(env, 'BATCH_SIZE', 16, 1, 1024),
    batchWaitMs: wholeNumber(env, 'BATCH_WAIT_MS', 0, 0, 1000),
    batchTargetMs: wholeNumber(env, 'BATCH_TARGET_MS', 100, 1, 60_000),
    queueSize: wholeNumber(env, 'QUEUE_SIZE', 4096, 1, 1_000_000),
    requestMs: wholeNumber(env, 'REQUEST_TIMEOUT_MS', 60_000, 1, 3_600_000),
    requestsPerMinute: wholeNumber(env, 'REQUESTS_PER_MINUTE', 0, 0, 1_000_000_000),
    preparedBytes: wholeNumber(env, 'PREPARED_BYTES', GIBIBYTE, 0, 2 ** 50),
    imports: wholeNumber(env, 'MAX_IMPORTS', 8, 1, 1000),
    jobBytes: wholeNumber(env, 'MAX_JOB_BYTES', 16 * GIBIBYTE, 1024, 1024 * GIBIBYTE),
    jobsRunning: wholeNumber(env, 'MAX_RUNNING_JOBS', 2, 1, 100),
    jobsWaiting: wholeNumber(env, 'MAX_WAITING_JOBS', 100, 0, 10_000),
    jobsKept: wholeNumber(env, 'MAX_KEPT_JOBS', 1000, 0, 100_000),
    jobHours: wholeNumber(env, 'KEEP_JOBS_HOURS', 168, 1, 100_000),
    heartbeatMs: wholeNumber(env, 'HEARTBEAT_MS', 15_000, 10, 3_600_000),
    drainMs: wholeNumber(env, 'DRAIN_MS', 30_000, 0, 3_600_000),
  };
}

/**
 * Reads the settings from environment variables.
 * @throws ExpectationError that names the variable whose value is not usable.
 */
export function readConfig(env: Environment): Config {
  const workers = wholeNumber(env, 'WORKERS', undefined, 1, 64);
  const intraOpThreads = wholeNumber(env, 'INTRA_OP_THREADS', undefined, 1, 1024);
  const dataDir = env.DATA_DIR || '.data';
  return {
    host: env.HOST || '127.0.0.1',
    port: wholeNumber(env, 'PORT', 8080, 0, 65_535),
    dataDir,
    backupDir: env.BACKUP_DIR || join(dataDir, 'backups'),
    bundles: envList(env.BUNDLES),
    ...(env.API_KEY ? { apiKey: env.API_KEY } : {}),
    corsOrigins: origins(env),
    trustedProxies: wholeNumber(env, 'TRUSTED_PROXIES', 0, 0, 100),
    logLevel: logLevel(env),
    ...(workers ? { workers } : {}),
    ...(intraOpThreads ? { intraOpThreads } : {}),
    limits: readLimits(env),
  };
}
