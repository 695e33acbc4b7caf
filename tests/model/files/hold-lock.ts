// Takes the lock of the folder given as argument, says so, and keeps it until it is killed.
import { lockFolder } from '../../../model/files/folder-lock.js';

try {
  await lockFolder(process.argv[2]!, 'data directory');
  console.log('held');
  setInterval(() => {}, 1_000);
} catch (error) {
  console.log((error as Error).message);
}
