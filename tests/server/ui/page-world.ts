// One browser and one server with a few plain pictures, for all tests of the page.
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { lookingBundle } from '../../fixtures/looking-bundle.js';
import { tinyTaskBundle } from '../../fixtures/tiny-bundle.js';
import { dataUrl, plainPicture } from '../pictures.js';
import { type ServerProcess, startProcess } from '../server-process.js';

const folders = ['/usr/bin', ...(process.env.PATH ?? '').split(delimiter)];
export const executablePath = folders.map((folder) => join(folder, 'chromium')).find(existsSync);

export const COLORS = ['#c03030', '#30c030', '#3030c0', '#c0c030', '#30c0c0'];

export interface PageWorld {
  /** Of the test that runs. */
  page: Page;
  browser: Browser;
  /** Where pages share what they loaded. */
  context: BrowserContext;
  server: ServerProcess;
  folder: string;
  /** What the browser complained of during the test. */
  problems: string[];
  close(): Promise<void>;
}

/** Puts the pictures of this collection onto a server: one a colour, captioned `a ball 0` and so on, with a year and a kind. */
export async function addBalls(address: string, headers: Record<string, string> = {}): Promise<void> {
  await fetch(`${address}/v1/collections/balls`, { method: 'PUT', headers });
  const items = await Promise.all(
    COLORS.map(async (color, n) => ({
      id: `ball ${n}`,
      caption: `a ball ${n}`,
      image: { dataUrl: dataUrl(await plainPicture(color)) },
      metadata: { year: 2020 + n, made: { of: n % 2 ? 'wood' : 'glass' } },
    })),
  );
  await fetch(`${address}/v1/collections/balls/items`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify({ items }),
  });
}

export async function openWorld(): Promise<PageWorld> {
  const folder = await mkdtemp(join(tmpdir(), 'maskvlm-page-'));
  const bundles = [
    await lookingBundle(),
    ...(await Promise.all((['vqa', 'nlvr2', 've'] as const).map((task) => tinyTaskBundle(task)))),
  ];
  const server = await startProcess(join(folder, 'data'), { BUNDLES: bundles.join(','), WORKERS: '1' });
  await addBalls(server.address);
  const browser = await chromium.launch({
    executablePath: executablePath!,
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
  });
  const context = await browser.newContext();
  return {
    page: await context.newPage(),
    browser,
    context,
    server,
    folder,
    problems: [],
    async close() {
      await browser.close();
      await server.stop('SIGTERM');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A new page, whose complaints are heard. */
export async function openPage(world: PageWorld): Promise<Page> {
  const page = await world.context.newPage();
  page.on('pageerror', ({ message }) => world.problems.push(message));
  page.on('console', (message) => {
    if (message.type() === 'error') world.problems.push(message.text());
  });
  return page;
}

/** A file of the test's folder. */
export async function fileOf({ folder }: PageWorld, name: string, content: Uint8Array | string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

/** Drops a picture where people would: somewhere on the page. Code for the browser is text: tests are compiled without its types. */
export async function dropPicture(page: Page, name: string, color: string): Promise<void> {
  const bytes = [...(await plainPicture(color))];
  await page.evaluate(`
    const transfer = new DataTransfer();
    transfer.items.add(new File([new Uint8Array(${JSON.stringify(bytes)})], '${name}', { type: 'image/png' }));
    document.dispatchEvent(new DragEvent('drop', { dataTransfer: transfer, cancelable: true }));
  `);
}

/** How many pictures under a selector can be seen. */
export function seenPictures(page: Page, selector: string): Promise<number> {
  return page.evaluate(
    `[...document.querySelectorAll('${selector}')].filter((image) => image.naturalWidth > 0).length`,
  );
}

/** An answer that is an error is also told by the console; what a test expects of it is taken away. */
export function expectProblem(world: PageWorld, status: number): void {
  world.problems = world.problems.filter((problem) => !problem.includes(String(status)));
}
