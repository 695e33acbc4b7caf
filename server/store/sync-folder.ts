import { open } from 'node:fs/promises';

/** Makes the names of new and renamed files in a folder last through a power cut; Windows has no such call and no need of it. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  await handle.sync().finally(() => handle.close());
}
