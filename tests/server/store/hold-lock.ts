// Takes the lock of the folder given as argument, says so, and keeps it until it is killed.
import { lockDataDir } from '../../../server/store/data-dir-lock.js';

try {
  await lockDataDir(process.argv[2]!);
  console.log('held');
  setInterval(() => {}, 1_000);
} catch (error) {
  console.log((error as Error).message);
}
