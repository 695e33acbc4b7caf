// A thousand hostile inputs against one server process.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type HostileServer, startHostileServer } from '../server/hostile/hostile-server.js';
import { sendHostileJson } from '../server/hostile/send-json.js';
import { sendHostilePictures } from '../server/hostile/send-pictures.js';
import { sendHostileTexts } from '../server/hostile/send-texts.js';
import { talkBadly, talkForEver } from '../server/hostile/talk-badly.js';
import { LONG_MS, share } from './soak-size.js';

const SEED = 2;

let server: HostileServer;
beforeAll(async () => {
  server = await startHostileServer();
});
afterAll(() => server.close());

test.each([
  ['pictures', 500, (count: number) => sendHostilePictures(server.client, count, SEED)],
  ['texts', 200, (count: number) => sendHostileTexts(server.client, count, SEED)],
  ['pieces of JSON', 150, (count: number) => sendHostileJson(server.client, count, SEED)],
  ['clients', 130, (count: number) => talkBadly(server.port, count, server.patienceMs, SEED)],
] as const)(
  'hostile %s (%i) leave a sound server',
  async (_what, count, send) => {
    const answers = await send(share(count));
    process.stdout.write(`${JSON.stringify(answers ?? {})}\n`);
    await server.expectSound();
    expect((await server.client.get('/healthz')).status).toBe(200);
  },
  LONG_MS,
);

test(
  'clients that never come to an end, five times, are cut off',
  async () => {
    const impatient = await startHostileServer({ BODY_TIMEOUT_MS: '3000' });
    for (let n = 0; n < share(5); n++) await talkForEver(impatient.port, impatient.patienceMs);
    await impatient.expectSound();
    await impatient.close();
  },
  LONG_MS,
);
