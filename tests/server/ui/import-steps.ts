import { expect, test } from 'vitest';
import { plainPicture } from '../pictures.js';
import { COLORS, dropPicture, expectProblem, fileOf, type PageWorld } from './page-world.js';

/** Pictures of this computer become items. */
export function importSteps(world: () => PageWorld): void {
  test('files are imported into a new collection; a bad one is named', async () => {
    const { page, server } = world();
    const files = await Promise.all([
      ...COLORS.slice(0, 2).map(async (color, n) => fileOf(world(), `red_ball-${n}.png`, await plainPicture(color))),
      fileOf(world(), 'broken.png', 'no picture at all'),
    ]);
    await page.goto(server.address);
    await page.locator('.card').first().waitFor();
    await page.getByRole('link', { name: 'Import' }).click();
    await page.getByLabel('Collection', { exact: true }).selectOption('A new collection …');
    await page.getByLabel('Name of the new collection').fill('mine');
    await page.locator('dialog input[type=file]').setInputFiles(files);
    await page.getByText('use them as captions').click();
    await page.getByRole('button', { name: 'Import', exact: true }).click();
    await page.getByText('Done: 2 of 3 files imported, 1 refused').waitFor();
    expect(await page.locator('.refused').textContent()).toMatch(/^broken\.png .+/);
    await page.getByRole('button', { name: 'Show the collection' }).click();
    await expect.poll(() => page.locator('.card').allTextContents()).toEqual(['red ball 0', 'red ball 1']);
    expect(new URL(page.url()).searchParams.get('collection')).toBe('mine');
  });

  test('dropped files go to the import while it is open, each refused one with its own reason', async () => {
    const { page, server } = world();
    await page.goto(`${server.address}/?collection=balls#import`);
    await dropAfter('Drop pictures here');
    await page.getByText('1 file chosen: more.png').waitFor();
    const bad = await Promise.all(['a', 'b'].map((name) => fileOf(world(), `${name}.png`, `not ${name}`)));
    await page.getByRole('button', { name: 'Import', exact: true }).click();
    await page.getByText('Done: 1 of 1 file imported').waitFor();
    await page.locator('dialog input[type=file]').setInputFiles(bad);
    await page.getByRole('button', { name: 'Import', exact: true }).click();
    await page.getByText('Done: 0 of 2 files imported, 2 refused').waitFor();
    expect(await page.locator('.refused li').count()).toBe(2);
    await page.keyboard.press('Escape');
    await expect.poll(() => page.locator('.count').textContent()).toContain('6 pictures');
    expectProblem(world(), 415);
    await fetch(`${server.address}/v1/collections/balls/items`)
      .then(async (response) => (await response.json()) as { items: { id: string; metadata: { file?: string } }[] })
      .then(async ({ items }) => {
        const added = items.find(({ metadata }) => metadata.file === 'more.png')!;
        await fetch(`${server.address}/v1/collections/balls/items/${added.id}`, { method: 'DELETE' });
      });
  });

  async function dropAfter(text: string): Promise<void> {
    await world().page.getByText(text).waitFor();
    await dropPicture(world().page, 'more.png', '#102030');
  }
}
