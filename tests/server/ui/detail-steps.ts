import { expect, test } from 'vitest';
import { COLORS, dropPicture, expectProblem, type PageWorld, seenPictures } from './page-world.js';

/** What can be done with one picture. */
export function detailSteps(world: () => PageWorld): void {
  const open = async (task: string, id = 'ball 1') => {
    const { page, server } = world();
    await page.goto(`${server.address}/?q=a+ball&collection=balls#${new URLSearchParams({ item: id, task })}`);
    await page.getByRole('tab', { selected: true }).waitFor();
    return page;
  };
  const bars = (): Promise<string[]> => world().page.locator('.answer .bar-label').allTextContents();

  test('a picture opens with a click, goes back with the browser, and finds more like it', async () => {
    const { page, server } = world();
    await page.goto(`${server.address}/?q=a+ball&collection=balls`);
    await page.locator('.card', { hasText: 'a ball 3' }).click();
    await page.getByRole('heading', { name: 'a ball 3' }).waitFor();
    await expect.poll(() => seenPictures(page, 'dialog .frame img')).toBe(1);
    expect(await page.locator('.facts').textContent()).toContain('year2023');
    expect(page.url()).toContain('#item=ball+3&task=ask');
    await page.goBack();
    await expect.poll(() => page.locator('dialog').count()).toBe(0);
    expect(await page.locator('.card').count()).toBe(5);
    await page.goForward();
    await page.getByRole('button', { name: 'Find more like this' }).click();
    await page.locator('.chip').waitFor();
    await expect.poll(() => page.locator('.card').count()).toBe(4);
    expect(await page.locator('dialog').count()).toBe(0);
  });

  test('a question is answered freely, or among given answers', async () => {
    const page = await open('ask');
    await page.getByLabel('Question').fill('what colour is it?');
    await page.keyboard.press('Enter');
    await page.locator('.verdict').waitFor();
    expect(await bars()).toHaveLength(3);
    await page.getByLabel('Choose among').fill('red\ngreen, blue');
    await page.getByRole('button', { name: 'Ask', exact: true }).click();
    await expect.poll(async () => (await bars()).sort()).toEqual(['blue', 'green', 'red']);
    expect(['red', 'green', 'blue']).toContain(await page.locator('.verdict').textContent());
    expect(await page.locator('.answered').textContent()).toContain('Model tiny-vqa');
  });

  test('a statement is checked: three bars', async () => {
    const page = await open('check');
    await page.getByLabel('Statement').fill('it is red');
    await page.keyboard.press('Enter');
    await page.locator('.verdict').waitFor();
    expect(await bars()).toEqual(['Follows from the picture', 'Left open', 'Contradicts it']);
    expect(await page.locator('.bars .chosen').count()).toBe(1);
  });

  test('two pictures are compared, the second one from the results or dropped', async () => {
    const page = await open('compare');
    await page.getByLabel('Statement about both').fill('both are red');
    await page.getByRole('button', { name: 'Compare', exact: true }).click();
    await page.getByText('Choose the second picture first.').waitFor();
    expect(await page.locator('.choice').count()).toBe(4);
    await page.locator('.choice', { has: page.getByAltText('a ball 3') }).click();
    await page.getByRole('button', { name: 'Compare', exact: true }).click();
    await page.locator('.verdict').waitFor();
    // The form is as high as the dialog; the answer beneath is brought into sight.
    const dialog = await page.locator('dialog').boundingBox();
    const bar = await page.locator('.answer .bar-label').last().boundingBox();
    expect(bar!.y + bar!.height).toBeLessThanOrEqual(dialog!.y + dialog!.height);
    await dropPicture(page, 'own.png', COLORS[0]!);
    await expect.poll(() => seenPictures(page, '.pair img')).toBe(2);
    await page.getByRole('button', { name: 'Swap sides' }).click();
    const [request] = await Promise.all([
      page.waitForRequest(/nlvr2/),
      page.getByRole('button', { name: 'Compare', exact: true }).click(),
    ]);
    expect(request.postDataJSON()).toMatchObject({
      left: { dataUrl: expect.stringContaining('data:image/png;base64,') },
      right: { itemId: 'ball 1', collection: 'balls' },
    });
    expect(await bars()).toEqual(['True', 'False']);
  });

  test('labels of one`s own are ranked', async () => {
    const page = await open('classify');
    await page.getByLabel('Labels').fill('red ball, blue cube\ngreen cone');
    await page.getByText('Encoders (faster)').click();
    await page.getByRole('button', { name: 'Classify', exact: true }).click();
    await expect.poll(async () => (await bars()).sort()).toEqual(['blue cube', 'green cone', 'red ball']);
  });

  test('each word shows what it looks at', async () => {
    const page = await open('look');
    await page.locator('.verdict').waitFor();
    expect(await page.locator('.token').allTextContents()).toEqual(['a', 'ball']);
    const heat = () => page.evaluate("document.querySelector('canvas.heat').toDataURL()");
    await page.getByRole('button', { name: 'ball', exact: true }).click();
    const first = await heat();
    await page.getByRole('button', { name: 'a', exact: true }).click();
    expect(await heat()).not.toBe(first);
    expect(await page.locator('.token[aria-pressed=true]').textContent()).toBe('a');
    await page.getByRole('tab', { name: 'Ask' }).click();
    expect(await page.locator('canvas.heat').count()).toBe(0);
  });

  test('words and patches are masked and restored', async () => {
    const page = await open('restore');
    await page.getByRole('button', { name: 'Restore', exact: true }).click();
    await page.getByText('Mask a word or a patch first.').waitFor();
    await page.getByRole('button', { name: 'Patch in row 2, column 3' }).click();
    await page.locator('.tokens.mask .token').last().click();
    const [request] = await Promise.all([
      page.waitForRequest(/reconstruct/),
      page.getByRole('button', { name: 'Restore', exact: true }).click(),
    ]);
    expect(request.postDataJSON()).toMatchObject({ imageMask: [6], textMask: [expect.any(Number)] });
    await page.locator('.restored-text').waitFor();
    await expect.poll(() => seenPictures(page, '.answer .pair img')).toBe(2);
    expect(await bars()).toHaveLength(5);
    await page.getByRole('button', { name: 'Clear' }).click();
    expect(await page.locator('dialog [aria-pressed=true]').count()).toBe(0);
    await page.getByRole('button', { name: 'Mask at random' }).click();
    expect(await page.locator('.patch[aria-pressed=true]').count()).toBe(8);
  });

  test('what the server refuses is told beside the form, and what is not there in the view', async () => {
    const page = await open('check');
    await page.evaluate("document.querySelector('dialog textarea').value = 'x'.repeat(10_001)");
    await page.getByRole('button', { name: 'Check', exact: true }).click();
    await expect.poll(() => page.locator('.task .problem').textContent()).toContain('at most 10000 characters');
    expectProblem(world(), 422);
    await page.goto('about:blank');
    await page.goto(`${world().server.address}/?collection=balls#item=nobody&task=ask`);
    await page.getByText('has no item "nobody"').waitFor();
    await page.keyboard.press('Escape');
    await expect.poll(() => page.locator('dialog').count()).toBe(0);
    expectProblem(world(), 404);
  });
}
