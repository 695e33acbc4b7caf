import { describe, expect, test } from 'vitest';
import { readConfig } from '../../server/config.js';

describe('readConfig', () => {
  test('has defaults for everything', () => {
    const config = readConfig({});
    expect(config).toMatchObject({
      host: '127.0.0.1',
      port: 8080,
      dataDir: '.data',
      backupDir: '.data/backups',
      bundles: [],
      logLevel: 'info',
    });
    expect(config.apiKey).toBeUndefined();
    expect(config.limits).toMatchObject({
      jsonBytes: 32 * 2 ** 20,
      pictureBytes: 20 * 2 ** 20,
      picturePixels: 50e6,
      textCharacters: 10_000,
      itemsPerRequest: 1000,
      jobsRunning: 2,
      jobsWaiting: 100,
      jobBytes: 16 * 2 ** 30,
      imageHosts: [],
      imageUrlMs: 10_000,
    });
  });

  test('reads what is set; empty counts as not set', () => {
    const config = readConfig({
      PORT: '0',
      BUNDLES: 'a, b/c,',
      CORS_ORIGINS: 'https://a.example, http://localhost:5173',
      API_KEY: 'k',
      DATA_DIR: '',
      BACKUP_DIR: '/backups',
      WORKERS: '2',
      INTRA_OP_THREADS: '3',
    });
    expect(config).toMatchObject({
      port: 0,
      bundles: ['a', 'b/c'],
      corsOrigins: ['https://a.example', 'http://localhost:5173'],
      apiKey: 'k',
      dataDir: '.data',
      backupDir: '/backups',
      workers: 2,
      intraOpThreads: 3,
    });
  });

  test.each([
    ['PORT', '80x', 'PORT: expected a whole number from 0 to 65535, got "80x"'],
    ['PORT', '70000', 'PORT: expected a whole number from 0 to 65535, got "70000"'],
    ['MAX_RUNNING_JOBS', '0', 'MAX_RUNNING_JOBS: expected a whole number from 1 to 100, got "0"'],
    ['WORKERS', '0', 'WORKERS: expected a whole number from 1 to 64, got "0"'],
    ['INTRA_OP_THREADS', '1.5', 'INTRA_OP_THREADS: expected a whole number from 1 to 1024, got "1.5"'],
    [
      'CORS_ORIGINS',
      'https://a.example/',
      'CORS_ORIGINS: expected * or origins like https://app.example.org, got "https://a.example/"',
    ],
    ['CORS_ORIGINS', 'a.example', 'CORS_ORIGINS: expected * or origins like https://app.example.org, got "a.example"'],
    ['IMAGE_URL_TIMEOUT_MS', '0', 'IMAGE_URL_TIMEOUT_MS: expected a whole number from 1 to 600000, got "0"'],
    ['LOG_LEVEL', 'loud', 'LOG_LEVEL: expected trace, debug, info, warn, error, fatal, silent, got "loud"'],
  ])('%s=%s is refused by name', (name, value, message) => {
    expect(() => readConfig({ [name]: value })).toThrow(message);
  });
});
