// The page in a real browser: what a person does and sees.
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { dataUrl, plainPicture } from '../pictures.js';
import { type ServerProcess, startProcess } from '../server-process.js';

const folders = ['/usr/bin', ...(process.env.PATH ?? '').split(delimiter)];
const executablePath = folders.map((folder) => join(folder, 'chromium')).find(existsSync);
const title = executablePath
  ? 'the page in Chromium'
  : 'the page in Chromium (skipped: there is no chromium on this machine)';

const COLORS = ['#c03030', '#30c030', '#3030c0', '#c0c030', '#30c0c0'];

describe.skipIf(!executablePath)(title, () => {
  let dataDir: string;
  let server: ServerProcess;
  let browser: Browser;
  let page: Page;
  let problems: string[];

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'maskvlm-page-'));
    server = await startProcess(dataDir);
    await fetch(`${server.address}/v1/collections/balls`, { method: 'PUT' });
    const items = await Promise.all(
      COLORS.map(async (color, n) => ({
        id: `ball ${n}`,
        caption: `a ball ${n}`,
        image: { dataUrl: dataUrl(await plainPicture(color)) },
      })),
    );
    await fetch(`${server.address}/v1/collections/balls/items`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ items }),
    });
    browser = await chromium.launch({
      executablePath,
      args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
    });
  });
  afterAll(async () => {
    await browser?.close();
    await server?.stop('SIGTERM');
    await rm(dataDir, { recursive: true, force: true });
  });

  beforeEach(async () => {
    problems = [];
    page = await browser.newPage();
    page.on('pageerror', ({ message }) => problems.push(message));
    page.on('console', (message) => {
      if (message.type() === 'error') problems.push(message.text());
    });
  });
  afterEach(async () => {
    await page.close();
    expect(problems).toEqual([]);
  });

  // Code for the browser is text: the tests themselves are compiled without its types.
  const shownPictures = (): Promise<number> =>
    page.evaluate("[...document.querySelectorAll('#results img')].filter((image) => image.naturalWidth > 0).length");

  test('typing a text finds pictures, with both scores and the stage times', async () => {
    await page.goto(server.address);
    await page.getByRole('searchbox').fill('a red ball');
    await page.keyboard.press('Enter');
    await page.locator('.rank').first().waitFor();
    await expect.poll(shownPictures).toBe(5);
    const first = page.locator('.card').first();
    expect(await first.textContent()).toMatch(/match[\d.]+ %cosine-?[\d.]+/);
    expect(await page.locator('.timings').textContent()).toMatch(
      /5 candidates re-ranked in [\d.]+ ms · model tiny[\s\S]+encode [\d.]+ ms[\s\S]+re-rank/,
    );
    expect(new URL(page.url()).searchParams.get('q')).toBe('a red ball');
  });

  test('dropping a picture finds pictures like it', async () => {
    await page.goto(server.address);
    await page.locator('.card').first().waitFor();
    const bytes = [...(await plainPicture(COLORS[2]!))];
    await page.evaluate(`
      const transfer = new DataTransfer();
      transfer.items.add(new File([new Uint8Array(${JSON.stringify(bytes)})], 'blue.png', { type: 'image/png' }));
      document.dispatchEvent(new DragEvent('drop', { dataTransfer: transfer, cancelable: true }));
    `);
    await page.locator('.rank').first().waitFor();
    expect(await page.locator('.chip').textContent()).toContain('blue.png');
    expect(await page.locator('.card').first().textContent()).toMatch(/a ball 2cosine(1\.000|0\.999)/);
  });

  test('choosing a picture finds captions for it', async () => {
    const file = join(dataDir, 'red.png');
    await writeFile(file, await plainPicture(COLORS[0]!));
    await page.goto(server.address);
    await page.getByText('Captions', { exact: true }).click();
    await page.locator('input[type=file]').setInputFiles(file);
    await page.locator('.rank').first().waitFor();
    expect(await page.locator('.timings').textContent()).toContain('5 candidates re-ranked');
    expect(await page.locator('.card').first().textContent()).toMatch(/a ball \d/);
  });

  test('picking a picture searches by it, and the browser goes back', async () => {
    await page.goto(`${server.address}/?q=a+ball&collection=balls`);
    await page.locator('.rank').first().waitFor();
    await page.locator('.card').first().click();
    await page.locator('.chip').waitFor();
    await expect.poll(() => page.locator('.card').count()).toBe(4);
    await page.goBack();
    await expect.poll(() => page.getByRole('searchbox').inputValue()).toBe('a ball');
    await expect.poll(() => page.locator('.card').count()).toBe(5);
  });

  test('everything can be reached with the keyboard', async () => {
    await page.goto(server.address);
    await page.locator('.card').first().waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('a ball');
    await page.keyboard.press('Enter');
    await page.locator('.rank').first().waitFor();
    for (let tabs = 0; tabs < 12; tabs++) {
      await page.keyboard.press('Tab');
      if (await page.evaluate("document.activeElement?.classList.contains('card')")) break;
    }
    await page.keyboard.press('Enter');
    await page.locator('.chip').waitFor();
    await page.keyboard.press('Escape');
    await expect.poll(() => page.locator('.chip').count()).toBe(0);
  });

  test('without re-ranking there is only the cosine', async () => {
    await page.goto(`${server.address}/?q=a+ball&collection=balls&rerank=off`);
    await page.locator('.rank').first().waitFor();
    expect(await page.getByRole('switch').isChecked()).toBe(false);
    expect(await page.locator('.card').first().textContent()).not.toContain('match');
  });

  test('on a phone nothing is wider than the screen', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    await page.goto(`${server.address}/?q=a+ball&collection=balls`);
    await page.locator('.rank').first().waitFor();
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390);
  });

  test('an answer that is an error is told in words', async () => {
    await page.goto(server.address);
    await page.getByRole('searchbox').focus();
    // What the box itself would not let in.
    await page.evaluate("document.querySelector('input[type=search]').value = 'x'.repeat(10_001)");
    await page.keyboard.press('Enter');
    await expect.poll(() => page.locator('#status').textContent()).toContain('at most 10000 characters');
    problems = problems.filter((problem) => !problem.includes('422'));
  });

  test('/docs shows the contract', async () => {
    await page.goto(`${server.address}/docs`);
    await page.getByText('Find pictures or captions by text').waitFor();
  });
});
