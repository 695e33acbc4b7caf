import { expect, test } from 'vitest';
import { plainPicture } from '../pictures.js';
import { COLORS, dropPicture, expectProblem, fileOf, type PageWorld, seenPictures } from './page-world.js';

const SEARCH = '/?q=a+ball&collection=balls';

/** Searching: words, pictures, filters, settings. */
export function searchSteps(world: () => PageWorld): void {
  const go = async (path: string) => {
    const { page, server } = world();
    await page.goto(server.address + path);
    return page;
  };
  const ids = (): Promise<string[]> => world().page.locator('.card .caption').allTextContents();

  test('typing a text finds pictures, with both scores and the stage times', async () => {
    const page = await go('/');
    await page.getByRole('searchbox').fill('a red ball');
    await page.keyboard.press('Enter');
    await page.locator('.rank').first().waitFor();
    await expect.poll(() => seenPictures(page, '#results img')).toBe(5);
    expect(await page.locator('.card').first().textContent()).toMatch(/match[\d.]+ %cosine-?[\d.]+/);
    expect(await page.locator('.timings').textContent()).toMatch(
      /5 candidates re-ranked in [\d.]+ ms · model looking[\s\S]+encode [\d.]+ ms[\s\S]+re-rank/,
    );
    expect(await page.locator('#status').textContent()).toBe('5 results');
    expect(new URL(page.url()).searchParams.get('q')).toBe('a red ball');
  });

  test('dropping a picture finds pictures like it, and it can be looked at and asked about', async () => {
    const page = await go('/');
    await page.locator('.card').first().waitFor();
    await dropPicture(page, 'blue.png', COLORS[2]!);
    await page.locator('.rank').first().waitFor();
    expect(await page.locator('.chip').textContent()).toContain('blue.png');
    expect(await page.locator('.card').first().textContent()).toMatch(/a ball 2cosine(1\.000|0\.999)/);
    await page.getByRole('button', { name: 'blue.png' }).click();
    await page.getByLabel('Question').fill('what is it?');
    await page.keyboard.press('Enter');
    await page.locator('.verdict').waitFor();
    await page.goBack();
    await expect.poll(() => page.locator('dialog').count()).toBe(0);
    expect(await page.locator('.chip').textContent()).toContain('blue.png');
  });

  test('choosing a picture finds captions for it', async () => {
    const page = await go('/');
    const file = await fileOf(world(), 'red.png', await plainPicture(COLORS[0]!));
    await page.getByText('Captions', { exact: true }).click();
    await page.locator('input[type=file]').setInputFiles(file);
    await page.locator('.rank').first().waitFor();
    expect(await page.locator('.timings').textContent()).toContain('5 candidates re-ranked');
    expect(await page.locator('.card').first().textContent()).toMatch(/a ball \d/);
  });

  test('conditions over the metadata narrow what is found, and are in the address', async () => {
    const page = await go(SEARCH);
    await page.locator('.rank').first().waitFor();
    await page.getByRole('button', { name: 'Filters' }).click();
    await page.getByRole('button', { name: 'Add a condition' }).click();
    await page.keyboard.type('year');
    await page.getByLabel('Comparison').selectOption('at least');
    await page.getByLabel('Value').fill('2022');
    await page.keyboard.press('Tab');
    await expect.poll(async () => (await ids()).sort()).toEqual(['a ball 2', 'a ball 3', 'a ball 4']);
    expect(await page.locator('#known-fields option').count()).toBe(2);
    await page.getByRole('button', { name: 'Add a condition' }).click();
    await page.keyboard.type('made.of');
    await page.getByLabel('Value').last().fill('glass');
    await page.keyboard.press('Enter');
    await expect.poll(async () => (await ids()).sort()).toEqual(['a ball 2', 'a ball 4']);
    await page.getByText('Any of these').click();
    await expect.poll(async () => (await ids()).length).toBe(4);
    await page.reload();
    await expect.poll(async () => (await ids()).length).toBe(4);
    await page.getByRole('button', { name: 'Filters 2' }).click();
    await page.getByRole('button', { name: 'Remove this condition' }).first().click();
    await expect.poll(async () => (await ids()).sort()).toEqual(['a ball 0', 'a ball 2', 'a ball 4']);
  });

  test('a filter and a number that the server refuses are told where they stand', async () => {
    const page = await go(`${SEARCH}&where=${encodeURIComponent('["and","is","x"]')}`);
    await page.getByText('The server cannot use this filter').waitFor();
    await page.getByRole('button', { name: 'Remove this condition' }).click();
    await page.locator('.rank').first().waitFor();
    await page.getByLabel('Candidates').fill('3');
    await page.keyboard.press('Tab');
    await expect.poll(() => page.locator('#candidates-problem').textContent()).toContain('expected at least');
    await page.getByRole('spinbutton', { name: 'Results' }).fill('2');
    await page.keyboard.press('Tab');
    await expect.poll(() => page.locator('.card').count()).toBe(2);
    expect(await page.locator('.timings').textContent()).toContain('3 candidates re-ranked');
    expectProblem(world(), 400);
  });

  test('without re-ranking there is only the cosine', async () => {
    const page = await go(`${SEARCH}&rerank=off`);
    await page.locator('.rank').first().waitFor();
    expect(await page.getByRole('switch').isChecked()).toBe(false);
    expect(await page.locator('.card').first().textContent()).not.toContain('match');
  });

  test('an answer that is an error is told in words', async () => {
    const page = await go('/');
    await page.getByRole('searchbox').focus();
    // What the box itself would not let in.
    await page.evaluate("document.querySelector('input[type=search]').value = 'x'.repeat(10_001)");
    await page.keyboard.press('Enter');
    await expect.poll(() => page.locator('#status').textContent()).toContain('at most 10000 characters');
    expectProblem(world(), 422);
  });
}
