// The page in a real browser: what a person does and sees.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect } from 'vitest';
import { accessSteps } from './access-steps.js';
import { detailSteps } from './detail-steps.js';
import { importSteps } from './import-steps.js';
import { executablePath, openPage, openWorld, type PageWorld } from './page-world.js';
import { searchSteps } from './search-steps.js';

const title = executablePath
  ? 'the page in Chromium'
  : 'the page in Chromium (skipped: there is no chromium on this machine)';

describe.skipIf(!executablePath)(title, () => {
  let world: PageWorld;

  beforeAll(async () => {
    world = await openWorld();
  });
  afterAll(() => world?.close());

  beforeEach(async () => {
    world.problems = [];
    world.page = await openPage(world);
  });
  afterEach(async () => {
    await world.page.close();
    expect(world.problems).toEqual([]);
  });

  describe('search', () => searchSteps(() => world));
  describe('a picture', () => detailSteps(() => world));
  describe('import', () => importSteps(() => world));
  describe('access', () => accessSteps(() => world));
});
