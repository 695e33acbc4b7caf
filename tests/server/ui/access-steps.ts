import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startProcess } from '../server-process.js';
import { addBalls, expectProblem, type PageWorld } from './page-world.js';

const PICTURE = '/?q=a+ball&collection=balls#item=ball+1&task=restore';

/** For everyone: by keyboard, on a phone, in the dark, with a key, and where models cannot do everything. */
export function accessSteps(world: () => PageWorld): void {
  const focused = (): Promise<string> =>
    world().page.evaluate(
      "document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.className ?? ''",
    );
  const tabTo = async (wanted: RegExp): Promise<void> => {
    for (let tabs = 0; tabs < 30 && !wanted.test(await focused()); tabs++) await world().page.keyboard.press('Tab');
    expect(await focused()).toMatch(wanted);
  };

  test('everything can be done with the keyboard alone', async () => {
    const { page, server } = world();
    await page.goto(server.address);
    await page.locator('.card').first().waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('a ball');
    await page.keyboard.press('Enter');
    await page.locator('.rank').first().waitFor();
    await tabTo(/^card/);
    expect(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')).toBe('solid');
    await page.keyboard.press('Enter');
    await page.getByRole('tab', { name: 'Ask' }).waitFor();
    await expect.poll(focused).toBe('tab');
    await page.keyboard.press('ArrowLeft');
    await page.getByRole('tab', { name: 'Restore', selected: true }).waitFor();
    await page.locator('.tokens.mask').waitFor();
    await page.locator('.patch').first().focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Space');
    expect(await focused()).toBe('Patch in row 2, column 2');
    expect(await page.locator('.patch[aria-pressed=true]').count()).toBe(1);
    await page.keyboard.press('Escape');
    await expect.poll(() => page.locator('dialog').count()).toBe(0);
    expect(await focused()).toMatch(/^card/);
    await page.keyboard.press('Escape');
    await expect.poll(() => page.getByRole('searchbox').inputValue()).toBe('');
  });

  test.each(['/?q=a+ball&collection=balls', PICTURE, '/#import'])(
    'on a phone nothing of %s is wider than the screen',
    async (path) => {
      const { page, server } = world();
      await page.setViewportSize({ width: 360, height: 740 });
      await page.goto(server.address + path);
      await page
        .locator(path.includes('restore') ? '.tokens' : path.includes('import') ? '.drop-zone' : '.rank')
        .first()
        .waitFor();
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360);
      const wide = `[...document.querySelectorAll('dialog *, main *')].filter((one) => one.scrollWidth > 361 && getComputedStyle(one).overflowX !== 'hidden')`;
      expect(await page.evaluate(`${wide}.map((one) => one.className)`)).toEqual([]);
    },
  );

  test('nothing jumps while the page loads', async () => {
    const { page, server } = world();
    await page.setViewportSize({ width: 390, height: 844 });
    await page.addInitScript(`
      window.shifts = 0;
      const add = (list) => list.getEntries().forEach(({ value }) => { window.shifts += value; });
      new PerformanceObserver(add).observe({ type: 'layout-shift', buffered: true });
    `);
    await page.goto(`${server.address}/?q=a+ball&collection=balls`);
    await page.locator('.rank').first().waitFor();
    expect(await page.evaluate('window.shifts')).toBeLessThan(0.05);
  });

  test('in the dark the page is dark', async () => {
    const brightness = async (scheme: 'light' | 'dark'): Promise<number[]> => {
      const { page, server } = world();
      await page.emulateMedia({ colorScheme: scheme });
      await page.goto('about:blank');
      await page.goto(server.address + PICTURE);
      await page.locator('.tokens').waitFor();
      const colors: string[] = await page.evaluate(
        "[document.documentElement, document.querySelector('dialog')].flatMap((one) => [getComputedStyle(one).backgroundColor, getComputedStyle(one).color])",
      );
      return colors.map((color) => Number(/\d+/.exec(color)![0]));
    };
    const [ground, ink, sheet, words] = await brightness('dark');
    expect(Math.max(ground!, sheet!)).toBeLessThan(60);
    expect(Math.min(ink!, words!)).toBeGreaterThan(200);
    const [lightGround, lightInk] = await brightness('light');
    expect(lightGround).toBeGreaterThan(200);
    expect(lightInk).toBeLessThan(60);
  });

  test('a server asks for its key, and says what none of its models does', async () => {
    const { page, folder } = world();
    const server = await startProcess(join(folder, 'locked'), { API_KEY: 'open sesame' });
    try {
      await addBalls(server.address, { Authorization: 'Bearer open sesame' });
      await page.goto(`${server.address}/#item=ball+1&task=compare`);
      await page.getByLabel('API key').fill('wrong');
      await page.keyboard.press('Enter');
      await page.getByText('not the right one').waitFor();
      await page.getByLabel('API key').fill('open sesame');
      await page.keyboard.press('Enter');
      await page.getByText('None of the models that this server has loaded compares two pictures.').waitFor();
      await page.getByRole('tab', { name: 'Look' }).click();
      await page.getByText('can show what its words look at.').waitFor();
      expect(await page.locator('.problem:not(:empty)').count()).toBe(0);
      expectProblem(world(), 401);
      expectProblem(world(), 501);
    } finally {
      await server.stop('SIGTERM');
    }
  });

  test('/docs shows the contract', async () => {
    const { page, server } = world();
    await page.goto(`${server.address}/docs`);
    await page.getByText('Find pictures or captions by text').waitFor();
  });
}
