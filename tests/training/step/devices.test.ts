// Steps on a graphics processor, played by Chromium's software Vulkan driver, against the same steps on the cpu.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { type TakenSteps, takeSteps } from '../../fixtures/take-steps.js';

const FOLDERS = ['/usr/lib/chromium', '/usr/lib/chromium-browser', '/usr/lib64/chromium-browser'];
const driver = FOLDERS.map((folder) => join(folder, 'vk_swiftshader_icd.json')).find(existsSync);
const script = fileURLToPath(new URL('../../fixtures/take-steps-process.js', import.meta.url));

/** Steps in a process of their own: the driver is chosen before it starts. */
async function stepsOnWebgpu(parts: number): Promise<TakenSteps> {
  // The loader of Vulkan lies beside the driver; the system may have none.
  const libraries = [dirname(driver!), process.env.LD_LIBRARY_PATH].filter(Boolean).join(':');
  const env = { ...process.env, VK_ICD_FILENAMES: driver, VK_DRIVER_FILES: driver, LD_LIBRARY_PATH: libraries };
  const run = promisify(execFile)(process.execPath, [script, 'webgpu', String(parts)], { env, maxBuffer: 1 << 26 });
  return JSON.parse((await run).stdout);
}

describe(`webgpu${driver ? '' : " (skipped: Chromium's vk_swiftshader_icd.json is not installed)"}`, () => {
  test.skipIf(!driver).each([
    ['steps that are one graph', 1],
    ['steps that accumulate', 2],
  ])(
    '%s go as on the cpu, and the parameters come back',
    async (_, parts) => {
      const [there, here] = [await stepsOnWebgpu(parts), await takeSteps('cpu', parts)];
      for (const [i, { losses, gradientNorm }] of here.figures.entries()) {
        for (const [name, loss] of Object.entries(losses)) {
          expect(Math.abs(there.figures[i]!.losses[name]! - loss), `${name} at step ${i + 1}`).toBeLessThan(1e-5);
        }
        expect(there.figures[i]!.gradientNorm / gradientNorm).toBeCloseTo(1, 3);
      }
      // AdamW makes a step of full length of a gradient that is rounding alone.
      const gap = Math.hypot(...there.parameters.map((x, i) => x - here.parameters[i]!));
      expect(gap / Math.hypot(...here.parameters)).toBeLessThan(5e-4);
    },
    600_000,
  );
});

test('a step begins where the last one ended', async () => {
  const [two, four] = [await takeSteps('cpu', 1, 2), await takeSteps('cpu', 1, 4)];
  expect(four.figures.slice(0, 2)).toEqual(two.figures);
  expect(four.parameters).not.toEqual(two.parameters);
});
