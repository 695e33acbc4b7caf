// What the README shows of HTTP and of the client is run as it stands there, one after the other.
import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { answerOf, createClient } from '../../server/client/client.js';
import { PACKAGE_ROOT } from '../../server/package-root.js';
import { type ServerProcess, startProcess } from '../server/server-process.js';

const run = promisify(execFile);
const readme = await readFile(join(PACKAGE_ROOT, 'README.md'), 'utf8');
const blocks = (language: string): string[] =>
  [...readme.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'))].map(([, code]) => code!);
/** Every curl command, with the lines that continue it. */
const requests = blocks('sh').flatMap((code) => code.match(/^curl (?:.*\\\n)*.*$/gm) ?? []);
const programs = blocks('ts');

let server: ServerProcess;
let folder: string;
const addressed = (code: string): string => code.replaceAll('http://127.0.0.1:8080', server.address);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'maskvlm-readme-'));
  for (const [name, background] of Object.entries({ cat: '#a06030', dog: '#306090' })) {
    await sharp({ create: { width: 64, height: 48, channels: 3, background } }).toFile(join(folder, `${name}.jpg`));
  }
  // Those that are shipped, as npm start serves them.
  server = await startProcess(join(folder, 'data'), { BUNDLES: '' });
}, 120_000);
afterAll(async () => {
  await server?.stop('SIGTERM');
  await rm(folder, { recursive: true, force: true });
});

describe.skipIf(spawnSync('curl', ['--version']).status !== 0)(
  'requests by curl (skipped where it is not installed)',
  () => {
    let jobId: string;
    beforeAll(async () => {
      await writeFile(join(folder, 'items.jsonl'), '{"id": "dog", "caption": "a dog"}\n');
      const image = { base64: (await readFile(join(folder, 'cat.jpg'))).toString('base64') };
      const request = { custom_id: 'a', task: 'match', body: { image, texts: ['a cat'] } };
      await writeFile(join(folder, 'requests.jsonl'), `${JSON.stringify(request)}\n`);
      const client = createClient({ baseUrl: server.address });
      const job = await answerOf(client.POST('/v1/jobs', { body: { type: 'task', requests: [request] } }));
      jobId = job.id;
      // Its events end when it does.
      await fetch(`${server.address}/v1/jobs/${jobId}/events`).then((response) => response.text());
    });

    test.each(requests.map((request) => [request]))('%s', async (request) => {
      const command = addressed(request).replaceAll(/\bcurl -s/g, 'curl --fail-with-body --max-time 60 -sS');
      const env = { ...process.env, J: `${server.address}/v1/jobs`, ID: jobId };
      const { stdout } = await run('bash', ['-c', command], { cwd: folder, env }).catch((error) => {
        throw new Error(`${error.message}${error.stdout}`);
      });
      expect(stdout).not.toContain('urn:maskvlm:');
    });
  },
);

test.each(programs.map((program) => [program]))('%s', async (program) => {
  const client = new URL('../../server/client/client.js', import.meta.url).href;
  const file = join(folder, 'program.mjs');
  await writeFile(file, addressed(program).replace("'maskvlm'", `'${client}'`));
  await run(process.execPath, [file], { cwd: folder });
});

test('the README shows requests and a program', () => {
  expect(requests.length).toBeGreaterThan(10);
  expect(programs.length).toBeGreaterThan(0);
});
