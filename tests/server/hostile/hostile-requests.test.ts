// Bad clients and odd requests against a real server process, each kind once; `npm run test:soak` sends many more.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type HostileServer, startHostileServer } from './hostile-server.js';
import { sendHostileJson } from './send-json.js';
import { sendHostileTexts } from './send-texts.js';
import { KNOWN_BAD_CLIENTS, talkBadly, talkForEver } from './talk-badly.js';

let server: HostileServer;
beforeAll(async () => {
  server = await startHostileServer();
});
afterAll(() => server.close());

test('odd texts are refused by name or come back as they were, wherever they are sent', async () => {
  const answers = await sendHostileTexts(server.client, 50);
  expect(answers[200]).toBeGreaterThan(5);
  expect(answers[400]).toBeGreaterThan(5);
  await server.expectSound();
}, 300_000);

test('JSON that is too deep, too wide or none is refused, wherever it is sent', async () => {
  const answers = await sendHostileJson(server.client, 50);
  expect(answers[400]).toBeGreaterThan(20);
  await server.expectSound();
}, 300_000);

test('clients that break HTTP or leave in the middle are answered or cut off', async () => {
  await talkBadly(server.port, KNOWN_BAD_CLIENTS + 20, server.patienceMs);
  await server.expectSound();
}, 300_000);

test('clients that never come to an end are cut off when their time is over', async () => {
  const impatient = await startHostileServer({ BODY_TIMEOUT_MS: '3000' });
  await talkForEver(impatient.port, impatient.patienceMs);
  await impatient.expectSound();
  await impatient.close();
}, 300_000);
